#include <troupe/transport/internal/exchange.hpp>

namespace troupe::transport {
namespace {

/// How long we wait for the other side's goodbye before the connection is dropped. It only delays the release
/// of a socket, never an event.
constexpr auto leaving_patience = std::chrono::seconds(1);

}  // namespace

void exchange::finish(link_id id, connection& on, const error& why, farewell last) {
  {
    const std::scoped_lock hold(table_lock_);
    table_.erase(id);
  }
  on.own->down();
  on.own.reset();
  std::vector<std::uint64_t> asking;
  for (const auto& [nonce, asked] : pings_) asking.push_back(nonce);
  for (const auto nonce : asking) answered(id, nonce);

  if (last == farewell::bye) transmit(id, on, encode(bye_frame{}));
  if (last == farewell::refuse) transmit(id, encode(acceptor_.refuse(refusal::protocol, why.message())));
  if (last == farewell::lost) transmit(id, encode(acceptor_.refuse(refusal::lost, why.message())));
  on.at = stage::leaving;
  if (last == farewell::none) {
    leave(id);
  } else {
    wait_until(id, on, now_ + leaving_patience);
  }
  events_.on_down(id, why);
}

/// Both sides have said all they will. Our own connection is dropped; one that came in stays known, so that
/// late frames are not taken for a stranger's, until it breaks.
void exchange::leave(link_id id) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  wait_until(id, found->second, steady::time_point::max());
  found->second.at = stage::gone;
  if (!found->second.we_connected()) return;
  connections_.erase(found);
  wire_.hang_up(id);
}

void exchange::close_all() {
  ending_ = true;
  pump();
  std::vector<link_id> open;
  for (const auto& [id, on] : connections_) {
    if (on.own) open.push_back(id);
  }
  for (const auto id : open) {
    with(id, [](link& on) { return on.close(); });
  }
  pump();
}

bool exchange::idle() const {
  return deadlines_.empty();
}

}  // namespace troupe::transport
