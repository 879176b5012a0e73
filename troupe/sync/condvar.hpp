// sync/condvar.hpp - sleeping until the value of a mutex is as one wants it.
// Threads: any.
// Source: std::sync::Condvar of Rust, wait_while and wait_timeout_while.
#pragma once
#include <troupe/base/clock.hpp>
#include <troupe/base/error.hpp>
#include <troupe/sync/internal/futex.hpp>
#include <troupe/sync/internal/raw_lock.hpp>
#include <troupe/sync/mutex.hpp>

#include <atomic>
#include <concepts>
#include <cstdint>
#include <utility>

namespace troupe::sync {

/// Belongs to the first mutex it is waited with, for its life. Waiting takes a predicate always: a wake says
/// only that it is time to look. Destroy it when nobody waits. Whoever changes the value notifies after that,
/// with the guard or without.
class condvar {
 public:
  condvar() = default;
  condvar(const condvar&) = delete;
  condvar& operator=(const condvar&) = delete;

  /// Returns when ready(value) says so; until then the lock is given back. The guard holds the lock again
  /// whatever comes out. Errors: invalid_argument (another mutex's guard, or one that holds nothing: nothing
  /// was waited for), poisoned (by another thread while this one slept: `ready` may say anything). What
  /// `ready` throws passes through, with the lock held.
  template <class T, std::predicate<T&> Ready>
  [[nodiscard]] result<> wait(mutex_guard<T>& held, Ready ready) {
    return wait_until(held, deadline::never(), std::move(ready));
  }

  /// The same; timed_out when ready(value) still says no at the deadline.
  template <class T, std::predicate<T&> Ready>
  [[nodiscard]] result<> wait_until(mutex_guard<T>& held, deadline until, Ready ready) {
    if (!held.holds())
      return fail(errc::invalid_argument, "wait on a condvar with a guard that holds no lock");
    mutex<T>& of = *held.of_;
    if (!belongs_to(of.lock_))
      return fail(errc::invalid_argument,
                  "wait on a condvar with the guard of another mutex than before: give each mutex its own");
    for (bool in_time = true; !ready(of.value_);) {
      if (!in_time) return fail(errc::timed_out, "wait on a condvar");
      in_time = sleep(of.lock_, until);
      if (of.poison_.is_set()) return fail(errc::poisoned, "wait on a condvar");
    }
    return {};
  }

  /// Wakes one of those that wait, if any does.
  void notify_one() noexcept { notify(1); }
  void notify_all() noexcept { notify(internal::wake_all); }

 private:
  bool belongs_to(const internal::raw_lock& lock) noexcept;
  /// Gives the lock back, sleeps, and takes it again. False: the deadline passed.
  bool sleep(internal::raw_lock& lock, deadline until) noexcept;
  void notify(std::uint32_t count) noexcept;

  std::atomic<const internal::raw_lock*> owner_ = nullptr;
  std::atomic<std::uint32_t> waiting_ = 0;
  internal::futex_word round_ = 0;
};

}  // namespace troupe::sync
