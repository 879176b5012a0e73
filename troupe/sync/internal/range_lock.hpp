// sync/internal/range_lock.hpp - locks on ranges of an open file.
// Threads: any; two descriptions of one file exclude each other within one process too.
// Source: fcntl(2), open file description locks: given back by the last close, so also by SIGKILL.
#pragma once
#include <troupe/base/clock.hpp>

#include <sys/types.h>

#include <cstdint>

namespace troupe::sync::internal {

enum class range_hold : std::uint8_t { none, shared, exclusive };

struct file_range {
  off_t start = 0;
  off_t length = 0;  // 0: to the end, wherever that will be
};

/// Takes, changes (at once, without giving it up in between) or gives back; 0 or an errno. EAGAIN: another
/// description holds it.
[[nodiscard]] int try_range(int fd, file_range range, range_hold as) noexcept;

/// The same, waiting. The kernel's own wait has no deadline, so one that is not never() looks again every
/// millisecond; ETIMEDOUT.
[[nodiscard]] int range_until(int fd, file_range range, range_hold as, deadline until) noexcept;

}  // namespace troupe::sync::internal
