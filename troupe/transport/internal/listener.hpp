// transport/internal/listener.hpp - a listening Unix socket, bound by us because libzmq's bind unlinks what
// it finds.
// Threads: any; blocks briefly.
// Source: unix(7), bind(2), ZMQ_USE_FD in zmq_setsockopt(3).
#pragma once
#include <troupe/base/error.hpp>
#include <troupe/base/unique_fd.hpp>

#include <string>

namespace troupe::transport {

/// Listens at "ipc://PATH". A socket that a dead process left there is replaced; anything else is left alone.
/// Errors: invalid_argument (not ipc), too_large (path), busy (a living node listens there), wrong_kind (not
/// a socket), not_found (no such directory), or what the system said.
/// `queue`: how many may have connected and not been accepted; cut to net.core.somaxconn. A full one makes
/// the connect of a node that does not wait fail.
[[nodiscard]] result<unique_fd> listen_at(const std::string& endpoint, int queue = 4096);

/// For the node that listens at the endpoint already: a fresh listener takes the old one's place there, in one
/// step. Who has come to the old one stays with it, but nobody can come to it any more. Each has a name of its
/// own, "ipc://" and what getsockname(2) says.
[[nodiscard]] result<unique_fd> listen_anew(const std::string& endpoint, int queue);

}  // namespace troupe::transport
