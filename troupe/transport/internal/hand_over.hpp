// transport/internal/hand_over.hpp - where memory crosses between us and libzmq.
// Threads: pure functions; what adopt() returns may be released on any thread.
#pragma once
#include <troupe/base/bytes.hpp>
#include <troupe/transport/internal/link.hpp>

#include <zmq.hpp>

namespace troupe::transport {

/// A received message as bytes. Not copied, unless it is small: libzmq lets small messages share one 8 KiB
/// receive buffer, and a record that waits somewhere would hold all of it.
[[nodiscard]] bytes adopt(zmq::message_t&& message);

/// One message with head and tail joined: the only copy of a payload on its way out. A payload of ours handed
/// to libzmq with a free function would save it and is worth it for very large ones only (memcpy is twice as
/// fast as the socket). Throws zmq::error_t or std::bad_alloc without memory.
[[nodiscard]] zmq::message_t gather(const outgoing& from);

}  // namespace troupe::transport
