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

/// We ended it. When they did, or it broke, we may have been silent ourselves.
bool is_their_fault(const error& why) noexcept {
  return why.code == errc::timed_out || why.code == errc::malformed;
}

/// A connection to `lost` broke, and `living` lets us in; 0: it broke before it was known to whom.
end_reason verdict_on(std::uint64_t lost, std::uint64_t living, const std::string& what) {
  if (lost == 0) return {ending::link_lost, what + "; now somebody listens there"};
  if (lost == living) return {ending::link_lost, what + "; its process lives"};
  return {ending::process_lost, what + "; its process has died, another listens there"};
}

}  // namespace

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

// ---- links

void gateway::use(transport::post& post) {
  std::unique_lock lock(mutex_);
  post_ = &post;
  while (!early_.empty()) {
    const auto event = std::move(early_.front());
    early_.pop_front();
    lock.unlock();
    event();
    lock.lock();
  }
  in_use_.store(true, std::memory_order_release);
}

bool gateway::is_early(std::function<void()> event) {
  const std::lock_guard lock(mutex_);
  if (in_use_) return false;
  early_.push_back(std::move(event));
  return true;
}

void gateway::on_up(link_id link, const transport::peer& who, bool /*we_connected*/) {
  if (!in_use_.load(std::memory_order_acquire) && is_early([this, link, who] { came_up(link, who); })) return;
  came_up(link, who);
}

void gateway::on_down(link_id link, const error& why) {
  if (!in_use_.load(std::memory_order_acquire) && is_early([this, link, why] { went_down(link, why); }))
    return;
  went_down(link, why);
}

void gateway::on_records(link_id link, std::vector<transport::record>&& records) {
  if (!in_use_.load(std::memory_order_acquire) &&
      is_early([this, link, copy = records] { records_came(link, std::vector(copy)); }))
    return;
  records_came(link, std::move(records));
}

void gateway::came_up(link_id link, const transport::peer& who) {
  std::shared_ptr<connection> old, up;
  std::vector<judgement> judged;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    auto& known = connections_[who.node];
    if (known == nullptr) {
      known = std::make_shared<connection>();
      speak_on(*known, link);
    }
    if (known->who.epoch == 0 && link != known->out) {  // with whom our own link is made will be known soon
      waiting_.emplace(link, known);
      known->later.emplace_back([this, link, who] { came_up(link, who); });
      return;
    }
    if (known->who.epoch > who.epoch) return post_->close(link);  // it has waited, and lives again since
    up = known;
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
      lose_way(port, {who.node, each.epoch}, verdict_on(each.epoch, who.epoch, each.what));
  resume(up);
  if (!old) return;
  lose(old, {errc::not_found, "node '" + who.node + "' lives again", 0});
  came_up(link, who);
}

void gateway::went_down(link_id link, const error& why) {
  std::shared_ptr<connection> lost;
  {
    const std::lock_guard lock(mutex_);
    if (waits(link, [this, link, why] { went_down(link, why); })) return;
    if (const auto over = by_link_.find(link); over != by_link_.end()) lost = over->second;
  }
  if (!lost) return;
  lose(lost, why);
  resume(lost);
}

bool gateway::waits(link_id link, std::function<void()> event) {
  const auto at = waiting_.find(link);
  if (at == waiting_.end()) return false;
  at->second->later.push_back(std::move(event));
  return true;
}

/// Our own link is up, or is not: now what came on theirs.
void gateway::resume(const std::shared_ptr<connection>& which) {
  std::vector<std::function<void()>> later;
  {
    const std::lock_guard lock(mutex_);
    later.swap(which->later);
    std::erase_if(waiting_, [&](const auto& each) { return each.second == which; });
  }
  for (const auto& event : later) event();
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
  const bool nobody = why.code == errc::not_found;
  for (auto& each : judged) {
    if (is_uncertain(why) && ++each.tries < most_tries) {
      judge(std::move(each), which->who.node);
      continue;
    }
    for (const auto& port : each.ports)
      lose_way(port, {which->who.node, each.epoch},
               nobody ? end_reason{ending::process_lost,
                                   each.what + "; nobody listens there now: its process has died"}
                      : end_reason{ending::link_lost, each.what + "; then " + why.message()},
               is_their_fault(why));
  }
  if (ports.empty()) return;
  const std::string what = "node '" + which->who.node + "' was lost: " + why.message();
  if (is_uncertain(why)) return judge({std::move(ports), which->who.epoch, what}, which->who.node);
  for (const auto& port : ports)
    lose_way(port, which->who, {nobody ? ending::process_lost : ending::link_lost, what},
             is_their_fault(why));
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
      } else {
        verdict = verdict_on(which.epoch, (*to)->who.epoch, which.what);
      }
    }
  }
  for (const auto& port : which.ports) lose_way(port, {node, which.epoch}, verdict);
}

void gateway::on_turned_away(const error& why) {
  turned_away_.note(why, steady::now());
}

}  // namespace troupe::runtime
