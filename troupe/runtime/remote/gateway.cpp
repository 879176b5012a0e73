#include <troupe/base/shape.hpp>
#include <troupe/runtime/remote/gateway.hpp>

#include <algorithm>
#include <optional>
#include <variant>

namespace troupe::runtime {
namespace {

std::string actor_of_node(const std::string& name, std::uint64_t id, const std::string& node) {
  return (name.empty() ? "actor #" + std::to_string(id) : "actor '" + name + "'") + " of node '" + node + "'";
}

/// Ends of links that leave it open whether the process lives.
bool is_uncertain(const error& why) noexcept {
  return why.code == errc::peer_lost || why.code == errc::end_of_file;
}

end_reason reason_of(const std::string& what, const error& why) {
  switch (why.code) {
    case errc::not_found:
      return {ending::process_lost, what + ": " + why.message()};
    default:
      return {ending::link_lost, what + ": " + why.message()};
  }
}

}  // namespace

gateway::gateway(actor_system& system, gateway_options options)
    : system_(system), options_(std::move(options)) {
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
      for (auto& [edge, served] : each->served) served->detach();
    }
    for (auto& [probe, each] : std::exchange(judging_, {}))
      ports.insert(ports.end(), each.ports.begin(), each.ports.end());
  }
  for (const auto& port : ports) port->detach({ending::link_lost, "this process takes part no more"});
  watch_.kill();
  static_cast<void>(system_.wait_ended(watch_, deadline::never()));
}

result<> gateway::add_offer(std::string name, const actors::cell_ref& whom,
                            std::span<const remote_type> types) {
  if (!whom) return fail(errc::invalid_argument, "offer an empty address as '" + name + "'");
  const std::lock_guard lock(mutex_);
  const auto [at, added] = offers_.try_emplace(std::move(name), offer_of{whom, types});
  if (!added)
    return fail(errc::already_exists, "offer an actor as '" + at->first + "', which another one is");
  return {};
}

result<actors::cell_ref> gateway::open(const std::string& node, const std::string& name,
                                       std::span<const remote_type> types, const actors::actor_class& what,
                                       mailbox_options mailbox) {
  std::shared_ptr<far_port> port;
  edge_owner& self = *this;
  {
    const std::lock_guard lock(mutex_);
    auto to = connection_to(node);
    if (!to) return tl::unexpected(within("reach actor '" + name + "'", to.error()));
    connection& over = **to;
    const auto edge = ++over.last_edge;
    port = std::make_shared<far_port>(port_way{post_, over.out, edge, actor_of_node(name, 0, node)}, types,
                                      actors::system_access::core_of(system_), self);
    over.ports.emplace(edge, port);
    port->open(name, 0);
  }
  auto stand_in = actors::spawn_stand_in(system_, {.name = name, .mailbox = mailbox}, what, port);
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
  made->out = post_->connect(*endpoint, {node, 0}, {actors_channel});
  made->links.insert(made->out);
  by_link_.emplace(made->out, made);
  connections_.emplace(node, made);
  return made;
}

void gateway::left(link_id out, std::uint32_t edge) noexcept {
  const std::lock_guard lock(mutex_);
  const auto over = by_link_.find(out);
  if (over == by_link_.end() || over->second->ports.erase(edge) == 0) return;
  const auto record = written(record_kind::order, edge, edge_order(close_edge{}));
  post_->send(out, actors_channel.number, record.view(), {});
}

void gateway::ended(const down& news) {
  const std::lock_guard lock(mutex_);
  for (auto& [node, each] : connections_) {
    for (auto at = each->served.begin(); at != each->served.end();) {
      if (actors::id_of(*at->second->whom().get()) != news.actor) {
        ++at;
        continue;
      }
      at->second->say(actor_ended{static_cast<std::uint8_t>(news.reason.how), news.reason.text});
      at = each->served.erase(at);
    }
  }
  std::erase_if(offers_,
                [&](const auto& each) { return actors::id_of(*each.second.whom.get()) == news.actor; });
}

// ---- links

void gateway::on_up(link_id link, const transport::peer& who, bool we_connected) {
  std::shared_ptr<connection> old;
  std::optional<judgement> judged;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    if (const auto at = judging_.find(link); at != judging_.end()) {
      judged = std::move(at->second);
      judging_.erase(at);
    } else if (const auto known = connections_.find(who.node); known == connections_.end()) {
      auto made = std::make_shared<connection>();
      made->who = who;
      made->out = link;
      made->links.insert(link);
      by_link_.emplace(link, made);
      connections_.emplace(who.node, made);
    } else if (known->second->who.epoch == 0 || known->second->who.epoch == who.epoch) {
      known->second->who.epoch = who.epoch;
      known->second->links.insert(link);
      by_link_.emplace(link, known->second);
    } else {
      old = known->second;
    }
  }
  if (judged) {
    for (const auto& port : judged->ports)
      port->gone({ending::link_lost, judged->what + "; its process lives"});
    post_->close(link);
  }
  if (!old) return;
  lose(old, {errc::not_found, "node '" + who.node + "' lives again", 0});
  on_up(link, who, we_connected);
}

