#include <troupe/actors/internal/timer_queue.hpp>
#include <troupe/actors/timer.hpp>

#include <system_error>

namespace troupe::actors {

result<> timer_queue::start_thread() {
  try {
    thread_ = std::thread([this] { run(); });
  } catch (const std::system_error& problem) {
    return fail(errc::exhausted, "start the thread for timers", problem.code().value());
  }
  return {};
}

timer_key timer_queue::add(steady::time_point when, std::unique_ptr<timed> what) {
  const std::lock_guard lock(mutex_);
  const timer_key key(when, ++last_number_);
  if (stopped_) return key;
  const auto at = waiting_.emplace(key, std::move(what)).first;
  if (at == waiting_.begin()) changed_.notify_one();
  return key;
}

bool timer_queue::cancel(const timer_key& which) noexcept {
  std::unique_ptr<timed> dropped;  // destroyed after the lock is released: it may own anything
  const std::lock_guard lock(mutex_);
  const auto at = waiting_.find(which);
  if (at == waiting_.end()) return false;
  dropped = std::move(at->second);
  waiting_.erase(at);
  return true;
}

void timer_queue::stop() noexcept {
  std::map<timer_key, std::unique_ptr<timed>> dropped;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    dropped.swap(waiting_);
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
  while (const auto what = take_due(now)) what->due();
}

std::unique_ptr<timed> timer_queue::take_due(steady::time_point now) {
  const std::lock_guard lock(mutex_);
  if (waiting_.empty() || waiting_.begin()->first.first > now) return nullptr;
  auto what = std::move(waiting_.begin()->second);
  waiting_.erase(waiting_.begin());
  return what;
}

void timer_queue::run() {
  for (;;) {
    fire(steady::now());
    std::unique_lock lock(mutex_);
    if (stopped_) return;
    if (waiting_.empty()) {
      changed_.wait(lock);
    } else if (const auto when = waiting_.begin()->first.first; when > steady::now()) {
      changed_.wait_until(lock, when);
    }
  }
}

}  // namespace troupe::actors

namespace troupe {

bool timer::cancel() noexcept {
  const auto queue = queue_.lock();
  return queue != nullptr && queue->cancel({when_, number_});
}

}  // namespace troupe
