// sync/mutex.hpp - a value that one thread at a time can reach.
// Threads: any, for mutex; a guard stays in the thread that locked.
// Source: std::sync::Mutex of Rust.
#pragma once
#include <troupe/base/clock.hpp>
#include <troupe/base/error.hpp>
#include <troupe/sync/internal/raw_lock.hpp>
#include <troupe/sync/poison.hpp>

#include <cassert>
#include <mutex>
#include <utility>

namespace troupe::sync {

template <class T>
class mutex;
class condvar;

/// The lock while it is held, and the only way to the value. Dropping it gives the lock back; if an exception
/// that was thrown since unwinds this thread then, the mutex is poisoned. Move-only, and not to be carried to
/// another thread: what unwinds there says nothing about the value. Outlived by its mutex.
template <class T>
class [[nodiscard]] mutex_guard {
 public:
  mutex_guard(mutex_guard&& other) noexcept : of_(std::exchange(other.of_, nullptr)), since_(other.since_) {}
  mutex_guard& operator=(mutex_guard&& other) noexcept {
    if (this != &other) {
      unlock();
      of_ = std::exchange(other.of_, nullptr);
      since_ = other.since_;
    }
    return *this;
  }
  ~mutex_guard() { unlock(); }

  [[nodiscard]] T& operator*() const noexcept { return assert(holds()), of_->value_; }
  [[nodiscard]] T* operator->() const noexcept { return assert(holds()), &of_->value_; }
  /// False after a move or unlock(): then there is no way to the value.
  [[nodiscard]] bool holds() const noexcept { return of_ != nullptr; }
  /// Gives the lock back before the guard's end. Without effect when it holds none.
  void unlock() noexcept {
    if (of_ == nullptr) return;
    if (since_.has_begun()) of_->poison_.set();
    std::exchange(of_, nullptr)->lock_.unlock();
  }

 private:
  friend class mutex<T>;
  friend class condvar;
  explicit mutex_guard(mutex<T>& of) noexcept : of_(&of) {}

  mutex<T>* of_;
  unwinding since_;
};

/// Holds a T. Uncontended, lock and unlock are one atomic exchange each; a thread that waits looks a hundred
/// times and then sleeps in futex(2). Not fair. A thread that locks it twice waits for ever (with a deadline:
/// timed_out). Destroy it when no guard lives.
template <class T>
class mutex {
 public:
  using guard = mutex_guard<T>;

  mutex() = default;
  explicit mutex(T value) : value_(std::move(value)) {}
  template <class... Args>
  explicit mutex(std::in_place_t, Args&&... args) : value_(std::forward<Args>(args)...) {}
  mutex(const mutex&) = delete;
  mutex& operator=(const mutex&) = delete;

  /// Blocks until it holds the lock. Fails with `poisoned` only, which holds the guard.
  [[nodiscard]] lock_result<guard> lock() noexcept {
    lock_.lock();
    return locked();
  }
  /// Does not block. Errors: busy; poisoned.
  [[nodiscard]] lock_result<guard> try_lock() {
    if (!lock_.try_lock()) return without(errc::busy);
    return locked();
  }
  /// Errors: timed_out; poisoned. A mutex that is free is locked even when the deadline has passed.
  [[nodiscard]] lock_result<guard> lock_until(deadline until) {
    if (!lock_.lock_until(until)) return without(errc::timed_out);
    return locked();
  }

  /// Whether an exception has left the value half-written. Another thread may change that at any time.
  [[nodiscard]] bool is_poisoned() const noexcept { return poison_.is_set(); }
  /// Says that the value is right again. Best while holding the guard with which it was mended.
  void clear_poison() noexcept { poison_.clear(); }
  /// The value, out of a mutex that ends here; a poisoned one gives it as `poisoned`.
  [[nodiscard]] tl::expected<T, poisoned<T>> into_inner() && {
    const std::lock_guard last(lock_);  // sees what the last owner wrote
    if (poison_.is_set()) return tl::unexpected(poisoned<T>(std::move(value_)));
    return std::move(value_);
  }

 private:
  friend class mutex_guard<T>;
  friend class condvar;

  lock_result<guard> locked() noexcept {
    if (poison_.is_set()) [[unlikely]]
      return tl::unexpected(lock_failure<guard>(poisoned<guard>(guard(*this))));
    return guard(*this);
  }
  static lock_result<guard> without(errc why) {
    return tl::unexpected(lock_failure<guard>(error{why, "lock", 0}));
  }

  internal::raw_lock lock_;
  poison_flag poison_;
  T value_{};
};

}  // namespace troupe::sync
