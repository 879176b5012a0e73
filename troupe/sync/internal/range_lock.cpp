#include <troupe/sync/internal/range_lock.hpp>

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <thread>

namespace troupe::sync::internal {
namespace {

int set_range(int fd, file_range range, range_hold as, int command) noexcept {
  struct flock lock {};
  lock.l_type = static_cast<short>(as == range_hold::none     ? F_UNLCK
                                   : as == range_hold::shared ? F_RDLCK
                                                              : F_WRLCK);
  lock.l_whence = SEEK_SET;
  lock.l_start = range.start;
  lock.l_len = range.length;
  for (;;) {
    if (::fcntl(fd, command, &lock) == 0) return 0;
    if (errno != EINTR) return errno == EACCES ? EAGAIN : errno;
  }
}

}  // namespace

int try_range(int fd, file_range range, range_hold as) noexcept {
  return set_range(fd, range, as, F_OFD_SETLK);
}

int range_until(int fd, file_range range, range_hold as, deadline until) noexcept {
  if (until.is_never()) return set_range(fd, range, as, F_OFD_SETLKW);
  for (;;) {
    const int why = try_range(fd, range, as);
    if (why != EAGAIN) return why;
    if (until.passed()) return ETIMEDOUT;
    std::this_thread::sleep_for(std::min<nanoseconds>(until.left(), milliseconds(1)));
  }
}

}  // namespace troupe::sync::internal
