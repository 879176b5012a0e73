// base/fd_passing.hpp - descriptors sent along with bytes over a Unix domain socket.
// Threads: every function may be called from any thread.
// Source: unix(7) SCM_RIGHTS, cmsg(3), sendmsg(2).
#pragma once
#include <troupe/base/bytes.hpp>
#include <troupe/base/clock.hpp>
#include <troupe/base/error.hpp>
#include <troupe/base/unique_fd.hpp>

#include <cstddef>
#include <span>
#include <vector>

namespace troupe {

/// What the kernel lets go with one message (SCM_MAX_FD).
inline constexpr std::size_t max_fds_per_message = 253;

/// Sends all of `data`, and the descriptors with its first byte; the caller's stay open and are its own.
/// Waits for room, on a blocking or a non-blocking socket. SIGPIPE is never raised. Errors:
///   invalid_argument  no data: on a stream descriptors cannot travel alone
///   too_large         more than max_fds_per_message, or a message too long for a seqpacket socket
///   broken_pipe       the peer is gone
///   exhausted         too many descriptors are under way and not received (RLIMIT_NOFILE)
///   timed_out         the context says how many bytes were sent; if any, the descriptors went with them
///   io_failed         a descriptor that is not open, no socket (see os_errno)
[[nodiscard]] result<> send_with_fds(int socket, byte_view data, std::span<const int> fds,
                                     deadline until = deadline::never());

struct received {
  std::size_t size = 0;        // bytes; 0 = end of file
  std::vector<unique_fd> fds;  // closed on exec
};

/// One receive of at most into.size() bytes and `max_fds` descriptors; waits, on a blocking or a non-blocking
/// socket. On a stream one call never returns the descriptors of two sends, but bytes of earlier sends
/// without descriptors may come before those they belong to. After an error all descriptors that came are
/// closed. Errors:
///   invalid_argument  `into` is empty: end of file could not be told
///   too_large         more than `max_fds` descriptors came, or a message longer than `into` (seqpacket); the bytes
///                     are lost with them, so give the connection up
///   exhausted         we have no room for the descriptors that came (RLIMIT_NOFILE); lost likewise
///   peer_lost         the peer went with data of ours unread
///   timed_out, io_failed
[[nodiscard]] result<received> receive_with_fds(int socket, std::span<std::byte> into, std::size_t max_fds,
                                                deadline until = deadline::never());

}  // namespace troupe
