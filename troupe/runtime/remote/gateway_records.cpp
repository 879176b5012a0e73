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
  const auto from = speaks_on(link);
  unique_lock lock(mutex_);
  if (from == nullptr) {
    if (waiting_.contains(link))
      (void)waits(link, [this, link, copy = records] { records_came(link, std::vector(copy)); });
    return;
  }
  std::uint64_t size = 0;
  for (auto& each : records) {
    size += each.payload.size();
    if (broken || closed_ || !from->links.contains(link)) continue;
    if (auto taken = take(*from, each, lock); !taken) broken = std::move(taken.error());
  }
  if (auto done = finish_run(); !done && !broken) broken = std::move(done.error());
  if (closed_) return;
  post_->dequeued(link, actors_channel.number, static_cast<std::uint32_t>(records.size()), size);
  if (broken) {
    options_.log.error("node '", from->who.node, "' broke the protocol: ", broken->message());
    post_->close(link);
  }
}

result<> gateway::finish_run() {
  const auto to = std::exchange(run_to_, nullptr);
  return run_.empty() ? result<>() : to->deliver(std::exchange(run_, {}));
}

result<> gateway::take(connection& from, transport::record& record, unique_lock& lock) {
  record_reader reader(record.payload);
  record_head head;
  if (!reader.get(head))
    return fail(errc::malformed,
                "a record of " + std::to_string(record.payload.size()) + " bytes is too short");
  switch (head.kind) {
    case record_kind::message:
    case record_kind::question:
      return take_message(from, head, reader, record.payload);
    case record_kind::run:
      return take_run(from, head, record.payload);
    case record_kind::order:
      if (auto done = finish_run(); !done) return done;
      return take_order(from, head.edge, reader.rest());
    case record_kind::answer:
    case record_kind::failure:
    case record_kind::credit:
    case record_kind::news:
      return take_back(from, head, reader, lock);
  }
  return fail(errc::malformed, "a record of kind " + std::to_string(static_cast<unsigned>(head.kind)));
}

result<> gateway::take_message(connection& from, const record_head& head, record_reader& reader,
                               bytes& record) {
  std::shared_ptr<arrived_cards> with;
  if (head.has_cards) {
    auto found = cards_of(from, head, reader);
    if (!found) return tl::unexpected(std::move(found.error()));
    with = std::move(*found);
  }
  if (run_to_ == nullptr || run_to_->number() != head.edge) {
    if (auto done = finish_run(); !done) return done;
    const auto at = from.served.find(head.edge);
    if (at == from.served.end()) {  // its end and this message have met on the way
      actors::bury_arrived(system_, nullptr);
      return {};
    }
    run_to_ = at->second;
  }
  auto& one = run_.emplace_back();
  if (auto whole = run_to_->read(head, reader, one); !whole) {
    run_.pop_back();
    return whole;
  }
  one.record = std::move(record);
  one.with = std::move(with);
  return {};
}

result<> gateway::take_run(connection& from, const record_head& head, const bytes& record) {
  if (auto done = finish_run(); !done) return done;
  const auto at = from.served.find(head.edge);
  if (at != from.served.end()) return at->second->deliver_run(head, record);
  const std::size_t count = messages_in_run(record);
  if (count == 0) return fail(errc::malformed, "a run that is cut off for edge " + std::to_string(head.edge));
  actors::bury_arrived(system_, nullptr, count);  // its end and these have met on the way
  return {};
}

result<> gateway::take_back(connection& from, const record_head& head, record_reader& record,
                            unique_lock& lock) {
  auto with = cards_of(from, head, record);
  if (!with) return tl::unexpected(std::move(with.error()));
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
      if (*with == nullptr) return port->answered(number, record.rest(), nullptr);
      {
        lock.unlock();  // to read it is to meet() those whose addresses came with it
        auto taken = port->answered(number, record.rest(), with->get());
        lock.lock();
        return taken;
      }
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
  return take_news(from, port, std::move(*news));
}

