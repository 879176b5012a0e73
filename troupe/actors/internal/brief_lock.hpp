// actors/internal/brief_lock.hpp - a lock of one byte, for a few instructions that hardly ever meet.
// Threads: any.
#pragma once
#include <atomic>
#include <thread>

namespace troupe::actors {

/// For std::lock_guard. Whoever finds it taken gives its processor away and tries again: hold it for a few instructions
/// only.
class brief_lock {
 public:
  void lock() noexcept {
    while (taken_.test_and_set(std::memory_order_acquire)) std::this_thread::yield();
  }
  void unlock() noexcept { taken_.clear(std::memory_order_release); }

 private:
  std::atomic_flag taken_;
};

}  // namespace troupe::actors
