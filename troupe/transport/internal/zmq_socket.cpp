#include <troupe/transport/internal/hand_over.hpp>
#include <troupe/transport/internal/zmq_socket.hpp>
#include <troupe/transport/limits.hpp>

#include <cstring>
#include <new>

namespace troupe::transport {
namespace {

/// Receives one part without waiting; false when nothing is there. cppzmq throws when a signal interrupts it.
bool receive_part(zmq::socket_t& from, zmq::message_t& part) {
  for (;;) {
    try {
      return from.recv(part, zmq::recv_flags::dontwait).has_value();
    } catch (const zmq::error_t& failed) {
      if (failed.num() != EINTR) throw;
    }
  }
}

bool send_part(zmq::socket_t& to, zmq::message_t& part, zmq::send_flags flags) {
  for (;;) {
    try {
      return to.send(part, flags | zmq::send_flags::dontwait).has_value();
    } catch (const zmq::error_t& failed) {
      if (failed.num() != EINTR) throw;
    }
  }
}

error of(const zmq::error_t& failed, std::string context) {
  const int code = failed.num();
  if (code == EHOSTUNREACH || code == EAGAIN) return {errc::peer_lost, std::move(context), 0};
  // libzmq has codes of its own above this; strerror does not know them.
  if (code >= ZMQ_HAUSNUMERO) return {errc::io_failed, std::move(context) + ": " + failed.what(), 0};
  return {errc_of_errno(code), std::move(context), code};
}

}  // namespace

zmq_socket::zmq_socket(zmq::context_t& context, zmq::socket_type type, link_id id)
    : socket_(context, type),
      monitor_(context, zmq::socket_type::pair),
      routes_(type == zmq::socket_type::router) {
  // Unlimited: credit bounds what is queued, and a high-water mark would drop or block.
  socket_.set(zmq::sockopt::sndhwm, 0);
  socket_.set(zmq::sockopt::rcvhwm, 0);
  // Goodbyes are answered, so nothing has to linger; ending must never wait for a peer.
  socket_.set(zmq::sockopt::linger, 0);
  socket_.set(zmq::sockopt::maxmsgsize, static_cast<std::int64_t>(limits::max_frame));
  monitor_.set(zmq::sockopt::linger, 0);
  monitor_.set(zmq::sockopt::rcvhwm, 0);  // libzmq's I/O thread waits when a monitor is full

  const auto address = "inproc://monitor-" + std::to_string(static_cast<std::uint64_t>(id));
  constexpr int events = ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_CLOSED;
  if (::zmq_socket_monitor(socket_.handle(), address.c_str(), events) != 0) throw zmq::error_t();
  monitor_.connect(address);
}

/// libzmq's I/O thread reports to the monitor until it is stopped, and would wait for ever for a reader that
/// has gone.
zmq_socket::~zmq_socket() {
  if (socket_) ::zmq_socket_monitor(socket_.handle(), nullptr, 0);
}

result<zmq_socket> zmq_socket::router(zmq::context_t& context, unique_fd listener,
                                      const std::string& endpoint) {
  try {
    zmq_socket made(context, zmq::socket_type::router, link_id{0});
    // A frame for a connection that is gone must fail, not vanish. No handover: nobody takes another's
    // routing id.
    made.socket_.set(zmq::sockopt::router_mandatory, true);
    made.socket_.set(zmq::sockopt::use_fd, listener.get());
    made.socket_.bind(endpoint);
    (void)listener.release();  // libzmq closes it
    return made;
  } catch (const zmq::error_t& failed) {
    return tl::unexpected<error>(of(failed, "listen at '" + endpoint + "'"));
  }
}

result<zmq_socket> zmq_socket::dealer(zmq::context_t& context, link_id id, const std::string& endpoint) {
  try {
    zmq_socket made(context, zmq::socket_type::dealer, id);
    // In effect never. Not -1: then libzmq drops, with the connection, what has come in but was not yet read.
    constexpr int ms = 24 * 3600 * 1000;
    made.socket_.set(zmq::sockopt::reconnect_ivl, ms);
    made.socket_.connect(endpoint);
    return made;
  } catch (const zmq::error_t& failed) {
    return tl::unexpected<error>(of(failed, "connect to '" + endpoint + "'"));
  }
}

result<std::optional<zmq_arrival>> zmq_socket::receive() {
  try {
    zmq_arrival arrival;
    zmq::message_t part;
    if (!receive_part(socket_, part)) return std::nullopt;
    if (routes_) {
      arrival.routing = part.to_string();
      // The parts of a message come together, so this neither waits nor finds nothing.
      (void)receive_part(socket_, part);
      arrival.descriptor = ::zmq_msg_get(part.handle(), ZMQ_SRCFD);
    }
    const bool alone = !part.more();
    while (part.more()) (void)receive_part(socket_, part);
    if (alone) arrival.frame = adopt(std::move(part));
    return arrival;
  } catch (const zmq::error_t& failed) {
    return tl::unexpected<error>(of(failed, "receive from a ZeroMQ socket"));
  }
}

std::optional<zmq_news> zmq_socket::news() {
  try {
    zmq::message_t part;
    if (!receive_part(monitor_, part)) return std::nullopt;
    std::uint16_t event = 0;
    std::uint32_t value = 0;
    std::memcpy(&event, part.data(), sizeof(event));
    std::memcpy(&value, part.data<std::byte>() + sizeof(event), sizeof(value));
    while (part.more()) (void)receive_part(monitor_, part);
    const auto what = event == ZMQ_EVENT_ACCEPTED ? zmq_news::kind::accepted
                      : event == ZMQ_EVENT_CLOSED ? zmq_news::kind::unreachable
                                                  : zmq_news::kind::disconnected;
    return zmq_news{what, static_cast<int>(value)};
  } catch (const zmq::error_t&) {
    return std::nullopt;
  }
}

result<> zmq_socket::send(const std::string& routing, const outgoing& from) {
  try {
    auto message = gather(from);
    bool sent = true;
    if (routes_) {
      zmq::message_t address(routing);
      sent = send_part(socket_, address, zmq::send_flags::sndmore);
    }
    if (sent) sent = send_part(socket_, message, zmq::send_flags::none);
    if (!sent) return fail(errc::peer_lost, "send a frame: the connection is gone");
    return {};
  } catch (const zmq::error_t& failed) {
    return tl::unexpected<error>(of(failed, "send a frame"));
  } catch (const std::bad_alloc&) {
    return fail_errno("send a frame", ENOMEM);
  }
}

}  // namespace troupe::transport
