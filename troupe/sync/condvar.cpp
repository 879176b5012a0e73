#include <troupe/sync/condvar.hpp>

namespace troupe::sync {

bool condvar::belongs_to(const internal::raw_lock& lock) noexcept {
  const internal::raw_lock* first = nullptr;
  return owner_.compare_exchange_strong(first, &lock, std::memory_order_relaxed) || first == &lock;
}

bool condvar::sleep(internal::raw_lock& lock, deadline until) noexcept {
  // Both before the lock is given back: who changes the value afterwards and notifies, sees us waiting, and
  // moves the round that we have read.
  waiting_.fetch_add(1);
  const std::uint32_t round = round_.load();
  lock.unlock();
  const bool in_time = internal::futex_wait(round_, round, until);
  waiting_.fetch_sub(1);
  lock.lock();
  return in_time;
}

void condvar::notify(std::uint32_t count) noexcept {
  round_.fetch_add(1);
  if (waiting_.load() != 0) internal::futex_wake(round_, count);
}

}  // namespace troupe::sync
