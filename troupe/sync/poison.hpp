// sync/poison.hpp - what every lock of this room answers, and how it says that a value may be half-written.
// Threads: plain values; poison_flag: any thread, unwinding: the thread that made it.
// Source: std::sync::PoisonError and TryLockError of Rust.
#pragma once
#include <troupe/base/error.hpp>
#include <troupe/sync/internal/uncaught.hpp>

#include <atomic>
#include <optional>
#include <utility>

namespace troupe::sync {

/// Something whose last owner ended in the midst of a change: a guard that holds the lock nevertheless, or a
/// value taken out of it. Dropping it gives the lock back, and leaves it poisoned.
template <class What>
class [[nodiscard]] poisoned {
 public:
  explicit poisoned(What what) noexcept : what_(std::move(what)) {}
  /// What is there, to be looked at or mended.
  [[nodiscard]] What& inner() & noexcept { return what_; }
  [[nodiscard]] const What& inner() const& noexcept { return what_; }
  /// The same, to be kept: `auto guard = std::move(bad).into_inner();`
  [[nodiscard]] What into_inner() && noexcept { return std::move(what_); }

 private:
  What what_;
};

/// Why a lock gave no guard, or gave one with a warning. Either poisoned, and then it holds the guard; or an
/// error without one: busy (try_lock), timed_out (lock_until), whatever the system said (locks between
/// processes).
template <class Guard>
class [[nodiscard]] lock_failure {
 public:
  lock_failure(poisoned<Guard> bad) noexcept : poisoned_(std::move(bad)) {}  // NOLINT: as expected has it
  lock_failure(error without) noexcept : why_(std::move(without)) {}         // NOLINT: the same

  [[nodiscard]] bool is_poisoned() const noexcept { return poisoned_.has_value(); }
  /// The lock itself, held, with a value that may be half-written; null when there is only an error.
  [[nodiscard]] poisoned<Guard>* poison() noexcept { return poisoned_ ? &*poisoned_ : nullptr; }
  /// For callers who pass it on: errc::poisoned, or the error without a guard. The guard goes with the failure.
  [[nodiscard]] error why() const { return poisoned_ ? error{errc::poisoned, "lock", 0} : why_; }

 private:
  std::optional<poisoned<Guard>> poisoned_;
  error why_;
};

/// What lock(), try_lock() and lock_until() give.
template <class Guard>
using lock_result = tl::expected<Guard, lock_failure<Guard>>;

/// The guard whether or not the value may be half-written: for values that are right after every single change
/// (a counter), or that the caller is about to overwrite. What remains an error has no guard.
template <class Guard>
[[nodiscard]] result<Guard> even_if_poisoned(lock_result<Guard>&& locked) {
  if (locked) return std::move(*locked);
  if (auto* const bad = locked.error().poison()) return std::move(*bad).into_inner();
  return tl::unexpected<error>(locked.error().why());
}

/// The guard, or an error without one: a poisoned value is not used. `if (auto guard = sound(m.lock())) …`
template <class Guard>
[[nodiscard]] result<Guard> sound(lock_result<Guard>&& locked) {
  if (locked) return std::move(*locked);
  return tl::unexpected<error>(locked.error().why());
}

/// Whether an exception has begun to unwind this thread since the object was made: then a guard that is being
/// destroyed leaves its change unfinished. A guard taken and dropped in a destructor that itself runs while
/// an exception unwinds is not concerned.
class unwinding {
 public:
  [[nodiscard]] bool has_begun() const noexcept { return internal::uncaught_exceptions() > at_first_; }

 private:
  unsigned at_first_ = internal::uncaught_exceptions();
};

/// Of one lock in one process. Read and written by whoever holds the lock, so relaxed order suffices;
/// is_set() from elsewhere is a hint.
class poison_flag {
 public:
  void set() noexcept { set_.store(true, std::memory_order_relaxed); }
  void clear() noexcept { set_.store(false, std::memory_order_relaxed); }
  [[nodiscard]] bool is_set() const noexcept { return set_.load(std::memory_order_relaxed); }

 private:
  std::atomic<bool> set_ = false;
};

}  // namespace troupe::sync
