// sync/internal/raw_lock.hpp - a lock of one word for the threads of one process, without a value.
// Threads: any. Whoever holds it gives it back; that it is the same thread, nobody checks.
// Source: "Futexes are tricky", Drepper, mutex 3; std::sys::sync::mutex::futex of Rust.
#pragma once
#include <troupe/base/clock.hpp>
#include <troupe/sync/internal/futex.hpp>

#include <atomic>
#include <cstdint>

namespace troupe::sync::internal {

/// BasicLockable, so std::lock_guard and std::unique_lock take it. Not fair: who comes by may overtake a
/// sleeper. Locking it twice in one thread waits for ever.
class raw_lock {
 public:
  raw_lock() = default;
  raw_lock(const raw_lock&) = delete;
  raw_lock& operator=(const raw_lock&) = delete;

  void lock() noexcept {
    if (!try_lock()) static_cast<void>(lock_slowly(deadline::never()));
  }
  [[nodiscard]] bool try_lock() noexcept {
    std::uint32_t expected = open;
    return word_.compare_exchange_strong(expected, held, std::memory_order_acquire,
                                         std::memory_order_relaxed);
  }
  /// False: the deadline passed. A lock that is open is taken whatever the deadline.
  [[nodiscard]] bool lock_until(deadline until) noexcept { return try_lock() || lock_slowly(until); }
  void unlock() noexcept {
    // The word may be gone after the exchange: its next owner may destroy it. Waking does not read it.
    if (word_.exchange(open, std::memory_order_release) == awaited) futex_wake(word_, 1);
  }

 private:
  static constexpr std::uint32_t open = 0, held = 1;
  static constexpr std::uint32_t awaited = 2;  // held, and somebody may sleep

  bool lock_slowly(deadline until) noexcept;

  futex_word word_ = open;
};

}  // namespace troupe::sync::internal
