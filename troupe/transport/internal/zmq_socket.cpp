#include <troupe/transport/internal/hand_over.hpp>
#include <troupe/transport/internal/zmq_socket.hpp>
#include <troupe/transport/limits.hpp>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

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

zmq_news::kind kind_of_event(std::uint16_t event) {
  switch (event) {
    case ZMQ_EVENT_ACCEPTED:
      return zmq_news::kind::accepted;
    case ZMQ_EVENT_ACCEPT_FAILED:
      return zmq_news::kind::not_accepted;
    case ZMQ_EVENT_CLOSED:
      return zmq_news::kind::unreachable;
    case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL:
      return zmq_news::kind::broke_off;
    default:
      return zmq_news::kind::disconnected;
  }
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
  const int events = routes_ ? ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_ACCEPT_FAILED | ZMQ_EVENT_DISCONNECTED |
                                   ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL
                             : ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_CLOSED;
  if (::zmq_socket_monitor(socket_.handle(), address.c_str(), events) != 0) throw zmq::error_t();
  monitor_.connect(address);
  messages_descriptor_ = socket_.get(zmq::sockopt::fd);
  news_descriptor_ = monitor_.get(zmq::sockopt::fd);
}

bool zmq_socket::may_have_messages() {
  if (!used_) return false;
  int events = 0;
  std::size_t size = sizeof(events);
  int failed = 0;
  do failed = ::zmq_getsockopt(socket_.handle(), ZMQ_EVENTS, &events, &size);
  while (failed != 0 && zmq_errno() == EINTR);
  used_ = failed != 0 || (events & ZMQ_POLLIN) != 0;  // receive() says what is wrong
  return used_;
}

/// libzmq's I/O thread reports to the monitor until it is stopped, and would wait for ever for a reader that
/// has gone.
zmq_socket::~zmq_socket() {
  if (socket_) ::zmq_socket_monitor(socket_.handle(), nullptr, 0);
}

result<zmq_socket> zmq_socket::router(zmq::context_t& context) {
  try {
    zmq_socket made(context, zmq::socket_type::router, link_id{0});
    // A frame for a connection that is gone must fail, not vanish. No handover: nobody takes another's
    // routing id.
    made.socket_.set(zmq::sockopt::router_mandatory, true);
    // Nobody serves ZAP here, and with no more than a domain libzmq does not mind. But with one it refuses
    // peers of ZMTP 1.0 and 2.0, and bytes that are no greeting, which it takes for ZMTP 1.0.
    made.socket_.set(zmq::sockopt::zap_domain, "troupe");
    // The mode of the directory keeps other users out; this does so even where somebody has opened it.
    const uid_t us = ::geteuid();
    if (::zmq_setsockopt(made.socket_.handle(), ZMQ_IPC_FILTER_UID, &us, sizeof(us)) != 0)
      throw zmq::error_t();
    return made;
  } catch (const zmq::error_t& failed) {
    return tl::unexpected<error>(of(failed, "create a ZeroMQ socket"));
  }
}

result<std::string> zmq_socket::accept_on(unique_fd listener) {
  sockaddr_un address{};
  socklen_t length = sizeof(address);
  if (::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &length) != 0)
    return fail_errno("ask a listener for its address");
  const auto name = std::string("ipc://") + address.sun_path;
  used_ = true;
  try {
    socket_.set(zmq::sockopt::use_fd, listener.get());
    socket_.bind(name);
    (void)listener.release();  // libzmq closes it
    return name;
  } catch (const zmq::error_t& failed) {
    return tl::unexpected<error>(of(failed, "listen at '" + name + "'"));
  }
}

void zmq_socket::stop_accepting(const std::string& listener) {
  used_ = true;
  ::zmq_unbind(socket_.handle(), listener.c_str());  // fails only when there is no such listener
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
  used_ = true;
  try {
    zmq_arrival arrival;
    zmq::message_t part;
    used_ = receive_part(socket_, part);
    if (!used_) return std::nullopt;
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
    zmq_news told{kind_of_event(event), static_cast<int>(value)};
    while (part.more()) (void)receive_part(monitor_, part);
    if (told.what == zmq_news::kind::accepted) told.listener = part.to_string();
    return told;
  } catch (const zmq::error_t&) {
    return std::nullopt;
  }
}

result<> zmq_socket::send(const std::string& routing, const outgoing& from) {
  used_ = true;
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
