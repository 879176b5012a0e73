#include <troupe/runtime/jobs/job_intake.hpp>

#include <algorithm>
#include <utility>

namespace troupe::runtime {
namespace {

/// Of a deadline: whoever asks for more has none in practice, and nothing overflows.
constexpr milliseconds longest_patience = std::chrono::hours(24) * 365;

}  // namespace

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

void job_intake::set_deadline(new_job& job) const {
  if (!job.within) job.within = within_;
  if (job.within) job.until = deadline::after(std::min<milliseconds>(*job.within, longest_patience)).when();
}

/// The member is told once, until it has come.
void job_intake::wake_member() {
  if (!std::exchange(woken_, true) && wake_) wake_();
}

bool job_intake::wait_for_room(std::unique_lock<std::mutex>& lock, std::size_t count,
                               steady::time_point until) {
  const auto done = [&] { return has_room(count) || closed_ || aborted_; };
  if (done()) return true;
  ++waiting_;
  bool in_time = true;
  if (until == steady::time_point::max())
    room_.wait(lock, done);
  else
    in_time = room_.wait_until(lock, until, done);
  --waiting_;
  return in_time;
}

std::uint64_t job_intake::submit(new_job&& job, when_full what) {
  set_deadline(job);
  std::unique_lock lock(mutex_);
  if (what == when_full::wait && !wait_for_room(lock, 1, job.until)) {
    lock.unlock();
    job.to->answered(job.tag, tl::unexpected(passed_deadline(*job.within, false, 0, 0)));
    return 0;
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

std::optional<std::uint64_t> job_intake::submit(std::vector<new_job>&& jobs) {
  auto first_until = steady::time_point::max();
  for (auto& job : jobs) {
    set_deadline(job);
    first_until = std::min(first_until, job.until);
  }
  std::unique_lock lock(mutex_);
  if (!wait_for_room(lock, jobs.size(), first_until)) {
    lock.unlock();
    for (auto& job : jobs)
      job.to->answered(job.tag,
                       tl::unexpected(passed_deadline(job.within.value_or(milliseconds(0)), false, 0, 0)));
    return std::nullopt;
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
