#include <troupe/actors/internal/permits.hpp>

#include <utility>

namespace troupe::actors {

/// Under the lock. Those that are to be told, or dropped, when it is released: either may come back to us.
std::deque<std::unique_ptr<claimant>> permits::serve() noexcept {
  std::deque<std::unique_ptr<claimant>> served;
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
  std::deque<std::unique_ptr<claimant>> served;
  {
    const std::lock_guard lock(mutex_);
    line_.push_back(std::move(who));
    served = serve();
  }
  for (const auto& each : served)
    if (each != nullptr) each->granted();
}

void permits::give(std::size_t count) noexcept {
  std::deque<std::unique_ptr<claimant>> served;
  {
    const std::lock_guard lock(mutex_);
    free_ += count;
    served = serve();
  }
  for (const auto& each : served)
    if (each != nullptr) each->granted();
}

std::size_t permits::free() const noexcept {
  const std::lock_guard lock(mutex_);
  return free_;
}

}  // namespace troupe::actors