result<> gateway::take_news(connection& from, const std::shared_ptr<far_port>& of, edge_news&& news) {
  if (const auto* opened = std::get_if<edge_opened>(&news)) {
    if (const auto meant = of->card(); meant.epoch == 0 || meant.epoch == from.who.epoch) {
      if (auto taken = of->opened(*opened, from.who.epoch); !taken) return taken;
      auto& known = from.by_actor[{from.who.epoch, opened->actor, of->types().data()}];
      if (known.expired()) known = of;
      return {};
    }
    const auto record = written(record_kind::order, of->edge(), edge_order(close_edge{}));
    post_->send(from.out, actors_channel.number, record.view(), {});
    forget(from, of);
    of->gone({ending::process_lost, "the process of " + of->label() + " has died, another listens there"});
    return {};
  }
  if (const auto* ended = std::get_if<actor_ended>(&news);
      ended != nullptr && ended->how > static_cast<std::uint8_t>(ending::link_lost))
    return fail(errc::malformed, of->label() + " ended in a way that is none");
  forget(from, of);
  if (auto* refused = std::get_if<edge_refused>(&news)) {
    of->gone({ending::failed, refused->why});
  } else {
    auto& ended = std::get<actor_ended>(news);
    of->gone({static_cast<ending>(ended.how), std::move(ended.text)});
  }
  return {};
}

result<> gateway::take_order(connection& from, std::uint32_t edge, const bytes& content) {
  auto order = decode<edge_order>(content);
  if (!order) return tl::unexpected(within("an order for edge " + std::to_string(edge), order.error()));
  if (const auto* open = std::get_if<open_edge>(&*order)) return serve(from, edge, *open);
  if (const auto* over = std::get_if<release_addresses>(&*order)) {
    exports_->release(from.out, over->numbers);
    return {};
  }
  const auto at = from.served.find(edge);
  if (at == from.served.end()) return {};
  const auto whom = at->second->whom();
  if (std::holds_alternative<stop_actor>(*order)) actors::stop(whom);
  if (std::holds_alternative<kill_actor>(*order)) actors::kill(whom);
  if (std::holds_alternative<close_edge>(*order)) {
    stop_serving(at->second);
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
  if (closed_) return {};
  if (wanted.epoch != 0 && options_.self.epoch != 0 && wanted.epoch != options_.self.epoch) {
    const actor_ended dead{static_cast<std::uint8_t>(ending::process_lost),
                           "its process has died, another is in its place"};
    const auto record = written(record_kind::news, edge, edge_news(dead));
    post_->send(from.out, actors_channel.number, record.view(), {});
    return {};
  }
  const auto name = wanted.actor == 0 ? "'" + wanted.name + "'" : "#" + std::to_string(wanted.actor);
  const auto offered = wanted.actor == 0 ? find_offer(wanted.name) : exports_->find(wanted.actor);
  if (!offered) return refuse(errc::not_found, "this node has no actor " + name);
  std::vector<const actors::remote_type*> types;
  for (const auto& line : wanted.types) {
    const auto* const ours = offered->find(line.name);
    if (ours == nullptr)
      return refuse(errc::wrong_kind, "actor " + name + " of this node does not receive '" + line.name + "'");
    if (const auto shape = ours->shape(); shape != line.shape) {
      const auto difference = shape_difference(shape, line.shape);
      return refuse(errc::type_mismatch,
                    "actor " + name + ": " +
                        (difference.empty() ? shape + " here, " + line.shape + " there" : difference));
    }
    types.push_back(ours);
  }
  const auto& whom = offered->whom;
  exports_->add(*offered);
  auto made = std::make_shared<served_edge>(*post_, from.line, from.out, edge, whom, std::move(types),
                                            options_.window, options_.log, exports_);
  from.served.emplace(edge, made);
  made->say(edge_opened{actors::id_of(*whom.get()).value, wanted.name, options_.window.items,
                        options_.window.bytes});
  if (watched_.insert(actors::id_of(*whom.get()).value).second)
    watch_.send(watch_actor{actors::address_access::make<address<>>(whom)});
  return {};
}

}  // namespace troupe::runtime
