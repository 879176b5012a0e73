#include <troupe/actors/internal/blocking_pool.hpp>

#include <system_error>
#include <utility>

namespace troupe::actors {
namespace {

constexpr std::size_t most_waiting = 10'000;

}  // namespace

result<> blocking_pool::run(std::unique_ptr<blocking_call>& what) {
  if (most_ == 0) {
    what->run();
    return {};
  }
  const std::lock_guard lock(mutex_);
  if (closed_) return fail(errc::closed, "run a blocking call: the actor system has shut down");
  if (waiting_.size() >= most_waiting)
    return fail(errc::full,
                "run a blocking call: " + std::to_string(most_waiting) + " of them wait for a thread");
  if (idle_ <= waiting_.size() && threads_.size() < most_) {
    try {
      threads_.emplace_back([this] { work(); });
    } catch (const std::system_error& problem) {
      if (threads_.empty())
        return fail(errc::exhausted, "start a thread for blocking calls", problem.code().value());
    }
  }
  waiting_.push_back(std::move(what));
  changed_.notify_one();
  return {};
}

void blocking_pool::work() noexcept {
  std::unique_lock lock(mutex_);
  for (;;) {
    ++idle_;
    changed_.wait(lock, [this] { return closed_ || !waiting_.empty(); });
    --idle_;
    if (closed_) return;
    auto next = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    next->run();
    next.reset();
    lock.lock();
  }
}

void blocking_pool::close() noexcept {
  std::deque<std::unique_ptr<blocking_call>> dropped;
  std::vector<std::thread> threads;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    dropped.swap(waiting_);
    threads.swap(threads_);
    changed_.notify_all();
  }
  dropped.clear();
  for (auto& each : threads) each.join();
}

}  // namespace troupe::actors
