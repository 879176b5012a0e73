// runtime/node/call_offs.hpp - which items of a worker nobody waits for any more.
// Threads: add() by any, the others by the member that runs the items.
#pragma once
#include <atomic>
#include <cstdint>
#include <mutex>
#include <set>

namespace troupe::runtime {

/// Items have the numbers of the one channel that leads to the worker, and are run in their order.
class call_offs {
 public:
  /// Of one that has been run nothing is kept.
  void add(std::uint64_t number) {
    const std::lock_guard lock(mutex_);
    if (number == running_) flag_.store(true, std::memory_order_relaxed);
    if (number > running_) waiting_.insert(number);
  }
  /// It is its turn. False: it was called off before.
  [[nodiscard]] bool begin(std::uint64_t number) {
    const std::lock_guard lock(mutex_);
    running_ = number;
    flag_.store(false, std::memory_order_relaxed);
    if (waiting_.empty()) return true;
    const bool off = waiting_.contains(number);
    waiting_.erase(waiting_.begin(), waiting_.upper_bound(number));
    return !off;
  }
  /// True while the item that begin() named last is called off.
  [[nodiscard]] const std::atomic<bool>& flag() const noexcept { return flag_; }

 private:
  std::mutex mutex_;
  std::uint64_t running_ = 0;  // the last that has begun
  std::set<std::uint64_t> waiting_;
  std::atomic<bool> flag_{false};
};

}  // namespace troupe::runtime
