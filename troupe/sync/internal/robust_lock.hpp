// sync/internal/robust_lock.hpp - a lock in shared memory that tells when its owner has died.
// Threads: any, of any process that maps it.
// Source: pthread_mutexattr_setrobust(3), pthread_mutex_clocklock of glibc 2.30.
#pragma once
#include <troupe/base/clock.hpp>

#include <pthread.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <ctime>

namespace troupe::sync::internal {

/// Never destroyed: when the memory goes, nobody can hold it. Inline: a call would cost as much as the lock.
class robust_lock {
 public:
  /// ENOMEM or 0. Once, before anybody else sees it.
  [[nodiscard]] int begin() noexcept {
    pthread_mutexattr_t as;
    if (const int why = ::pthread_mutexattr_init(&as); why != 0) return why;
    ::pthread_mutexattr_setpshared(&as, PTHREAD_PROCESS_SHARED);
    ::pthread_mutexattr_setrobust(&as, PTHREAD_MUTEX_ROBUST);
    const int why = ::pthread_mutex_init(&lock_, &as);
    ::pthread_mutexattr_destroy(&as);
    return why;
  }

  /// 0 (held) or an errno.
  [[nodiscard]] int lock() noexcept { return settle(::pthread_mutex_lock(&lock_)); }
  [[nodiscard]] int try_lock() noexcept { return settle(::pthread_mutex_trylock(&lock_)); }
  [[nodiscard]] int lock_until(deadline until) noexcept {
    if (until.is_never()) return lock();
    auto since = until.when().time_since_epoch();
    if (since.count() < 0) since = {};
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since);
    const timespec when{static_cast<time_t>(seconds.count()),
                        static_cast<long>(nanoseconds(since - seconds).count())};
    return settle(::pthread_mutex_clocklock(&lock_, CLOCK_MONOTONIC, &when));
  }
  void unlock() noexcept { ::pthread_mutex_unlock(&lock_); }

  void poison() noexcept { poisoned_.store(1, std::memory_order_relaxed); }
  void clear_poison() noexcept { poisoned_.store(0, std::memory_order_relaxed); }
  [[nodiscard]] bool is_poisoned() const noexcept { return poisoned_.load(std::memory_order_relaxed) != 0; }

 private:
  /// Poison first: who dies between the two leaves EOWNERDEAD to the next, and the flag is set already.
  int settle(int outcome) noexcept {
    if (outcome != EOWNERDEAD) [[likely]]
      return outcome;
    poison();
    return ::pthread_mutex_consistent(&lock_);
  }

  pthread_mutex_t lock_;
  std::atomic<std::uint32_t> poisoned_;
};

}  // namespace troupe::sync::internal
