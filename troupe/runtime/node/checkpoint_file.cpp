#include <troupe/base/codec.hpp>
#include <troupe/runtime/node/checkpoint_file.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

namespace troupe::runtime {
namespace {

unique_fd open_file(const std::string& path, int flags) {
  return unique_fd(::open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR));
}

}  // namespace

result<std::unique_ptr<checkpoint_file>> checkpoint_file::hold(std::string path) {
  auto lock = open_file(path + ".lock", O_RDWR | O_CREAT);
  if (!lock) return fail_errno("open '" + path + ".lock'");
  while (::flock(lock.get(), LOCK_EX) != 0)
    if (errno != EINTR) return fail_errno("lock '" + path + ".lock'");
  return std::unique_ptr<checkpoint_file>(new checkpoint_file(std::move(path), std::move(lock)));
}

result<std::optional<checkpoint>> checkpoint_file::read() {
  const auto file = open_file(path_, O_RDONLY);
  if (!file && errno == ENOENT) return std::nullopt;
  const auto doing = "read the checkpoint '" + path_ + "'";
  struct stat about {};
  if (!file || ::fstat(file.get(), &about) != 0) return fail_errno(doing);
  const auto size = static_cast<std::size_t>(about.st_size);
  auto memory = std::make_shared_for_overwrite<std::byte[]>(size);
  for (std::size_t have = 0; have < size;) {
    const auto n = ::read(file.get(), memory.get() + have, size - have);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail_errno(doing);
    if (n == 0) return fail(errc::malformed, doing + ": it ends too early");
    have += static_cast<std::size_t>(n);
  }
  const byte_view all(memory.get(), size);
  auto read = decode<checkpoint>(bytes(std::move(memory), all));
  if (!read) return tl::unexpected(within(doing, read.error()));
  return std::move(*read);
}

result<> checkpoint_file::write(const checkpoint& what) {
  byte_buffer encoded;
  encode(encoded, what);
  const auto aside = path_ + ".new";
  const auto doing = "write the checkpoint '" + path_ + "'";
  const auto file = open_file(aside, O_WRONLY | O_CREAT | O_TRUNC);
  if (!file) return fail_errno(doing);
  for (auto left = encoded.view(); !left.empty();) {
    const auto n = ::write(file.get(), left.data(), left.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail_errno(doing);
    left = left.subspan(static_cast<std::size_t>(n));
  }
  if (::rename(aside.c_str(), path_.c_str()) != 0) return fail_errno(doing);
  return {};
}

}  // namespace troupe::runtime
