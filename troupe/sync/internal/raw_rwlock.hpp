// sync/internal/raw_rwlock.hpp - many readers or one writer, without a value.
// Threads: any.
// Source: our own; what it promises follows std::sync::RwLock of Rust on Linux (writers first).
#pragma once
#include <troupe/base/clock.hpp>
#include <troupe/sync/internal/futex.hpp>

#include <atomic>
#include <cstdint>

namespace troupe::sync::internal {

/// A writer that waits keeps new readers out, so it gets in when the readers that are in have left. Up to 2^31
/// readers.
class raw_rwlock {
 public:
  raw_rwlock() = default;
  raw_rwlock(const raw_rwlock&) = delete;
  raw_rwlock& operator=(const raw_rwlock&) = delete;

  [[nodiscard]] bool try_lock() noexcept {
    std::uint32_t nobody = 0;
    return state_.compare_exchange_strong(nobody, writer);
  }
  [[nodiscard]] bool try_lock_shared() noexcept {
    if (writers_waiting_.load() != 0) return false;
    for (std::uint32_t now = state_.load(); (now & writer) == 0;)
      if (state_.compare_exchange_weak(now, now + 1)) return true;
    return false;
  }
  /// False: the deadline passed.
  [[nodiscard]] bool lock_until(deadline until) noexcept { return try_lock() || wait_to_write(until); }
  [[nodiscard]] bool lock_shared_until(deadline until) noexcept {
    return try_lock_shared() || wait_to_read(until);
  }
  void unlock() noexcept {
    state_.store(0);
    wake_next();
  }
  void unlock_shared() noexcept {
    if (state_.fetch_sub(1) == 1) wake_next();
  }

 private:
  static constexpr std::uint32_t writer = 0x8000'0000;

  bool wait_to_write(deadline until) noexcept;
  bool wait_to_read(deadline until) noexcept;
  void wake_next() noexcept;

  // All in sequential order: who leaves writes state_ and then looks for sleepers; who sleeps says so and then
  // looks at state_. One of the two sees the other.
  futex_word state_ = 0;  // readers that are in, or `writer`
  std::atomic<std::uint32_t> writers_waiting_ = 0, readers_waiting_ = 0;
  futex_word writers_round_ = 0, readers_round_ = 0;  // what the two sleep on
};

}  // namespace troupe::sync::internal
