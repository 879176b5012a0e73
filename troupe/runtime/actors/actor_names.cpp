#include <troupe/config/wording.hpp>
#include <troupe/runtime/actors/actor_names.hpp>

#include <algorithm>
#include <vector>

namespace troupe::runtime {

const std::string& node_of(const config::actor& of) {
  static const std::string director = director_node;
  return of.place == config::actor::placement::process ? of.process : director;
}

tl::expected<actors::cell_ref, unresolved> actor_names::resolve(
    std::string_view name, std::span<const actors::message_type* const> wanted) {
  const auto& all = file_.actors;
  const auto at = std::find_if(all.begin(), all.end(), [&](const auto& each) { return each.name == name; });
  if (at == all.end()) {
    std::vector<std::string> known;
    for (const auto& each : all) known.push_back(each.name);
    return tl::unexpected(no_such_actor(name, known));
  }
  if (const auto* definition = program_.find_actor(at->call)) {
    std::vector<const actors::message_type*> missing;
    for (const auto* each : wanted)
      if (!definition->receives(*each)) missing.push_back(each);
    if (!missing.empty()) return tl::unexpected(does_not_receive(name, missing));
    if (from_ != nullptr && node_of(*from_) != node_of(*at) && !definition->remote)
      return tl::unexpected(
          unresolved{"actor " + config::in_quotes(name) + " lives in another process than actor " +
                         config::in_quotes(from_->name) + ", and " + definition->why_only_here,
                     "let both live in one process, or give it messages that can travel: docs/messages.md"});
  }
  const auto place = places_.find(name);
  return place == places_.end() ? actors::cell_ref() : place->second;
}

}  // namespace troupe::runtime