void gateway::on_down(link_id link, const error& why) {
  std::shared_ptr<connection> lost;
  std::optional<judgement> judged;
  {
    const std::lock_guard lock(mutex_);
    if (const auto at = judging_.find(link); at != judging_.end()) {
      judged = std::move(at->second);
      judging_.erase(at);
    } else if (const auto over = by_link_.find(link); over != by_link_.end()) {
      lost = over->second;
    }
  }
  if (judged) {
    const bool silent = why.code == errc::timed_out || why.code == errc::closed;
    const end_reason reason{
        silent ? ending::link_lost : ending::process_lost,
        judged->what + (silent ? "" : "; nobody listens there now: its process has died")};
    for (const auto& port : judged->ports) port->gone(reason);
  }
  if (lost) lose(lost, why);
}

/// All that leads over it goes with one link: what was on its way on that one may be lost.
void gateway::lose(const std::shared_ptr<connection>& which, const error& why) {
  std::vector<std::shared_ptr<far_port>> ports;
  {
    const std::lock_guard lock(mutex_);
    if (!which->links.empty()) drop(which);
    for (auto& [edge, port] : which->ports) ports.push_back(port);
    which->ports.clear();
    which->served.clear();
  }
  if (ports.empty()) return;
  const std::string what = "node '" + which->who.node + "' was lost";
  if (is_uncertain(why)) return judge(std::move(ports), which->who, what + ": " + why.message());
  for (const auto& port : ports) port->gone(reason_of(what, why));
}

void gateway::drop(const std::shared_ptr<connection>& which) {
  for (const auto link : which->links) {
    by_link_.erase(link);
    post_->close(link);
  }
  which->links.clear();
  if (const auto at = connections_.find(which->who.node); at != connections_.end() && at->second == which)
    connections_.erase(at);
}

/// The connection broke. Whether the process has died is found out at its door.
void gateway::judge(std::vector<std::shared_ptr<far_port>> ports, const transport::peer& who,
                    std::string what) {
  for (const auto& port : ports) port->hold();
  const std::lock_guard lock(mutex_);
  const auto endpoint = options_.endpoint_of(who.node);
  if (!endpoint) {
    for (const auto& port : ports) port->gone({ending::process_lost, what});
    return;
  }
  const auto probe = post_->connect(*endpoint, who, {});
  judging_.emplace(probe, judgement{std::move(ports), std::move(what)});
}

void gateway::on_turned_away(const error& why) {
  options_.log.warn("turned somebody away: ", why.message());
}

// ---- records

void gateway::on_records(link_id link, std::vector<transport::record>&& records) {
  std::optional<error> broken;
  {
    const std::lock_guard lock(mutex_);
    const auto at = by_link_.find(link);
    if (at == by_link_.end()) return;
    const auto from = at->second;
    std::uint64_t size = 0;
    for (const auto& each : records) {
      size += each.payload.size();
      if (broken) continue;
      if (auto taken = take(*from, each); !taken) broken = std::move(taken.error());
    }
    finish_run();
    post_->dequeued(link, actors_channel.number, static_cast<std::uint32_t>(records.size()), size);
    if (broken) {
      options_.log.error("node '", from->who.node, "' broke the protocol: ", broken->message());
      post_->close(link);
    }
  }
}

void gateway::finish_run() {
  const auto to = std::exchange(run_to_, nullptr);
  if (!run_.empty()) to->deliver(std::exchange(run_, {}));
}

result<> gateway::take(connection& from, const transport::record& record) {
  record_reader reader(record.payload);
  record_head head;
  if (!reader.get(head))
    return fail(errc::malformed,
                "a record of " + std::to_string(record.payload.size()) + " bytes is too short");
  switch (head.kind) {
    case record_kind::message:
    case record_kind::question:
      return take_message(from, head, record.payload);
    case record_kind::order:
      finish_run();
      return take_order(from, head.edge, reader.rest());
    case record_kind::answer:
    case record_kind::failure:
    case record_kind::credit:
    case record_kind::news:
      return take_back(from, head, reader);
  }
  return fail(errc::malformed, "a record of kind " + std::to_string(static_cast<unsigned>(head.kind)));
}

