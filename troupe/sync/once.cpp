#include <troupe/sync/once.hpp>

namespace troupe::sync {

once::turn once::begin(bool even_if_poisoned) noexcept {
  std::uint32_t now = state_.load(std::memory_order_acquire);
  for (;;) {
    if (now == done) return turn::done;
    if (now == torn && !even_if_poisoned) return turn::poisoned;
    if (now == fresh || now == torn) {
      const turn got = now == fresh ? turn::mine : turn::mine_after_poison;
      if (state_.compare_exchange_weak(now, running, std::memory_order_acquire)) return got;
      continue;
    }
    if (now == running && !state_.compare_exchange_weak(now, awaited, std::memory_order_acquire)) continue;
    internal::futex_wait(state_, awaited, deadline::never());
    now = state_.load(std::memory_order_acquire);
  }
}

void once::end(std::uint32_t outcome) noexcept {
  if (state_.exchange(outcome, std::memory_order_release) == awaited)
    internal::futex_wake(state_, internal::wake_all);
}

}  // namespace troupe::sync
