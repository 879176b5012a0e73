#include <troupe/transport/internal/exchange.hpp>

namespace troupe::transport {
namespace {

std::vector<link::receiving> windows_of(const agreement& terms) {
  std::vector<link::receiving> windows;
  for (const auto& one : terms.channels) windows.push_back({one.number, one.receive});
  return windows;
}

std::string numbered(std::uint64_t first, std::uint64_t last) {
  return first == last ? "frame " + std::to_string(first)
                       : "frames " + std::to_string(first) + " to " + std::to_string(last);
}

}  // namespace

void exchange::arrived(link_id id, const bytes& received) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) {
    if (!ending_) knock(id, received);
    return;
  }
  auto& on = found->second;
  if (on.at == stage::gone) return;
  auto read = decode(received);
  switch (on.at) {
    case stage::greeting:
      return greeted(id, on, read);
    case stage::up:
      return established(id, on, std::move(read));
    case stage::leaving:
      if (read && (std::holds_alternative<bye_frame>(*read) || std::holds_alternative<refuse_frame>(*read)))
        leave(id);
      return;
    case stage::gone:
      return;
  }
}

void exchange::knock(link_id id, const bytes& received) {
  auto judged = acceptor_.read(received);
  if (const auto* away = std::get_if<acceptor::turned_away>(&judged))
    return turn_away(id, away->answer, away->why);
  auto& on = connections_[id];
  auto& accepted = std::get<acceptor::accepted>(judged);
  on.own = std::make_shared<link>(id, windows_of(accepted.terms));
  {
    const std::scoped_lock hold(table_lock_);
    table_.emplace(id, on.own);
  }
  transmit(id, encode(accepted.answer));
  raise(id, on, accepted.terms);
}

void exchange::turn_away(link_id id, const error& why) {
  if (!ending_) turn_away(id, acceptor_.refuse(refusal::malformed, why.message()), why);
}

void exchange::turn_away(link_id id, const refuse_frame& answer, const error& why) {
  connections_[id].at = stage::gone;
  transmit(id, encode(answer));
  events_.on_turned_away(why);
}

void exchange::greeted(link_id id, connection& on, const result<frame>& received) {
  if (!received) {
    return finish(id, on, within("greeting node '" + on.other.node + "'", received.error()),
                  farewell::refuse);
  }
  if (const auto sequence = sequence_of(*received)) {
    return finish(id, on,
                  error{errc::peer_lost,
                        "the answer of node '" + on.other.node + "' to the greeting of node '" +
                            options_.own.self.node + "' is missing: its frame " + std::to_string(sequence) +
                            " came first; connect again",
                        0},
                  farewell::lost);
  }
  const auto terms = on.greeter->read(*received);
  if (terms) return raise(id, on, *terms);
  const bool they_refused = std::holds_alternative<refuse_frame>(*received);
  finish(id, on, terms.error(), they_refused ? farewell::none : farewell::refuse);
}

void exchange::raise(link_id id, connection& on, const agreement& terms) {
  on.at = stage::up;
  on.other = terms.other;
  on.heard_at = now_;
  on.said_at = now_;
  const auto interval = options_.heartbeat.interval;
  wait_until(id, on, interval.count() == 0 ? steady::time_point::max() : now_ + interval);
  if (on.own->up(terms) == link::attention::yes) call(on.own);
  events_.on_up(id, on.other, on.we_connected());
}

void exchange::established(link_id id, connection& on, result<frame>&& received) {
  const auto broken = [&](const error& why) {
    finish(id, on, within("node '" + on.other.node + "' broke the protocol", why), farewell::refuse);
  };
  on.heard_at = now_;
  on.is_asked = false;
  if (!received) return broken(received.error());
  if (const auto sequence = sequence_of(*received); sequence != 0 && !is_next(id, on, sequence)) return;
  if (auto* data = std::get_if<data_frame>(&*received)) {
    if (auto checked = on.own->arrived(data->records); !checked) return broken(checked.error());
    return events_.on_records(id, std::move(data->records));
  }
  if (const auto* credit = std::get_if<credit_frame>(&*received)) {
    auto wanted = link::attention::no;
    if (auto checked = on.own->granted(*credit, wanted); !checked) return broken(checked.error());
    if (wanted == link::attention::yes) call(on.own);
    return;
  }
  if (const auto* ping = std::get_if<ping_frame>(&*received))
    return transmit(id, on, encode(pong_frame{ping->nonce}));
  if (const auto* pong = std::get_if<pong_frame>(&*received)) return answered(id, pong->nonce);
  if (std::holds_alternative<bye_frame>(*received)) {
    finish(id, on, error{errc::end_of_file, "node '" + on.other.node + "' closed the link", 0},
           farewell::bye);
    return leave(id);
  }
  if (const auto* refused = std::get_if<refuse_frame>(&*received)) {
    const auto code = refused->reason == refusal::lost ? errc::peer_lost : errc::refused;
    finish(id, on, error{code, "node '" + on.other.node + "' ended the link: " + refused->text, 0},
           farewell::bye);
    return leave(id);
  }
  const bool again = on.we_connected() ? std::holds_alternative<welcome_frame>(*received)
                                       : std::holds_alternative<hello_frame>(*received);
  if (!again) return broken(error{errc::malformed, "a greeting from the wrong side", 0});
  ++duplicates_;
}

/// False: it came before, or the link has ended because those in front of it did not come.
bool exchange::is_next(link_id id, connection& on, std::uint64_t sequence) {
  const auto due = on.received + 1;
  if (sequence < due) {
    ++duplicates_;
    return false;
  }
  if (sequence == due) {
    on.received = due;
    return true;
  }
  finish(id, on,
         error{errc::peer_lost,
               numbered(due, sequence - 1) + " from node '" + on.other.node + "' to node '" +
                   options_.own.self.node + "' did not come, frame " + std::to_string(sequence) +
                   " did: the wire lost or reordered them; connect again",
               0},
         farewell::lost);
  return false;
}

void exchange::lost(link_id id, const error& why) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  const auto& on = found->second;
  if (on.own) {
    const auto where = on.we_connected() ? "' at '" + on.endpoint + "'" : std::string("'");
    finish(id, found->second, within("link to node '" + on.other.node + where, why), farewell::none);
  }
  leave(id);
  connections_.erase(id);
}

}  // namespace troupe::transport
