#include <troupe/transport/internal/file_lock.hpp>

#include <sys/file.h>

#include <thread>

namespace troupe::transport {

result<> lock_exclusive(int fd, const std::string& path, deadline until) {
  while (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return fail_errno("lock '" + path + "'");
    if (until.passed()) return fail(errc::busy, "lock '" + path + "'");
    std::this_thread::sleep_for(milliseconds(5));
  }
  return {};
}

}  // namespace troupe::transport