result<> gateway::take_message(connection& from, const record_head& head, const bytes& record) {
  if (run_to_ == nullptr || run_to_->number() != head.edge) {
    finish_run();
    const auto at = from.served.find(head.edge);
    if (at == from.served.end()) return {};  // its end and this message have met on the way
    run_to_ = at->second;
  }
  auto one = run_to_->read(head, record);
  if (!one) return tl::unexpected(std::move(one.error()));
  run_.push_back(std::move(*one));
  return {};
}

result<> gateway::take_back(connection& from, const record_head& head, record_reader& record) {
  const auto at = from.ports.find(head.edge);
  if (at == from.ports.end()) return {};  // its address was given up meanwhile
  const auto port = at->second;
  std::uint64_t number = 0;
  const auto too_short = [&] {
    return fail(errc::malformed, "a record for " + port->label() + " is too short");
  };
  switch (head.kind) {
    case record_kind::answer:
      if (!record.get(number)) return too_short();
      return port->answered(number, record.rest());
    case record_kind::failure: {
      if (!record.get(number)) return too_short();
      auto why = decode<error>(record.rest());
      if (!why) return tl::unexpected(within("a failure of " + port->label(), why.error()));
      return port->failed(number, std::move(*why));
    }
    case record_kind::credit: {
      transport::window back{};
      if (!record.get(back.items) || !record.get(back.bytes)) return too_short();
      return port->granted(back);
    }
    default:
      break;
  }
  auto news = decode<edge_news>(record.rest());
  if (!news) return tl::unexpected(within("news of " + port->label(), news.error()));
  if (const auto* opened = std::get_if<edge_opened>(&*news)) {
    port->opened(*opened);
    return {};
  }
  from.ports.erase(at);
  if (auto* refused = std::get_if<edge_refused>(&*news)) {
    port->gone({ending::failed, refused->why});
  } else {
    auto& ended = std::get<actor_ended>(*news);
    if (ended.how > static_cast<std::uint8_t>(ending::link_lost))
      return fail(errc::malformed, port->label() + " ended in a way that is none");
    port->gone({static_cast<ending>(ended.how), std::move(ended.text)});
  }
  return {};
}

result<> gateway::take_order(connection& from, std::uint32_t edge, const bytes& content) {
  auto order = decode<edge_order>(content);
  if (!order) return tl::unexpected(within("an order for edge " + std::to_string(edge), order.error()));
  if (const auto* open = std::get_if<open_edge>(&*order)) return serve(from, edge, *open);
  const auto at = from.served.find(edge);
  if (at == from.served.end()) return {};
  const auto whom = at->second->whom();
  if (std::holds_alternative<stop_actor>(*order)) actors::stop(whom);
  if (std::holds_alternative<kill_actor>(*order)) actors::kill(whom);
  if (std::holds_alternative<close_edge>(*order)) from.served.erase(at);
  return {};
}

result<> gateway::serve(connection& from, std::uint32_t edge, const open_edge& wanted) {
  if (from.served.contains(edge)) return fail(errc::malformed, "edge " + std::to_string(edge) + " twice");
  const auto refuse = [&](errc code, const std::string& why) -> result<> {
    const auto record = written(record_kind::news, edge, edge_news(edge_refused{code, why}));
    post_->send(from.out, actors_channel.number, record.view(), {});
    return {};
  };
  const auto offer = offers_.find(wanted.name);
  if (offer == offers_.end()) return refuse(errc::not_found, "this node has no actor '" + wanted.name + "'");
  std::vector<const remote_type*> types;
  for (const auto& line : wanted.types) {
    const auto& ours = offer->second.types;
    const auto at = std::find_if(ours.begin(), ours.end(),
                                 [&](const auto& each) { return each.type->name == line.name; });
    if (at == ours.end())
      return refuse(errc::wrong_kind,
                    "actor '" + wanted.name + "' of this node does not receive '" + line.name + "'");
    if (const auto shape = at->shape(); shape != line.shape) {
      const auto difference = shape_difference(shape, line.shape);
      return refuse(errc::type_mismatch,
                    "actor '" + wanted.name + "': " +
                        (difference.empty() ? shape + " here, " + line.shape + " there" : difference));
    }
    types.push_back(&*at);
  }
  const auto& whom = offer->second.whom;
  auto made = std::make_shared<served_edge>(*post_, from.out, edge, whom, std::move(types), options_.window,
                                            options_.log);
  from.served.emplace(edge, made);
  made->say(edge_opened{actors::id_of(*whom.get()).value, wanted.name, options_.window.items,
                        options_.window.bytes});
  watch_.send(watch_actor{actors::address_access::make<address<>>(whom)});
  return {};
}

}  // namespace troupe::runtime
