#include <troupe/actors/internal/timer_queue.hpp>
#include <troupe/actors/timer.hpp>

#include <system_error>
#include <vector>

namespace troupe::actors {
namespace {

/// The first moment of first, first + period, … that lies after `now`.
steady::time_point next_of(steady::time_point last, nanoseconds period, steady::time_point now) noexcept {
  if (last + period > now) return last + period;
  return last + ((now - last) / period + 1) * period;
}

}  // namespace

result<> timer_queue::start_thread() {
  try {
    thread_ = std::thread([this] { run(); });
  } catch (const std::system_error& problem) {
    return fail(errc::exhausted, "start the thread for timers", problem.code().value());
  }
  return {};
}

void timer_queue::link(timed& what, timer_group* group) noexcept {
  if (group == nullptr) return;
  what.group_ = group;
  what.next_ = group->first;
  if (what.next_ != nullptr) what.next_->previous_ = &what;
  group->first = &what;
}

void timer_queue::unlink(timed& what) noexcept {
  if (what.group_ == nullptr) return;
  (what.previous_ == nullptr ? what.group_->first : what.previous_->next_) = what.next_;
  if (what.next_ != nullptr) what.next_->previous_ = what.previous_;
  what.group_ = nullptr;
  what.previous_ = what.next_ = nullptr;
}

void timer_queue::insert(std::unique_ptr<timed> what) {
  const timer_key key = what->key_;
  waiting_.emplace(key, std::move(what));
  if (key.first < wakes_at_) changed_.notify_one();
}

std::unique_ptr<timed> timer_queue::take(const timer_key& key) noexcept {
  const auto at = waiting_.find(key);
  if (at == waiting_.end()) return nullptr;
  auto what = std::move(at->second);
  waiting_.erase(at);
  return what;
}

timer_key timer_queue::add(steady::time_point when, std::unique_ptr<timed> what, timer_group* group) {
  const std::lock_guard lock(mutex_);
  const timer_key key(when, ++last_number_);
  if (stopped_) return key;
  what->key_ = key;
  link(*what, group);
  insert(std::move(what));
  return key;
}

timer_key timer_queue::add_repeating(steady::time_point first, nanoseconds period,
                                     std::unique_ptr<timed> what, timer_group* group) {
  const std::lock_guard lock(mutex_);
  const timer_key key(first, ++last_number_);
  if (stopped_) return key;
  what->key_ = key;
  what->period_ = period;
  repeating_.emplace(key.second, what.get());
  link(*what, group);
  insert(std::move(what));
  return key;
}

bool timer_queue::cancel(const timer_key& which) noexcept {
  std::unique_ptr<timed> dropped;  // destroyed after the lock is released: it may own anything
  const std::lock_guard lock(mutex_);
  const auto repeats = repeating_.find(which.second);
  if (repeats == repeating_.end()) {
    dropped = take(which);
    if (dropped == nullptr) return false;
    unlink(*dropped);
    return true;
  }
  timed& what = *repeats->second;
  repeating_.erase(repeats);
  unlink(what);
  dropped = take(what.key_);  // none when it is being fired; repeat() looks
  return true;
}

void timer_queue::cancel_all(timer_group& group) noexcept {
  std::vector<std::unique_ptr<timed>> dropped;
  const std::lock_guard lock(mutex_);
  while (group.first != nullptr) {
    timed& what = *group.first;
    unlink(what);
    if (what.period_ != nanoseconds::zero()) repeating_.erase(what.key_.second);
    if (auto taken = take(what.key_)) dropped.push_back(std::move(taken));
  }
}

void timer_queue::stop() noexcept {
  std::map<timer_key, std::unique_ptr<timed>> dropped;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    dropped.swap(waiting_);
    for (const auto& each : dropped) unlink(*each.second);
    repeating_.clear();
    changed_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

std::optional<steady::time_point> timer_queue::next() const {
  const std::lock_guard lock(mutex_);
  if (waiting_.empty()) return std::nullopt;
  return waiting_.begin()->first.first;
}

void timer_queue::fire(steady::time_point now) {
  while (auto what = take_due(now)) {
    what->due();
    if (what->period_ != nanoseconds::zero()) repeat(std::move(what), now);
  }
}

std::unique_ptr<timed> timer_queue::take_due(steady::time_point now) {
  const std::lock_guard lock(mutex_);
  if (waiting_.empty() || waiting_.begin()->first.first > now) return nullptr;
  auto what = std::move(waiting_.begin()->second);
  waiting_.erase(waiting_.begin());
  if (what->period_ == nanoseconds::zero()) unlink(*what);
  return what;
}

/// `what` has just been fired. It is dropped when it has been cancelled meanwhile, or the queue has stopped.
void timer_queue::repeat(std::unique_ptr<timed> what, steady::time_point now) {
  const std::lock_guard lock(mutex_);
  if (repeating_.find(what->key_.second) == repeating_.end()) {
    unlink(*what);
    return;
  }
  what->key_.first = next_of(what->key_.first, what->period_, now);
  insert(std::move(what));
}

void timer_queue::run() {
  for (;;) {
    fire(steady::now());
    std::unique_lock lock(mutex_);
    if (stopped_) return;
    // What is called off does not wake this thread, and what is added only when it comes before all it sleeps for: nearly
    // every question has a deadline that never comes, and waking a thread for each would cost more than the question.
    wakes_at_ = waiting_.empty() ? steady::time_point::max() : waiting_.begin()->first.first;
    if (wakes_at_ == steady::time_point::max())
      changed_.wait(lock);
    else if (wakes_at_ > steady::now())
      changed_.wait_until(lock, wakes_at_);
  }
}

}  // namespace troupe::actors

namespace troupe {

bool timer::cancel() noexcept {
  const auto queue = queue_.lock();
  return queue != nullptr && queue->cancel({when_, number_});
}

}  // namespace troupe
