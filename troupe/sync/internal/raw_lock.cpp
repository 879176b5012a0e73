#include <troupe/sync/internal/raw_lock.hpp>

namespace troupe::sync::internal {

bool raw_lock::lock_slowly(deadline until) noexcept {
  // Most locks are held for a moment, shorter than a sleep.
  for (int look = 0; look < 100 && word_.load(std::memory_order_relaxed) == held; ++look) relax();
  if (try_lock()) return true;
  // From here on 'awaited' whoever gets it: others may sleep beside us, and whoever sleeps was counted on to
  // be woken. One wake too many costs a system call, one too few a hang.
  while (word_.exchange(awaited, std::memory_order_acquire) != open)
    if (!futex_wait(word_, awaited, until)) return false;
  return true;
}

}  // namespace troupe::sync::internal
