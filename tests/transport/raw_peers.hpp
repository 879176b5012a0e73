// tests/transport/raw_peers.hpp - peers that speak to a post without one of ours: by ZeroMQ alone, or by a bare
// socket.
// Threads: one.
#pragma once
#include "zmq_posts.hpp"

#include <troupe/base/shape.hpp>
#include <troupe/base/unique_fd.hpp>
#include <troupe/transport/frame.hpp>
#include <troupe/transport/limits.hpp>

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <zmq.hpp>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::transport {

/// Speaks ZeroMQ, and of our protocol what the test says.
class raw_peer {
 public:
  explicit raw_peer(const post_options& to) : socket_(context_, zmq::socket_type::dealer) {
    socket_.set(zmq::sockopt::linger, 0);
    socket_.connect(to.endpoint);
  }
  void say(const std::vector<std::byte>& what) { socket_.send(zmq::buffer(what.data(), what.size())); }
  /// The next frame that comes.
  frame hear() {
    zmq::message_t message;
    if (!socket_.recv(message)) std::abort();
    return decode(bytes::copy_of({message.data<std::byte>(), message.size()})).value();
  }
  zmq::socket_t& socket() { return socket_; }
  zmq::context_t& context() { return context_; }

 private:
  zmq::context_t context_;
  zmq::socket_t socket_;
};

/// A HELLO that is welcome once.
inline hello_frame hello_to(const post_options& to) {
  hello_frame hello;
  hello.version_min = limits::version_min;
  hello.version_max = limits::version_max;
  hello.system = to.own.system;
  hello.key = to.own.key;
  hello.from = {"raw", 1};
  hello.to = to.own.self;
  hello.link_epoch = 1;
  hello.channels = {{1, one_channel()[0].name, shape_hash(one_channel()[0].shape), {1, 10}}};
  return hello;
}

/// A bare socket. While the other side's queue is full it waits up to a minute, or fails with EAGAIN.
class bare_peer {
 public:
  enum class when_full : bool { wait, fail };
  explicit bare_peer(const std::string& endpoint, when_full then = when_full::wait)
      : socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | (then == when_full::fail ? SOCK_NONBLOCK : 0),
                         0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const auto path = endpoint.substr(std::strlen("ipc://"));
    std::memcpy(address.sun_path, path.data(), path.size());
    // Watchdogs for connect and for reading.
    const timeval minute{60, 0};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_SNDTIMEO, &minute, sizeof(minute));
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &minute, sizeof(minute));
    if (::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0)
      failed_ = errno;
  }
  /// The errno of connect; 0 when it is connected.
  [[nodiscard]] int failed() const noexcept { return failed_; }
  void say(std::string_view what) { (void)!::send(socket_.get(), what.data(), what.size(), MSG_NOSIGNAL); }
  /// Reads until the other side ends the connection. False: it does not.
  [[nodiscard]] bool is_put_out() {
    char some[256];
    for (;;) {
      const auto got = ::recv(socket_.get(), some, sizeof(some), 0);
      if (got > 0) continue;
      return got == 0 || errno == ECONNRESET;
    }
  }
  [[nodiscard]] int descriptor() const noexcept { return socket_.get(); }

 private:
  unique_fd socket_;
  int failed_ = 0;
};

}  // namespace troupe::transport
