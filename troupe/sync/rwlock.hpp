// sync/rwlock.hpp - a value that many threads may read at once, or one may write.
// Threads: any, for rwlock; a guard stays in the thread that locked.
// Source: std::sync::RwLock of Rust.
#pragma once
#include <troupe/base/clock.hpp>
#include <troupe/base/error.hpp>
#include <troupe/sync/internal/raw_rwlock.hpp>
#include <troupe/sync/poison.hpp>

#include <cassert>
#include <utility>

namespace troupe::sync {

template <class T>
class rwlock;

/// A reader's hold: the value is const and does not change while it lives. Never poisons. Move-only.
template <class T>
class [[nodiscard]] read_guard {
 public:
  read_guard(read_guard&& other) noexcept : of_(std::exchange(other.of_, nullptr)) {}
  read_guard& operator=(read_guard&& other) noexcept {
    if (this != &other) {
      unlock();
      of_ = std::exchange(other.of_, nullptr);
    }
    return *this;
  }
  ~read_guard() { unlock(); }

  [[nodiscard]] const T& operator*() const noexcept { return assert(holds()), of_->value_; }
  [[nodiscard]] const T* operator->() const noexcept { return assert(holds()), &of_->value_; }
  [[nodiscard]] bool holds() const noexcept { return of_ != nullptr; }
  void unlock() noexcept {
    if (of_ != nullptr) std::exchange(of_, nullptr)->lock_.unlock_shared();
  }

 private:
  friend class rwlock<T>;
  explicit read_guard(rwlock<T>& of) noexcept : of_(&of) {}
  rwlock<T>* of_;
};

/// The writer's hold. Dropped while an exception that was thrown since unwinds, it poisons. Move-only.
template <class T>
class [[nodiscard]] write_guard {
 public:
  write_guard(write_guard&& other) noexcept : of_(std::exchange(other.of_, nullptr)), since_(other.since_) {}
  write_guard& operator=(write_guard&& other) noexcept {
    if (this != &other) {
      unlock();
      of_ = std::exchange(other.of_, nullptr);
      since_ = other.since_;
    }
    return *this;
  }
  ~write_guard() { unlock(); }

  [[nodiscard]] T& operator*() const noexcept { return assert(holds()), of_->value_; }
  [[nodiscard]] T* operator->() const noexcept { return assert(holds()), &of_->value_; }
  [[nodiscard]] bool holds() const noexcept { return of_ != nullptr; }
  void unlock() noexcept {
    if (of_ == nullptr) return;
    if (since_.has_begun()) of_->poison_.set();
    std::exchange(of_, nullptr)->lock_.unlock();
  }

 private:
  friend class rwlock<T>;
  explicit write_guard(rwlock<T>& of) noexcept : of_(&of) {}
  rwlock<T>* of_;
  unwinding since_;
};

/// Holds a T. A writer that waits keeps new readers out: writers do not starve, readers may while writers come
/// without a pause. So a thread that holds a read guard must not ask for a second one: a writer may have come in
/// between, and both wait for ever. Destroy it when no guard lives.
template <class T>
class rwlock {
 public:
  using reader = read_guard<T>;
  using writer = write_guard<T>;

  rwlock() = default;
  explicit rwlock(T value) : value_(std::move(value)) {}
  rwlock(const rwlock&) = delete;
  rwlock& operator=(const rwlock&) = delete;

  /// Blocks. Fails with `poisoned` only, which holds the guard.
  [[nodiscard]] lock_result<reader> read() { return read_until(deadline::never()); }
  [[nodiscard]] lock_result<writer> write() { return write_until(deadline::never()); }
  /// Does not block. Errors: busy (for a reader also: a writer waits); poisoned.
  [[nodiscard]] lock_result<reader> try_read() {
    return locked<reader>(lock_.try_lock_shared(), errc::busy, "lock for reading");
  }
  [[nodiscard]] lock_result<writer> try_write() {
    return locked<writer>(lock_.try_lock(), errc::busy, "lock for writing");
  }
  /// Errors: timed_out; poisoned.
  [[nodiscard]] lock_result<reader> read_until(deadline until) {
    return locked<reader>(lock_.lock_shared_until(until), errc::timed_out, "lock for reading");
  }
  [[nodiscard]] lock_result<writer> write_until(deadline until) {
    return locked<writer>(lock_.lock_until(until), errc::timed_out, "lock for writing");
  }

  [[nodiscard]] bool is_poisoned() const noexcept { return poison_.is_set(); }
  /// Says that the value is right again. Best while holding the guard with which it was mended.
  void clear_poison() noexcept { poison_.clear(); }
  /// The value, out of a lock that ends here; a poisoned one gives it as `poisoned`.
  [[nodiscard]] tl::expected<T, poisoned<T>> into_inner() && {
    static_cast<void>(lock_.lock_until(deadline::never()));  // sees what the last writer wrote
    lock_.unlock();
    if (poison_.is_set()) return tl::unexpected(poisoned<T>(std::move(value_)));
    return std::move(value_);
  }

 private:
  friend class read_guard<T>;
  friend class write_guard<T>;

  template <class Guard>
  lock_result<Guard> locked(bool got, errc otherwise, const char* attempt) {
    if (!got) return tl::unexpected(lock_failure<Guard>(error{otherwise, attempt, 0}));
    if (poison_.is_set()) return tl::unexpected(lock_failure<Guard>(poisoned<Guard>(Guard(*this))));
    return Guard(*this);
  }

  internal::raw_rwlock lock_;
  poison_flag poison_;
  T value_{};
};

}  // namespace troupe::sync
