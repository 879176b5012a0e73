// transport/internal/file_lock.hpp - an exclusive flock with patience.
// Threads: any; blocks up to its patience.
// Source: flock(2): held by the open file, so it dies with its processes.
#pragma once
#include <troupe/base/clock.hpp>
#include <troupe/base/error.hpp>

#include <string>

namespace troupe::transport {

/// Locks `fd` until it is closed. flock has no timeout of its own, hence the polling.
/// Errors: busy when somebody else still holds it at the end of `until`.
[[nodiscard]] result<> lock_exclusive(int fd, const std::string& path, deadline until);

}  // namespace troupe::transport
