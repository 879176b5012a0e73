// Addresses that come with messages.
#include <troupe/runtime/remote/gateway.hpp>

#include <algorithm>
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
    auto right = std::make_shared<claim>(from.voice, each.number);
    all.push_back({std::move(each), from.out, std::move(right)});
  }
  return std::make_shared<arrived_cards>(owner_, std::move(all));
}

std::optional<export_table::exported> gateway::find_offer(const std::string& name) const {
  const auto at = offers_.find(name);
  if (at == offers_.end()) return std::nullopt;
  return at->second;
}

gateway::meeting gateway::look_up(const arrived_card& arrived, std::span<const actors::remote_type> types) {
  const auto& card = arrived.card;
  const std::lock_guard lock(mutex_);
  if (closed_) return {.ended = end_reason{ending::link_lost, "this process takes part no more"}};
  std::shared_ptr<connection> over;
  if (card.node.empty()) {
    const auto at = by_link_.find(arrived.over);
    if (at == by_link_.end())
      return {.ended = end_reason{ending::link_lost, "the way to whoever sent the address was lost"}};
    over = at->second;
  } else if (card.node == options_.self.node) {
    return look_up_here(card, types);
  } else {
    auto to = connection_to(card.node);
    if (!to) return {.ended = end_reason{ending::link_lost, to.error().message()}};
    over = std::move(*to);
    if (card.epoch != 0 && over->who.epoch != 0 && card.epoch != over->who.epoch)
      return {.ended = end_reason{ending::process_lost, "the process of node '" + card.node +
                                                            "' has died, another is in its place"}};
  }
  if (const auto known = over->by_actor.find({card.actor, types.data()});
      card.actor != 0 && known != over->by_actor.end())
    if (const auto port = known->second.lock())
      if (auto there = port->stand_in()) return {.who = std::move(there)};
  auto port = add_port(*over,
                       {.node = over->who.node,
                        .name = card.name,
                        .actor = card.actor,
                        .epoch = card.node.empty() ? over->who.epoch : card.epoch,
                        .right = arrived.right},
                       types);
  if (card.actor != 0) over->by_actor[{card.actor, types.data()}] = port;
  return {.port = std::move(port)};
}

/// One of our own comes home.
gateway::meeting gateway::look_up_here(const address_card& card,
                                       std::span<const actors::remote_type> types) const {
  if (card.epoch != 0 && card.epoch != options_.self.epoch)
    return {.ended = end_reason{ending::process_lost, "it lived in a process of this node that has died"}};
  const auto found = card.actor == 0 ? find_offer(card.name) : exports_->find(card.actor);
  if (!found) return {.ended = end_reason{ending::failed, "this node has no such actor any more"}};
  const bool takes_all = std::all_of(types.begin(), types.end(), [&](const auto& each) {
    const auto* const ours = found->find(each.type->name);
    return ours != nullptr && ours->type == each.type;
  });
  return takes_all ? meeting{.who = found->whom} : meeting{};
}

actors::cell_ref gateway::meet(const arrived_card& arrived, std::span<const actors::remote_type> types,
                               const actors::actor_class& stand_in) {
  auto found = look_up(arrived, types);
  if (found.who) return std::move(found.who);
  const auto& card = arrived.card;
  if (!found.ended)
    return found.port ? put_stand_in(found.port, card.name, stand_in, {}) : actors::cell_ref();
  const auto nowhere =
      std::make_shared<far_port>(port_way{.node = card.node, .name = card.name, .actor = card.actor}, types,
                                 actors::system_access::core_of(system_), owner_, exports_);
  auto ended = put_stand_in(nowhere, card.name, stand_in, {});
  nowhere->gone(*found.ended);
  return ended;
}

}  // namespace troupe::runtime
