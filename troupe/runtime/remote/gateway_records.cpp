// What a gateway does with the records that arrive.
#include <troupe/base/shape.hpp>
#include <troupe/runtime/remote/gateway.hpp>

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

namespace troupe::runtime {

void gateway::records_came(link_id link, std::vector<transport::record>&& records) {
  std::optional<error> broken;
  {
    const std::lock_guard lock(mutex_);
    const auto at = by_link_.find(link);
    if (at == by_link_.end()) {
      if (waiting_.contains(link))
        (void)waits(link, [this, link, copy = records] { records_came(link, std::vector(copy)); });
      return;
    }
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
    if (at == from.served.end()) {  // its end and this message have met on the way
      actors::bury_arrived(system_, "");
      return {};
    }
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
    return port->opened(*opened);
  }
  if (const auto* ended = std::get_if<actor_ended>(&*news);
      ended != nullptr && ended->how > static_cast<std::uint8_t>(ending::link_lost))
    return fail(errc::malformed, port->label() + " ended in a way that is none");
  from.ports.erase(at);
  if (auto* refused = std::get_if<edge_refused>(&*news)) {
    port->gone({ending::failed, refused->why});
  } else {
    auto& ended = std::get<actor_ended>(*news);
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
  if (std::holds_alternative<close_edge>(*order)) {
    at->second->detach();
    from.served.erase(at);
  }
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
  if (watched_.insert(actors::id_of(*whom.get()).value).second)
    watch_.send(watch_actor{actors::address_access::make<address<>>(whom)});
  return {};
}

}  // namespace troupe::runtime
