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
[[nodiscard]] result<unique_fd> listen_at(const std::string& endpoint);

}  // namespace troupe::transport
