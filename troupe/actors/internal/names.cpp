#include <troupe/actors/internal/names.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace troupe::actors {

// What is taken out is destroyed, and who is found is told, after the lock is released: either may end an actor.

result<> names::add(std::string name, cell& who) {
  seekers told;
  const cell_ref found(who);
  {
    const std::lock_guard lock(mutex_);
    if (!holders_.try_emplace(name, found).second)
      return fail(errc::already_exists, "give an actor the name '" + name + "', which another one has");
    if (const auto at = sought_.find(name); at != sought_.end()) {
      told = std::move(at->second);
      seekers_ -= told.size();
      sought_.erase(at);
    }
  }
  for (const auto& each : told) each->found(found);
  return {};
}

bool names::remove(std::string_view name) noexcept {
  cell_ref gone;
  const std::lock_guard lock(mutex_);
  const auto at = holders_.find(name);
  if (at == holders_.end()) return false;
  gone = std::move(at->second);
  holders_.erase(at);
  return true;
}

void names::remove(const cell& who) noexcept {
  std::vector<cell_ref> gone;
  const std::lock_guard lock(mutex_);
  for (auto at = holders_.begin(); at != holders_.end();) {
    if (at->second.get() != &who) {
      ++at;
      continue;
    }
    gone.push_back(std::move(at->second));
    at = holders_.erase(at);
  }
}

cell_ref names::find(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto at = holders_.find(name);
  return at == holders_.end() ? cell_ref() : at->second;
}

void names::seek(std::string name, std::unique_ptr<name_seeker> who) {
  cell_ref found;
  seekers gone;
  {
    const std::lock_guard lock(mutex_);
    if (const auto at = holders_.find(name); at != holders_.end()) {
      found = at->second;
    } else {
      if (seekers_ >= next_sweep_) forget_seekers(gone);
      sought_[std::move(name)].push_back(std::move(who));
      ++seekers_;
      return;
    }
  }
  who->found(found);
}

/// Whenever there are twice as many as were left the last time: those that gave up are never more than half, or a few.
void names::forget_seekers(seekers& gone) {
  for (auto at = sought_.begin(); at != sought_.end();) {
    auto& all = at->second;
    const auto over =
        std::stable_partition(all.begin(), all.end(), [](const auto& each) { return !each->gave_up(); });
    seekers_ -= static_cast<std::size_t>(std::distance(over, all.end()));
    std::move(over, all.end(), std::back_inserter(gone));
    all.erase(over, all.end());
    at = all.empty() ? sought_.erase(at) : std::next(at);
  }
  next_sweep_ = std::max(least_swept, 2 * seekers_);
}

void names::close() noexcept {
  std::map<std::string, seekers, std::less<>> sought;
  std::map<std::string, cell_ref, std::less<>> holders;
  const std::lock_guard lock(mutex_);
  sought.swap(sought_);
  holders.swap(holders_);
}

}  // namespace troupe::actors
