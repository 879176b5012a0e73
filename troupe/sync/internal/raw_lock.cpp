#include <troupe/sync/internal/raw_lock.hpp>

#include <atomic>
#include <cstdint>

namespace troupe::sync::internal {

bool raw_lock::lock_slowly(deadline until) noexcept {
  // Most locks are held for a moment, shorter than a sleep. More and more rarely: each look takes the word's
  // cache line away from whoever holds the lock and wants to give it back.
  for (int pauses = 1; pauses <= 64; pauses *= 2) {
    for (int i = 0; i < pauses; ++i) relax();
    const std::uint32_t seen = word_.load(std::memory_order_relaxed);
    if (seen == open && try_lock()) return true;
    if (seen == awaited) break;  // others sleep already
  }
  // From here on 'awaited' whoever gets it: others may sleep beside us, and whoever sleeps was counted on to
  // be woken. One wake too many costs a system call, one too few a hang.
  while (word_.exchange(awaited, std::memory_order_acquire) != open)
    if (!futex_wait(word_, awaited, until)) return false;
  return true;
}

}  // namespace troupe::sync::internal
