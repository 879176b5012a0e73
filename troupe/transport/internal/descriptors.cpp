#include <troupe/base/unique_fd.hpp>
#include <troupe/transport/internal/descriptors.hpp>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <limits>

namespace troupe::transport {

std::size_t raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  if (limit.rlim_cur != limit.rlim_max) {
    const rlimit all{limit.rlim_max, limit.rlim_max};
    if (::setrlimit(RLIMIT_NOFILE, &all) == 0) limit = all;  // without it we go on with what there is
  }
  return static_cast<std::size_t>(std::min<rlim_t>(limit.rlim_cur, std::numeric_limits<int>::max()));
}

std::size_t free_descriptors(std::size_t limit, std::size_t enough) {
  std::size_t found = 0;
  // From above: the system gives out the lowest number, so the high ones are free as a rule.
  for (auto number = limit; number > 0 && found < enough; --number) {
    if (::fcntl(static_cast<int>(number - 1), F_GETFD) < 0 && errno == EBADF) ++found;
  }
  return found;
}

connection_id identify(int descriptor) {
  struct stat status {};
  if (::fstat(descriptor, &status) != 0 || !S_ISSOCK(status.st_mode)) return {descriptor, 0};
  return {descriptor, status.st_ino};
}

bool cut(const connection_id& which) {
  // A duplicate cannot become somebody else between the question and the deed.
  const unique_fd held(::fcntl(which.descriptor, F_DUPFD_CLOEXEC, 0));
  if (!held || which.inode == 0 || identify(held.get()).inode != which.inode) return false;
  return ::shutdown(held.get(), SHUT_RDWR) == 0;
}

}  // namespace troupe::transport
