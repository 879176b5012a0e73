#include <troupe/base/byte_buffer.hpp>
#include <troupe/runtime/each/capture_file.hpp>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <string>
#include <system_error>

namespace troupe::runtime {
namespace {

const std::string& temporary_folder() {
  static const std::string found = [] {
    std::error_code none;
    const auto folder = std::filesystem::temp_directory_path(none);
    return none ? std::string("/tmp") : folder.string();
  }();
  return found;
}

}  // namespace

result<capture_file> capture_file::open() {
  unique_fd file(::open(temporary_folder().c_str(), O_TMPFILE | O_RDWR | O_APPEND | O_CLOEXEC, 0600));
  if (!file) {
    file = unique_fd(::memfd_create("troupe each", MFD_CLOEXEC));
    if (!file) return fail_errno("open a file for what a command prints");
    if (::fcntl(file.get(), F_SETFL, O_APPEND) != 0)
      return fail_errno("append to a file in memory for what a command prints");
  }
  return capture_file(std::move(file));
}

result<printed> capture_file::take() && {
  struct stat about {};
  if (::fstat(fd(), &about) != 0) return fail_errno("look at what a command has printed");
  const auto size = static_cast<std::uint64_t>(about.st_size);
  if (size == 0) return printed{};
  if (size > largest_in_memory) return printed{{}, std::move(file_), size};
  byte_buffer all(size);
  std::byte* const at = all.extend(size);
  std::size_t got = 0;
  while (got < size) {
    const auto n = ::pread(fd(), at + got, size - got, static_cast<off_t>(got));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail_errno("read what a command has printed");
    if (n == 0) break;
    got += static_cast<std::size_t>(n);
  }
  all.shorten(size - got);
  return printed{all.take(), {}, got};
}

}  // namespace troupe::runtime
