#include <troupe/actors/internal/topics.hpp>

#include <algorithm>
#include <mutex>
#include <utility>

namespace troupe::actors {
namespace {

auto place_of(std::vector<cell_ref>& all, const cell& who) noexcept {
  return std::find_if(all.begin(), all.end(), [&](const cell_ref& each) { return each.get() == &who; });
}

}  // namespace

bool topics::add(const message_type& topic, cell& who) {
  const std::lock_guard lock(mutex_);
  auto& all = listeners_[&topic];
  if (place_of(all, who) != all.end()) return false;
  all.emplace_back(who);
  has_any_.store(true, std::memory_order_release);
  return true;
}

bool topics::remove(const message_type& topic, const cell& who) noexcept {
  cell_ref gone;  // the last count may end an actor, not under our lock
  const std::lock_guard lock(mutex_);
  const auto found = listeners_.find(&topic);
  if (found == listeners_.end()) return false;
  const auto at = place_of(found->second, who);
  if (at == found->second.end()) return false;
  gone = std::move(*at);
  found->second.erase(at);
  if (found->second.empty()) listeners_.erase(found);
  has_any_.store(!listeners_.empty(), std::memory_order_release);
  return true;
}

std::vector<cell_ref> topics::listeners(const message_type& topic) const {
  const std::shared_lock lock(mutex_);
  const auto found = listeners_.find(&topic);
  if (found == listeners_.end()) return {};
  return found->second;
}

}  // namespace troupe::actors
