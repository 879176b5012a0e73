// Addresses that outlive the processes to which they lead.
#include <troupe/runtime/remote/gateway.hpp>

#include <utility>

namespace troupe::runtime {

result<> gateway::offer_lasting(std::string name, const actors::cell_ref& whom,
                                std::span<const actors::remote_type> types) {
  auto added = add_offer(name, whom, types, true);
  if (added) exports_->call(whom, std::move(name));
  return added;
}

std::shared_ptr<far_port> gateway::make_lasting(const std::string& node, const std::string& name,
                                                std::span<const actors::remote_type> types,
                                                std::shared_ptr<far_lives> lives) {
  auto port = std::make_shared<far_port>(port_way{.node = node, .name = name}, types,
                                         actors::system_access::core_of(system_), owner_, exports_, true,
                                         std::move(lives));
  const std::lock_guard lock(mutex_);
  lasting_[{node, name}] = port;
  return port;
}

actors::cell_ref gateway::represent_lasting(const std::shared_ptr<far_port>& port, std::string name,
                                            const actors::actor_class& what, mailbox_options mailbox) {
  return put_stand_in(port, std::move(name), what, mailbox);
}

/// Fails, and comes again, when nobody is there: see lose_way().
void gateway::find_way(const std::shared_ptr<far_port>& port) {
  const auto to = connection_to(port->node());
  if (!to) return;  // until node_is_up()
  connection& over = **to;
  const auto edge = over.last_edge + 1;
  if (!port->take_way({.line = over.line, .out = over.out, .edge = edge})) return;
  over.last_edge = edge;
  over.ports.emplace(edge, port);
}

void gateway::find_ways() {
  const std::lock_guard lock(mutex_);
  if (closed_ || post_ == nullptr) return;
  std::erase_if(lasting_, [](const auto& each) { return each.second->is_gone(); });
  for (const auto& [name, port] : lasting_) find_way(port);
}

void gateway::node_is_up(const std::string& node) {
  const std::lock_guard lock(mutex_);
  if (closed_ || post_ == nullptr) return;
  for (auto at = lasting_.lower_bound({node, {}}); at != lasting_.end() && at->first.first == node; ++at)
    find_way(at->second);
}

void gateway::end_lasting(const std::string& node, const std::string& name, const end_reason& why) {
  std::shared_ptr<far_port> port;
  {
    const std::lock_guard lock(mutex_);
    const auto at = lasting_.find({node, name});
    if (at == lasting_.end()) return;
    port = std::move(at->second);
    lasting_.erase(at);
  }
  port->gone(why);
}

/// The address has ended, unless it lasts.
void gateway::lose_way(const std::shared_ptr<far_port>& port, const transport::peer& node,
                       const end_reason& why, bool their_fault) {
  if (!port->lasts()) return port->gone(why);
  port->lost(why);
  watch_.send(way_lost{});
  if (their_fault && options_.on_lost_way) options_.on_lost_way(node, why);
}

}  // namespace troupe::runtime
