#include <troupe/base/shape.hpp>
#include <troupe/runtime/remote/gateway.hpp>

#include <algorithm>
#include <optional>
#include <variant>

namespace troupe::runtime {
namespace {

/// How often a door is tried at which connections break.
constexpr unsigned most_tries = 20;

/// Ends of links that leave it open whether the process lives.
bool is_uncertain(const error& why) noexcept {
  return why.code == errc::peer_lost || why.code == errc::end_of_file;
}

}  // namespace

gateway::gateway(actor_system& system, gateway_options options)
    : system_(system),
      options_(std::move(options)),
      turned_away_(options_.log),
      exports_(std::make_shared<export_table>()),
      owner_(std::make_shared<edge_owner>(static_cast<edge_events&>(*this))) {
  watch_ = system_.spawn<end_watch>({.name = "gateway", .mailbox = {.capacity = 0}},
                                    [this](const down& news) { ended(news); });
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
    offers_.clear();
    for (auto& [node, each] : all) {
      for (auto& [edge, port] : each->ports) ports.push_back(port);
      for (auto& judged : each->judged) ports.insert(ports.end(), judged.ports.begin(), judged.ports.end());
      for (auto& [edge, served] : each->served) served->detach();
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
                            std::span<const actors::remote_type> types) {
  if (!whom) return fail(errc::invalid_argument, "offer an empty address as '" + name + "'");
  const std::lock_guard lock(mutex_);
  const auto [at, added] = offers_.try_emplace(std::move(name), export_table::exported{whom, {types}});
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
  way.post = post_;
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
  if (actors::ended(stand_in)) port->left();  // the system is closing: it was never anything else
  return stand_in;
}

result<std::shared_ptr<gateway::connection>> gateway::connection_to(const std::string& node) {
  if (closed_) return fail(errc::closed, "this process takes part no more");
  if (const auto at = connections_.find(node); at != connections_.end()) return at->second;
  auto endpoint = options_.endpoint_of(node);
  if (!endpoint) return tl::unexpected(std::move(endpoint.error()));
  auto made = std::make_shared<connection>();
  made->who.node = node;
  made->out = post_->connect(*endpoint, {node, 0}, {actors_channel});
  made->voice = std::make_shared<node_voice>(*post_, made->out);
  exports_->connected(made->out);
  made->links.insert(made->out);
  by_link_.emplace(made->out, made);
  connections_.emplace(node, made);
  return made;
}

void gateway::left(link_id out, std::uint32_t edge) {
  const std::lock_guard lock(mutex_);
  const auto over = by_link_.find(out);
  if (over == by_link_.end() || over->second->ports.erase(edge) == 0) return;
  std::erase_if(over->second->by_actor, [](const auto& each) { return each.second.expired(); });
  const auto record = written(record_kind::order, edge, edge_order(close_edge{}));
  post_->send(out, actors_channel.number, record.view(), {});
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
  std::erase_if(offers_,
                [&](const auto& each) { return actors::id_of(*each.second.whom.get()) == news.actor; });
}

void gateway::stop_serving(const std::shared_ptr<served_edge>& edge) {
  edge->detach();
  exports_->remove(actors::id_of(*edge->whom().get()).value);
}

// ---- links

void gateway::on_up(link_id link, const transport::peer& who, bool we_connected) {
  std::shared_ptr<connection> old;
  std::vector<judgement> judged;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    auto& known = connections_[who.node];
    if (known == nullptr) {
      known = std::make_shared<connection>();
      known->out = link;
      known->voice = std::make_shared<node_voice>(*post_, link);
      exports_->connected(link);
    }
    if (known->who.epoch == 0 || known->who.epoch == who.epoch) {
      known->who = who;
      known->links.insert(link);
      by_link_.emplace(link, known);
      judged.swap(known->judged);
    } else {
      old = known;
    }
  }
  for (const auto& each : judged)
    for (const auto& port : each.ports)
      port->gone(each.epoch == who.epoch
                     ? end_reason{ending::link_lost, each.what + "; its process lives"}
                     : end_reason{ending::process_lost,
                                  each.what + "; its process has died, another listens there"});
  if (!old) return;
  const bool was_meant_for_it = old->out == link;
  lose(old, {errc::not_found, "node '" + who.node + "' lives again", 0});
  // Then that link is closed: what waited in it was for the one who has died.
  if (!was_meant_for_it) on_up(link, who, we_connected);
}

void gateway::on_down(link_id link, const error& why) {
  std::shared_ptr<connection> lost;
  {
    const std::lock_guard lock(mutex_);
    if (const auto over = by_link_.find(link); over != by_link_.end()) lost = over->second;
  }
  if (lost) lose(lost, why);
}

/// All that leads over it goes with one link: what was on its way on that one may be lost.
void gateway::lose(const std::shared_ptr<connection>& which, const error& why) {
  std::vector<std::shared_ptr<far_port>> ports;
  std::vector<judgement> judged;
  {
    const std::lock_guard lock(mutex_);
    if (!which->links.empty()) drop(which);
    for (auto& [edge, port] : which->ports) ports.push_back(port);
    which->ports.clear();
    for (auto& [edge, served] : which->served) stop_serving(served);
    which->served.clear();
    judged.swap(which->judged);
  }
  const bool was_up = which->who.epoch != 0;
  const bool nobody = why.code == errc::not_found;
  for (auto& each : judged) {
    if (is_uncertain(why) && ++each.tries < most_tries) {
      judge(std::move(each), which->who.node);
      continue;
    }
    for (const auto& port : each.ports)
      port->gone(nobody ? end_reason{ending::process_lost,
                                     each.what + "; nobody listens there now: its process has died"}
                        : end_reason{ending::link_lost, each.what + "; then " + why.message()});
  }
  if (ports.empty()) return;
  const std::string what = "node '" + which->who.node + "' was lost: " + why.message();
  if (was_up && is_uncertain(why)) return judge({std::move(ports), which->who.epoch, what}, which->who.node);
  for (const auto& port : ports) port->gone({nobody ? ending::process_lost : ending::link_lost, what});
}

void gateway::drop(const std::shared_ptr<connection>& which) {
  for (const auto link : which->links) {
    by_link_.erase(link);
    post_->close(link);
  }
  which->links.clear();
  which->voice->detach();
  exports_->lost(which->out);
  if (const auto at = connections_.find(which->who.node); at != connections_.end() && at->second == which)
    connections_.erase(at);
}

/// The connection broke. Another one tells whether the process lives; it is there for whoever comes next, too.
void gateway::judge(judgement which, const std::string& node) {
  for (const auto& port : which.ports) port->hold();
  end_reason verdict{ending::link_lost, which.what};
  {
    const std::lock_guard lock(mutex_);
    if (!closed_) {
      if (auto to = connection_to(node); !to) {
        verdict.how = ending::process_lost;
      } else if ((*to)->who.epoch == 0) {
        (*to)->judged.push_back(std::move(which));
        return;
      } else if ((*to)->who.epoch != which.epoch) {
        verdict.how = ending::process_lost;
      } else {
        verdict.text += "; its process lives";
      }
    }
  }
  for (const auto& port : which.ports) port->gone(verdict);
}

void gateway::on_turned_away(const error& why) {
  turned_away_.note(why, steady::now());
}

}  // namespace troupe::runtime
