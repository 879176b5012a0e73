#include <troupe/runtime/jobs/job_intake.hpp>

#include <utility>

namespace troupe::runtime {

void job_intake::on_work(std::function<void()> wake) {
  const std::lock_guard lock(mutex_);
  wake_ = std::move(wake);
}

job_failure job_intake::refusal() const {
  if (aborted_ && !closed_) return *aborted_;
  job_failure why;
  why.kind = job_error::closed;
  why.cause = "the pool takes no more jobs: it is closed";
  return why;
}

/// The member is told once, until it has come.
void job_intake::wake_member() {
  if (!std::exchange(woken_, true) && wake_) wake_();
}

std::uint64_t job_intake::submit(new_job&& job, when_full what) {
  std::unique_lock lock(mutex_);
  if (what == when_full::wait && !has_room(1)) {
    ++waiting_;
    room_.wait(lock, [&] { return has_room(1) || closed_ || aborted_; });
    --waiting_;
  }
  if (closed_ || aborted_) {
    auto why = refusal();
    lock.unlock();
    job.to->answered(job.tag, tl::unexpected(std::move(why)));
    return 0;
  }
  if (!has_room(1)) {
    lock.unlock();
    if (what == when_full::give_back) return 0;
    job_failure why;
    why.kind = job_error::full;
    why.cause =
        std::to_string(limit_) + " jobs wait for their results already, and an actor does not wait for room";
    job.to->answered(job.tag, tl::unexpected(std::move(why)));
    return 0;
  }
  const auto id = next_id_++;
  ++pending_;
  jobs_.push_back(std::move(job));
  wake_member();
  return id;
}

std::uint64_t job_intake::submit(std::vector<new_job>&& jobs) {
  std::unique_lock lock(mutex_);
  const auto fits = [&] { return has_room(jobs.size()); };
  if (!fits()) {
    ++waiting_;
    room_.wait(lock, [&] { return fits() || closed_ || aborted_; });
    --waiting_;
  }
  if (closed_ || aborted_) {
    const auto why = refusal();
    lock.unlock();
    for (auto& job : jobs) job.to->answered(job.tag, tl::unexpected(why));
    return 0;
  }
  const auto first = next_id_;
  next_id_ += jobs.size();
  pending_ += jobs.size();
  if (jobs_.empty()) {
    jobs_ = std::move(jobs);
  } else {
    for (auto& job : jobs) jobs_.push_back(std::move(job));
  }
  wake_member();
  return first;
}

void job_intake::withdraw(std::uint64_t id) {
  const std::lock_guard lock(mutex_);
  withdrawn_.push_back(id);
  wake_member();
}

void job_intake::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  room_.notify_all();
  wake_member();
}

void job_intake::abort(const job_failure& why) {
  const std::lock_guard lock(mutex_);
  if (!aborted_) aborted_ = why;
  room_.notify_all();
  wake_member();
}

std::vector<std::uint64_t> job_intake::unfinished() const {
  const std::lock_guard lock(mutex_);
  return unfinished_;
}

job_intake::work job_intake::take() {
  const std::lock_guard lock(mutex_);
  woken_ = false;
  work all;
  all.first_id = next_id_ - jobs_.size();
  all.jobs = std::exchange(jobs_, {});
  all.withdrawn = std::exchange(withdrawn_, {});
  all.closed = closed_;
  all.aborted = aborted_;
  return all;
}

void job_intake::answered(std::size_t count) {
  const std::lock_guard lock(mutex_);
  pending_ -= count;
  if (waiting_ != 0) room_.notify_all();
}

void job_intake::note_unfinished(std::uint64_t id) {
  const std::lock_guard lock(mutex_);
  unfinished_.push_back(id);
}

}  // namespace troupe::runtime
