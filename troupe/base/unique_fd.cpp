#include <troupe/base/unique_fd.hpp>

#include <unistd.h>

#include <cerrno>

namespace troupe {

void unique_fd::reset(int fd) noexcept {
  const int old = std::exchange(fd_, fd);
  if (old < 0 || old == fd) return;
  const int saved = errno;
  ::close(old);  // EINTR still closes on Linux: never retried (close(2))
  errno = saved;
}

}  // namespace troupe
