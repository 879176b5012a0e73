#include <troupe/transport/internal/visitors.hpp>

namespace troupe::transport {
namespace {

constexpr milliseconds try_again{50};

}  // namespace

void visitors::came(const connection_id& who, std::string listener, steady::time_point now) {
  if (const auto before = all_.find(who.descriptor); before != all_.end()) {
    take_out_of_queue(before->second);
    all_.erase(before);
  }
  const auto until = now + rules_.patience;
  all_.emplace(who.descriptor, visitor{who, std::move(listener), stage::silent, until});
  silent_.emplace(until, who.descriptor);
}

void visitors::spoke(int descriptor) {
  const auto found = all_.find(descriptor);
  if (found == all_.end() || found->second.at != stage::silent) return;
  take_out_of_queue(found->second);
  found->second.at = stage::guest;
}

void visitors::must_leave(int descriptor, steady::time_point now) {
  const auto found = all_.find(descriptor);
  if (found == all_.end() || found->second.at == stage::leaving || found->second.at == stage::cut_off) return;
  take_out_of_queue(found->second);
  found->second.at = stage::leaving;
  found->second.until = now + rules_.to_leave;
  leaving_.emplace(found->second.until, descriptor);
}

void visitors::take_out_of_queue(const visitor& who) {
  if (who.at == stage::silent) silent_.erase({who.until, who.id.descriptor});
  if (who.at == stage::leaving) leaving_.erase({who.until, who.id.descriptor});
}

std::optional<visitors::departure> visitors::left(int descriptor) {
  const auto found = all_.find(descriptor);
  if (found == all_.end()) return std::nullopt;
  auto gone = std::move(found->second);
  take_out_of_queue(gone);
  all_.erase(found);
  const auto how = gone.at == stage::silent    ? ending::of_the_silent
                   : gone.at == stage::cut_off ? ending::as_we_cut_it
                                               : ending::of_a_guest;
  return departure{how, std::move(gone.listener)};
}

/// One that has ended already is as good as cut: libzmq is about to say so. Without a descriptor to make sure
/// with, it is tried again later.
bool visitors::cut_first(queue& from, steady::time_point now) {
  auto& who = all_.at(from.begin()->second);
  from.erase(from.begin());
  if (cut(who.id) || identify(who.id.descriptor).inode != who.id.inode) {
    who.at = stage::cut_off;
    return true;
  }
  who.until = now + try_again;
  from.emplace(who.until, who.id.descriptor);
  return false;
}

visitors::cuts visitors::expire(steady::time_point now) {
  cuts made;
  while (silent_.size() > rules_.most_silent && cut_first(silent_, now)) ++made.crowded;
  while (!silent_.empty() && silent_.begin()->first <= now && cut_first(silent_, now)) ++made.late;
  while (!leaving_.empty() && leaving_.begin()->first <= now && cut_first(leaving_, now)) continue;
  return made;
}

visitors::cuts visitors::make_room(steady::time_point now, milliseconds older_than) {
  cuts made;
  const auto came_before = now - older_than + rules_.patience;
  while (!silent_.empty() && silent_.begin()->first <= came_before && cut_first(silent_, now)) ++made.crowded;
  return made;
}

std::optional<steady::time_point> visitors::next_deadline() const {
  std::optional<steady::time_point> first;
  for (const auto* waiting : {&silent_, &leaving_}) {
    if (!waiting->empty() && (!first || waiting->begin()->first < *first)) first = waiting->begin()->first;
  }
  return first;
}

}  // namespace troupe::transport
