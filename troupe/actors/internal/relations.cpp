// What core keeps about actors that have to do with each other: links, topics, names, who waits for whose room.
#include <troupe/actors/internal/cell.hpp>
#include <troupe/actors/internal/core.hpp>

#include <algorithm>
#include <unordered_set>
#include <utility>

namespace troupe::actors {
namespace {

std::string ended_how(const end_reason& why) {
  switch (why.how) {
    case ending::failed:
      return "failed: " + why.text;
    case ending::linked:
      return "ended with another: " + why.text;
    case ending::killed:
      return "was killed";
    case ending::process_lost:
    case ending::link_lost:
      return "was lost: " + why.text;
    case ending::stopped:
    case ending::unreachable:
      break;
  }
  return "ended";
}

end_reason broken_link(const cell& by, const end_reason& why) {
  return {ending::linked, by.label() + " " + ended_how(why)};
}

auto place_of(std::vector<parking>& all, const mailbox& box) noexcept {
  return std::find_if(all.begin(), all.end(), [&](const parking& each) { return each.box == &box; });
}

void forget(std::vector<cell*>& links, const cell& whom) noexcept {
  links.erase(std::remove(links.begin(), links.end(), &whom), links.end());
}

}  // namespace

void core::link(cell& one, cell& other) {
  if (&one == &other) return;
  std::unique_ptr<end_reason> broken;
  {
    const std::lock_guard lock(mutex_);
    if (other.related.reason == nullptr && !other.is_down()) {
      auto& links = one.related.made().links;
      if (std::find(links.begin(), links.end(), &other) != links.end()) return;
      links.push_back(&other);
      other.related.made().links.push_back(&one);
      if (other.port() != nullptr) one.related.made().holds.emplace_back(other);
      if (one.port() != nullptr) other.related.made().holds.emplace_back(one);
      return;
    }
    if (other.related.reason == nullptr)  // between two lives: the one that it would share has failed
      broken = std::make_unique<end_reason>(end_reason{ending::linked, other.label() + " is down"});
    else if (ended_well(other.related.reason->how))
      return;
    else
      broken = std::make_unique<end_reason>(broken_link(other, *other.related.reason));
    one.related.made().broken_by = std::move(broken);
  }
  one.kill();
}

void core::unlink(cell& one, cell& other) noexcept {
  const std::lock_guard lock(mutex_);
  if (one.related.has != nullptr) forget(one.related.has->links, other);
  if (other.related.has != nullptr) forget(other.related.has->links, one);
}

void core::break_links(cell& who, const end_reason& why) {
  std::vector<cell_ref> taken_along, held;
  {
    const std::lock_guard lock(mutex_);
    if (who.related.has == nullptr) return;
    who.related.has->broken_by = nullptr;  // of a kill that came too late
    held.swap(who.related.has->holds);
    for (cell* const each : std::exchange(who.related.has->links, {})) {
      forget(each->related.has->links, who);
      let_go(*each, who, held);
      if (ended_well(why.how) || !each->try_retain()) continue;
      taken_along.push_back(cell_ref::adopt(*each));
      each->related.has->broken_by = std::make_unique<end_reason>(broken_link(who, why));
    }
  }
  for (const cell_ref& each : taken_along) each.get()->kill();
}

end_reason core::why_killed(cell& who) {
  const std::lock_guard lock(mutex_);
  if (who.related.has == nullptr || who.related.has->broken_by == nullptr) return {ending::killed, {}};
  return *std::exchange(who.related.has->broken_by, nullptr);
}

void core::subscribe(const message_type& topic, cell& who) {
  if (!topics_.add(topic, who)) return;
  const std::lock_guard lock(mutex_);
  who.related.made().topics.push_back(&topic);
}

void core::unsubscribe(const message_type& topic, cell& who) {
  if (!topics_.remove(topic, who)) return;
  const std::lock_guard lock(mutex_);
  auto& all = who.related.made().topics;
  all.erase(std::remove(all.begin(), all.end(), &topic), all.end());
}

void core::leave_topics(cell& who) {
  std::vector<const message_type*> all;
  {
    const std::lock_guard lock(mutex_);
    if (who.related.has == nullptr) return;
    all.swap(who.related.has->topics);
  }
  for (const message_type* each : all) topics_.remove(*each, who);
}

result<> core::name(std::string name, cell& who) {
  const auto has_ended = [&] {
    const std::lock_guard lock(mutex_);
    who.related.made().has_name = true;
    return who.related.reason != nullptr;
  };
  const auto too_late = [&] {
    return fail(errc::closed, "give " + who.label() + ", which has ended, the name '" + name + "'");
  };
  if (has_ended()) return too_late();
  if (auto added = names_.add(name, who); !added) return added;
  if (!has_ended()) return {};
  names_.remove(who);  // it ended meanwhile, and had no name to give back
  return too_late();
}

bool core::begin_parking(cell& sender, cell& receiver) {
  const std::lock_guard lock(mutex_);
  auto& own = sender.related.made().parked;
  if (const auto at = place_of(own, receiver.box());
      at != own.end()) {  // it waits there already: no new ring
    ++at->messages;
    return true;
  }
  std::vector<const cell*> ahead{&receiver};
  std::unordered_set<const cell*> seen;
  while (!ahead.empty()) {
    const cell* const next = ahead.back();
    ahead.pop_back();
    if (next == &sender) return false;
    if (next->related.has == nullptr || !seen.insert(next).second) continue;
    for (const parking& each : next->related.has->parked) ahead.push_back(each.receiver);
  }
  own.push_back({&receiver, &receiver.box()});
  return true;
}

void core::end_parking(cell& sender, const mailbox& into) noexcept {
  const std::lock_guard lock(mutex_);
  auto& all = sender.related.has->parked;
  const auto at = place_of(all, into);
  if (at != all.end() && --at->messages == 0) all.erase(at);
}

}  // namespace troupe::actors
