// transport/internal/zmq_socket.hpp - a ZeroMQ socket with its monitor; every failure a value.
// Threads: one at a time, as ZeroMQ demands.
// Source: zmq_socket(7), zmq_socket_monitor(3), zmq_msg_get(3).
#pragma once
#include <troupe/base/bytes.hpp>
#include <troupe/base/error.hpp>
#include <troupe/base/unique_fd.hpp>
#include <troupe/transport/internal/link.hpp>

#include <zmq.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace troupe::transport {

/// One message that came in. More than one part where one belongs reads as an empty, hence malformed, frame.
struct zmq_arrival {
  std::string routing;  // ROUTER only
  bytes frame;
  int descriptor = -1;  // ROUTER only: of the connection it came by
};

/// What a monitor reports of a connection.
struct zmq_news {
  enum class kind : std::uint8_t {
    accepted,
    not_accepted,  // ROUTER: of another user
    unreachable,
    broke_off,  // ROUTER: the next one to be disconnected left, unasked, before ZeroMQ's own handshake was done
    disconnected
  } what = kind::disconnected;
  int descriptor = -1;
  std::string listener = {};  // of accepted: by which it came, as zmq_socket::accept_on() named it
};

class zmq_socket {
 public:
  /// A ROUTER that accepts on listening sockets of ours, see accept_on(), from processes of our user alone.
  [[nodiscard]] static result<zmq_socket> router(zmq::context_t& context);
  /// A DEALER on its way to `endpoint`; `id` is unique in its context. It never reconnects.
  [[nodiscard]] static result<zmq_socket> dealer(zmq::context_t& context, link_id id,
                                                 const std::string& endpoint);

  zmq_socket(zmq_socket&& other) noexcept = default;
  zmq_socket& operator=(zmq_socket&& other) = delete;
  ~zmq_socket();

  /// ROUTER: accepts what comes to a listening socket of ours. Takes the descriptor; libzmq calls it by the name
  /// that is returned.
  [[nodiscard]] result<std::string> accept_on(unique_fd listener);
  /// ROUTER: closes that listener, and with it every connection that came by it.
  void stop_accepting(const std::string& listener);

  /// nullopt: nothing there. Errors: what ZeroMQ said; the socket is then useless.
  [[nodiscard]] result<std::optional<zmq_arrival>> receive();
  [[nodiscard]] std::optional<zmq_news> news();
  /// Copies the frame into one message. `routing` is empty for a DEALER. Errors: peer_lost, exhausted,
  /// io_failed.
  [[nodiscard]] result<> send(const std::string& routing, const outgoing& from);

  // When to read. libzmq's own zmq_poll asks each socket with a system call of its own, before and after it sleeps: a dozen
  // for one frame. Its descriptors alone tell what comes while nobody uses the socket; they say nothing of what came
  // while somebody did, which may_have_messages() asks for, where receive() has not found nothing since.
  /// Readable, and it stays so, until receive() or news() has been called: something came.
  [[nodiscard]] int messages_descriptor() const noexcept { return messages_descriptor_; }
  [[nodiscard]] int news_descriptor() const noexcept { return news_descriptor_; }
  /// Before whoever uses it sleeps.
  [[nodiscard]] bool may_have_messages();

 private:
  zmq_socket(zmq::context_t& context, zmq::socket_type type, link_id id);

  zmq::socket_t socket_;
  zmq::socket_t monitor_;
  bool routes_ = false;
  bool used_ = true;  // since receive() or may_have_messages() found nothing
  int messages_descriptor_ = -1;
  int news_descriptor_ = -1;
};

}  // namespace troupe::transport
