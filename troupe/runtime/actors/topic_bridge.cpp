#include <troupe/runtime/actors/actor_names.hpp>
#include <troupe/runtime/actors/topic_bridge.hpp>

#include <algorithm>

namespace troupe::runtime {
namespace {

void add_topics(const config::actor& of, const registry& program, std::vector<topic_form>& to) {
  const auto* const definition = program.find_actor(of.call);
  if (definition == nullptr) return;
  for (const auto& each : definition->topics)
    if (std::none_of(to.begin(), to.end(), [&](const auto& known) { return known.type == each.type; }))
      to.push_back(each);
}

}  // namespace

std::vector<topic_form> topics_of(const config::file& file, const registry& program) {
  std::vector<topic_form> all;
  for (const auto& each : file.actors) add_topics(each, program, all);
  return all;
}

std::vector<topic_form> topics_heard_in(const std::string& node, const config::file& file,
                                        const registry& program) {
  std::vector<topic_form> all;
  for (const auto& each : file.actors)
    if (node_of(each) == node) add_topics(each, program, all);
  return all;
}

result<> offer_topics(gateway& gate, const std::vector<topic_form>& all) {
  for (const auto& each : all)
    if (auto offered = gate.offer(each.name(), each.spawn_source(gate.system()), each.source_types); !offered)
      return offered;
  return {};
}

void topic_bridge::operator()(const node_came& news) {
  for (std::size_t topic = 0; topic < heard_.size(); ++topic) {
    const key what{news.node, topic};
    const auto at = inlets_.find(what);
    if (at == inlets_.end() || !at->second.who) {
      hear(what);
    } else {
      at->second.then = when_ended::hear_at_once;
      at->second.who.stop();
    }
  }
}

void topic_bridge::operator()(const node_went& news) {
  for (auto& [what, there] : inlets_) {
    if (what.first != news.node) continue;
    there.then = when_ended::forget;
    there.who.stop();
  }
  std::erase_if(inlets_, [&](const auto& each) { return each.first.first == news.node && !each.second.who; });
}

void topic_bridge::operator()(hear_again what) {
  const key again{std::move(what.node), what.topic};
  if (const auto at = inlets_.find(again); at != inlets_.end() && !at->second.who) hear(again);
}

void topic_bridge::hear(const key& what) {
  const auto& [node, number] = what;
  const topic_form& topic = heard_[number];
  const auto source = gate_.reach(node, topic.name(), topic.source_types, *topic.source_stand_in);
  if (!source) {  // it has gone again
    inlets_.erase(what);
    return;
  }
  auto made = actors::address_access::make<address<>>(
      topic.spawn_inlet(gate_.system(), topic.name() + " of " + node, *source));
  self_.monitor<topic_bridge>(made);
  inlets_[what] = {.who = std::move(made)};
}

void topic_bridge::operator()(const down& news) {
  const auto at = std::find_if(inlets_.begin(), inlets_.end(),
                               [&](const auto& each) { return each.second.who.id() == news.actor; });
  if (at == inlets_.end()) return;
  const key what = at->first;
  switch (at->second.then) {
    case when_ended::forget:
      inlets_.erase(at);
      break;
    case when_ended::hear_at_once:
      hear(what);
      break;
    case when_ended::hear_after_pause:
      at->second.who = {};
      self_.after<topic_bridge>(pause, hear_again{what.first, what.second});
      break;
  }
}

}  // namespace troupe::runtime
