// Addresses that come with messages.
#include <troupe/runtime/remote/gateway.hpp>

#include <string>
#include <utility>

namespace troupe::runtime {

/// Whatever becomes of the record: its cards are claims, which go back when nobody makes use of them.
result<std::shared_ptr<arrived_cards>> gateway::cards_of(connection& from, const record_head& head,
                                                         record_reader& record) {
  if (!head.has_cards) return nullptr;
  std::vector<address_card> cards;
  if (!record.get(cards))
    return fail(errc::malformed, "the addresses in a record for edge " + std::to_string(head.edge));
  std::vector<arrived_card> all;
  all.reserve(cards.size());
  for (auto& each : cards) {
    if (each.node.empty()) {
      each.node = from.who.node;
      if (each.actor != 0) each.epoch = from.who.epoch;
    }
    if (each.actor != 0 && each.epoch == 0)
      return fail(errc::malformed, "the address of an actor by its number, in no life of its node");
    auto right = std::make_shared<claim>(from.voice, each.number);
    auto own = find_own(each);  // now: what keeps it may go with the link, before the message is read
    all.push_back({std::move(each), std::move(right), std::move(own)});
  }
  return std::make_shared<arrived_cards>(owner_, std::move(all));
}

std::optional<export_table::exported> gateway::find_offer(const std::string& name) const {
  const auto at = offers_.find(name);
  if (at == offers_.end()) return std::nullopt;
  return at->second.who;
}

/// One of our own comes home.
std::optional<export_table::exported> gateway::find_own(const address_card& card) const {
  if (card.node != options_.self.node || (card.epoch != 0 && card.epoch != options_.self.epoch))
    return std::nullopt;
  return card.actor == 0 ? find_offer(card.name) : exports_->find(card.actor);
}

gateway::meeting gateway::look_up(const arrived_card& arrived, std::span<const actors::remote_type> types) {
  const auto& card = arrived.card;
  const std::lock_guard lock(mutex_);
  if (closed_) return {.ended = end_reason{ending::link_lost, "this process takes part no more"}};
  if (arrived.own) return look_up_here(*arrived.own, types);
  if (card.node == options_.self.node)
    return {.ended =
                card.epoch == 0 || card.epoch == options_.self.epoch
                    ? end_reason{ending::failed, "this node has no such actor any more"}
                    : end_reason{ending::process_lost, "it lived in a process of this node that has died"}};
  if (const auto known = lasting_.find({card.node, card.name}); card.actor == 0 && known != lasting_.end())
    if (auto there = known->second->stand_in(types, arrived.right)) return {.who = std::move(there)};
  const auto to = connection_to(card.node);
  if (!to) return {.ended = end_reason{ending::link_lost, to.error().message()}};
  connection& over = **to;
  if (card.epoch != 0 && over.who.epoch != 0 && card.epoch != over.who.epoch)
    return {.ended = end_reason{ending::process_lost,
                                "the process of node '" + card.node + "' has died, another is in its place"}};
  const actor_key key{card.epoch, card.actor, types.data()};
  if (const auto known = over.by_actor.find(key); card.actor != 0 && known != over.by_actor.end())
    if (const auto port = known->second.lock())
      if (auto there = port->stand_in(types, arrived.right)) return {.who = std::move(there)};
  auto port = add_port(over,
                       {.node = card.node,
                        .name = card.name,
                        .actor = card.actor,
                        .epoch = card.epoch,
                        .rights = {arrived.right}},
                       types);
  if (card.actor != 0) over.by_actor[key] = port;
  return {.port = std::move(port)};
}

gateway::meeting gateway::look_up_here(const export_table::exported& whom,
                                       std::span<const actors::remote_type> types) {
  for (const auto& each : types) {
    const auto* const ours = whom.find(each.type->name);
    if (ours == nullptr || ours->type != each.type)
      return {.ended =
                  end_reason{ending::failed, "it does not receive '" + std::string(each.type->name) + "'"}};
  }
  return {.who = whom.whom};
}

actors::cell_ref gateway::meet(const arrived_card& arrived, std::span<const actors::remote_type> types,
                               const actors::actor_class& stand_in) {
  auto found = look_up(arrived, types);
  if (found.who) return std::move(found.who);
  const auto& card = arrived.card;
  if (!found.ended)
    return found.port ? put_stand_in(found.port, card.name, stand_in, {}) : actors::cell_ref();
  const auto nowhere = std::make_shared<far_port>(
      port_way{.node = card.node, .name = card.name, .actor = card.actor, .epoch = card.epoch}, types,
      actors::system_access::core_of(system_), owner_, exports_);
  auto ended = put_stand_in(nowhere, card.name, stand_in, {});
  nowhere->gone(*found.ended);
  return ended;
}

}  // namespace troupe::runtime
