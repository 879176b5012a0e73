// sync/semaphore.hpp - a number of permits that threads take and give back.
// Threads: any.
// Source: tokio::sync::Semaphore (Rust's std has none): in order of arrival, any number at once.
#pragma once
#include <troupe/base/clock.hpp>
#include <troupe/base/error.hpp>
#include <troupe/sync/internal/raw_lock.hpp>

#include <cstddef>
#include <utility>

namespace troupe::sync {

class semaphore;

/// Permits that are held; dropping them gives them back. Move-only; any thread may drop it. Outlived by its
/// semaphore.
class [[nodiscard]] permits {
 public:
  permits(permits&& other) noexcept : of_(std::exchange(other.of_, nullptr)), count_(other.count_) {}
  permits& operator=(permits&& other) noexcept;
  ~permits() { give_back(); }
  /// How many; 0 after a move or give_back().
  [[nodiscard]] std::size_t count() const noexcept { return of_ == nullptr ? 0 : count_; }
  void give_back() noexcept;

 private:
  friend class semaphore;
  permits(semaphore& of, std::size_t count) noexcept : of_(&of), count_(count) {}
  semaphore* of_;
  std::size_t count_;
};

/// Holds `total` permits at first, never more. Fair: who asks for many is not overtaken by those who ask for
/// few later, not even by try_acquire. Destroy it when no permits are held and nobody waits.
class semaphore {
 public:
  explicit semaphore(std::size_t total) noexcept : total_(total), free_(total) {}
  semaphore(const semaphore&) = delete;
  semaphore& operator=(const semaphore&) = delete;

  /// Blocks until all `count` are there. Errors: invalid_argument (more than there are in all).
  [[nodiscard]] result<permits> acquire(std::size_t count = 1) {
    return acquire_until(deadline::never(), count);
  }
  /// Does not block. Errors: busy (not enough now, or others wait), invalid_argument.
  [[nodiscard]] result<permits> try_acquire(std::size_t count = 1);
  /// Errors: timed_out, invalid_argument.
  [[nodiscard]] result<permits> acquire_until(deadline until, std::size_t count = 1);

  /// What nobody holds now; a hint.
  [[nodiscard]] std::size_t available() const noexcept;
  [[nodiscard]] std::size_t total() const noexcept { return total_; }

 private:
  friend class permits;
  struct waiter;

  [[nodiscard]] result<> can_ever(std::size_t count) const;
  void give_back(std::size_t count) noexcept;
  void serve() noexcept;
  void forget(waiter& whom) noexcept;

  mutable internal::raw_lock lock_;
  const std::size_t total_;
  std::size_t free_;                           // under lock_, as are the two below
  waiter *first_ = nullptr, *last_ = nullptr;  // in order of arrival, each on the stack of who waits
};

}  // namespace troupe::sync
