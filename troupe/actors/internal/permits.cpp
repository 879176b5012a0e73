#include <troupe/actors/internal/permits.hpp>

#include <utility>

namespace troupe::actors {

/// Tells those for whom there is enough now. One who gives back what he gets as soon as he is told ends in here again, and
/// returns at once: the line is served in a loop, however long it is.
void permits::settle(std::unique_lock<std::mutex>& lock) noexcept {
  if (std::exchange(telling_, true)) return;
  for (line served = serve(); !served.empty(); served = serve()) {
    lock.unlock();
    for (const auto& each : served)
      if (each != nullptr) each->granted();
    served.clear();
    lock.lock();
  }
  telling_ = false;
}

/// Under the lock. Those that are to be told, or dropped (null), when it is released: either may come back to us.
permits::line permits::serve() noexcept {
  line served;
  while (!line_.empty()) {
    const bool over = line_.front()->gave_up();
    if (!over && line_.front()->wants > free_) break;
    if (!over) free_ -= line_.front()->wants;
    served.push_back(std::move(line_.front()));
    line_.pop_front();
    if (over) served.back() = nullptr;
  }
  return served;
}

bool permits::try_take(std::size_t count) noexcept {
  const std::lock_guard lock(mutex_);
  if (!line_.empty() || count > free_) return false;
  free_ -= count;
  return true;
}

void permits::claim(std::unique_ptr<claimant> who) {
  line gone;  // destroyed without the lock
  std::unique_lock lock(mutex_);
  forgets_(
      line_, [](const auto& each) { return each->gave_up(); }, gone);
  line_.push_back(std::move(who));
  settle(lock);
}

void permits::give(std::size_t count) noexcept {
  std::unique_lock lock(mutex_);
  free_ += count;
  settle(lock);
}

std::size_t permits::free() const noexcept {
  const std::lock_guard lock(mutex_);
  return free_;
}

}  // namespace troupe::actors
