#include <troupe/sync/file_lock.hpp>
#include <troupe/sync/internal/range_lock.hpp>

#include <fcntl.h>

#include <cerrno>
#include <limits>

namespace troupe::sync {
namespace {

result<unique_fd> open_to_lock(const std::string& path) {
  unique_fd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600));
  if (!fd) return fail_errno("open '" + path + "' to lock it");
  return fd;
}

}  // namespace

result<file_lock> file_lock::open(std::string path) {
  if (auto fd = open_to_lock(path); !fd) return tl::unexpected(fd.error());
  return file_lock(std::move(path));
}

result<file_guard> file_lock::try_lock(byte_range range) const {
  return take(wish::exclusive, patience::none, deadline::never(), range);
}

result<file_guard> file_lock::try_lock_shared(byte_range range) const {
  return take(wish::shared, patience::none, deadline::never(), range);
}

result<file_guard> file_lock::lock_until(deadline until, byte_range range) const {
  return take(wish::exclusive, patience::some, until, range);
}

result<file_guard> file_lock::lock_shared_until(deadline until, byte_range range) const {
  return take(wish::shared, patience::some, until, range);
}

result<file_guard> file_lock::take(wish as, patience how, deadline until, byte_range range) const {
  const std::string what = "lock '" + path_ + "'" + (as == wish::shared ? " for reading" : "");
  constexpr auto last = static_cast<std::uint64_t>(std::numeric_limits<off_t>::max());
  if (range.start > last || range.length > last - range.start)
    return fail(errc::invalid_argument, what + ": the range ends past " + std::to_string(last));
  auto fd = open_to_lock(path_);
  if (!fd) return tl::unexpected(fd.error());
  const internal::file_range where{static_cast<off_t>(range.start), static_cast<off_t>(range.length)};
  const auto hold = as == wish::shared ? internal::range_hold::shared : internal::range_hold::exclusive;
  const int why = how == patience::none ? internal::try_range(fd->get(), where, hold)
                                        : internal::range_until(fd->get(), where, hold, until);
  if (why == 0) return file_guard(std::move(*fd));
  if (why == EAGAIN) return fail(errc::busy, what);
  if (why == ETIMEDOUT) return fail(errc::timed_out, what);
  return fail_errno(what, why);
}

}  // namespace troupe::sync
