#include <troupe/sync/barrier.hpp>

#include <mutex>

namespace troupe::sync {

barrier::arrival barrier::arrive() noexcept {
  const std::lock_guard held(lock_);
  const arrival mine{{++here_ == parties_, generation_}, round_.load(std::memory_order_relaxed)};
  if (mine.as.leader) {
    here_ = 0;
    ++generation_;
    round_.store(mine.round + 1, std::memory_order_release);
    // Under the lock, so that nobody who has passed may destroy what we still use: see wait_until.
    internal::futex_wake(round_, internal::wake_all);
  }
  return mine;
}

passage barrier::wait() noexcept {
  const arrival mine = arrive();
  if (mine.as.leader) return mine.as;
  while (round_.load(std::memory_order_acquire) == mine.round)
    internal::futex_wait(round_, mine.round, deadline::never());
  const std::lock_guard leader_has_left(lock_);
  return mine.as;
}

result<passage> barrier::wait_until(deadline until) {
  const arrival mine = arrive();
  if (mine.as.leader) return mine.as;
  while (round_.load(std::memory_order_acquire) == mine.round)
    if (!internal::futex_wait(round_, mine.round, until)) break;
  const std::lock_guard held(lock_);
  if (generation_ != mine.as.generation) return mine.as;
  --here_;
  return fail(errc::timed_out, "wait at a barrier for the others");
}

}  // namespace troupe::sync
