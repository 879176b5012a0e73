// transport/internal/descriptors.hpp - how many file descriptors this process may still open.
// Threads: any. The answers are of the moment: other threads open and close, too.
// Source: getrlimit(2) RLIMIT_NOFILE; EMFILE in open(2), accept(2).
#pragma once
#include <cstddef>

namespace troupe::transport {

/// Raises the soft limit to the hard one, as far as it goes, and returns what there is then: descriptors are
/// numbered from 0 up to one below it.
std::size_t raise_descriptor_limit();

/// How many descriptors are free below `limit`; it stops counting at `enough`.
[[nodiscard]] std::size_t free_descriptors(std::size_t limit, std::size_t enough);

/// Who a descriptor of a connection was when it came in: the number may be somebody else's later.
struct connection_id {
  int descriptor = -1;
  unsigned long inode = 0;
};
/// Of a descriptor that another thread owns. An inode of 0: it is none, or no socket.
[[nodiscard]] connection_id identify(int descriptor);
/// Ends the connection for both sides, without closing the descriptor, if it is still the same one.
/// False: it is not, or there is no descriptor free to make sure with.
bool cut(const connection_id& which);

}  // namespace troupe::transport
