#include <troupe/runtime/remote/gateway.hpp>

#include <utility>

namespace troupe::runtime {

gateway::gateway(actor_system& system, gateway_options options)
    : system_(system),
      options_(std::move(options)),
      turned_away_(options_.log),
      exports_(std::make_shared<export_table>()),
      owner_(std::make_shared<edge_owner>(static_cast<edge_events&>(*this))) {
  watch_ = system_.spawn<end_watch>(
      {.name = "gateway", .mailbox = {.capacity = 0}}, [this](const down& news) { ended(news); },
      [this] { find_ways(); });
}

gateway::~gateway() {
  close();
}

void gateway::close() {
  std::map<std::string, std::shared_ptr<connection>> all;
  std::vector<std::shared_ptr<far_port>> ports;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    all.swap(connections_);
    by_link_.clear();
    waiting_.clear();
    offers_.clear();
    for (auto& [name, port] : lasting_) ports.push_back(port);
    lasting_.clear();
    for (auto& [node, each] : all) {
      for (auto& [edge, port] : each->ports) ports.push_back(port);
      for (auto& judged : each->judged) ports.insert(ports.end(), judged.ports.begin(), judged.ports.end());
      for (auto& [edge, served] : each->served) stop_serving(served);
      each->voice->detach();
    }
  }
  for (const auto& [node, each] : all) exports_->lost(each->out);
  for (const auto& port : ports) port->gone({ending::link_lost, "this process takes part no more"});
  owner_->leave();
  watch_.kill();
  static_cast<void>(system_.wait_ended(watch_, deadline::never()));
}

result<> gateway::add_offer(std::string name, const actors::cell_ref& whom,
                            std::span<const actors::remote_type> types, bool lasts) {
  if (!whom) return fail(errc::invalid_argument, "offer an empty address as '" + name + "'");
  const std::lock_guard lock(mutex_);
  const auto [at, added] = offers_.try_emplace(std::move(name), standing_offer{{whom, {types}}, lasts});
  if (!added)
    return fail(errc::already_exists, "offer an actor as '" + at->first + "', which another one is");
  return {};
}

result<actors::cell_ref> gateway::open(const std::string& node, const std::string& name,
                                       std::span<const actors::remote_type> types,
                                       const actors::actor_class& what, mailbox_options mailbox) {
  std::shared_ptr<far_port> port;
  {
    const std::lock_guard lock(mutex_);
    auto to = connection_to(node);
    if (!to) return tl::unexpected(within("reach actor '" + name + "'", to.error()));
    port = add_port(**to, {.node = node, .name = name}, types);
  }
  return put_stand_in(port, name, what, mailbox);
}

std::shared_ptr<far_port> gateway::add_port(connection& over, port_way way,
                                            std::span<const actors::remote_type> types) {
  way.line = over.line;
  way.out = over.out;
  way.edge = ++over.last_edge;
  const auto edge = way.edge;
  auto port = std::make_shared<far_port>(std::move(way), types, actors::system_access::core_of(system_),
                                         owner_, exports_);
  over.ports.emplace(edge, port);
  port->open();
  return port;
}

actors::cell_ref gateway::put_stand_in(const std::shared_ptr<far_port>& port, std::string name,
                                       const actors::actor_class& what, mailbox_options mailbox) {
  auto stand_in = actors::spawn_stand_in(system_, {.name = std::move(name), .mailbox = mailbox}, what, port);
  port->represent(stand_in);
  return stand_in;
}

result<std::shared_ptr<gateway::connection>> gateway::connection_to(const std::string& node) {
  if (closed_) return fail(errc::closed, "this process takes part no more");
  if (const auto at = connections_.find(node); at != connections_.end()) return at->second;
  auto endpoint = options_.endpoint_of(node);
  if (!endpoint) return tl::unexpected(std::move(endpoint.error()));
  auto made = std::make_shared<connection>();
  made->who.node = node;
  speak_on(*made, post_->connect(*endpoint, {node, 0}, {actors_channel}));
  made->links.insert(made->out);
  by_link_.emplace(made->out, made);
  connections_.emplace(node, made);
  return made;
}

/// All that we say to it takes that link.
void gateway::speak_on(connection& to, link_id out) {
  to.out = out;
  to.line = post_->line_to(out);
  to.voice = std::make_shared<node_voice>(to.line);
  exports_->connected(out);
}

void gateway::left(link_id out, std::uint32_t edge) {
  const std::lock_guard lock(mutex_);
  const auto over = by_link_.find(out);
  if (over == by_link_.end()) return;
  const auto port = over->second->ports.find(edge);
  if (port == over->second->ports.end()) return;
  forget(*over->second, std::shared_ptr(port->second));
  const auto record = written(record_kind::order, edge, edge_order(close_edge{}));
  post_->send(out, actors_channel.number, record.view(), {});
}

void gateway::forget(connection& from, const std::shared_ptr<far_port>& port) {
  const auto card = port->card();
  const auto known = from.by_actor.find({card.epoch, card.actor, port->types().data()});
  if (known != from.by_actor.end() && known->second.lock() == port) from.by_actor.erase(known);
  from.ports.erase(port->edge());
}

void gateway::ended(const down& news) {
  const std::lock_guard lock(mutex_);
  watched_.erase(news.actor.value);
  for (auto& [node, each] : connections_) {
    for (auto at = each->served.begin(); at != each->served.end();) {
      if (actors::id_of(*at->second->whom().get()) != news.actor) {
        ++at;
        continue;
      }
      at->second->say(actor_ended{static_cast<std::uint8_t>(news.reason.how), news.reason.text});
      stop_serving(at->second);
      at = each->served.erase(at);
    }
  }
  std::erase_if(offers_, [&](const auto& each) {
    const auto& [name, offer] = each;
    return !offer.lasts && actors::id_of(*offer.who.whom.get()) == news.actor;
  });
}

void gateway::stop_serving(const std::shared_ptr<served_edge>& edge) {
  edge->detach();
  exports_->remove(actors::id_of(*edge->whom().get()).value);
}

}  // namespace troupe::runtime
