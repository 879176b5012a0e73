#include <troupe/sync/internal/range_lock.hpp>
#include <troupe/sync/named_memory.hpp>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace troupe::sync {
namespace {

using internal::file_range;
using internal::range_hold;

// Locks lie on bytes, whether or not the file has them. `gate`: whoever opens or leaves, so one at a time sees
// whether there are users. `users`: shared by all.
constexpr file_range gate{0, 1};
constexpr file_range users{1, 1};

/// At the front of the object. Written last, under the gate: without the mark the rest means nothing.
struct alignas(64) header {
  std::uint64_t size = 0;
  std::uint32_t version = 0;
  std::uint32_t mark = 0;
};
constexpr std::uint32_t our_mark = 0x7472'7031;  // "trp1": the form of this header
constexpr std::size_t longest_name = 200;

result<std::string> path_of(const std::string& name) {
  const std::string what = "shared memory '" + name + "'";
  if (name.empty() || name.find_first_of(std::string("/\0", 2)) != std::string::npos)
    return fail(errc::invalid_argument, what + ": a name has at least one character, and no '/' or NUL");
  if (name.size() > longest_name)
    return fail(errc::too_large, what + ": a name has at most " + std::to_string(longest_name) + " bytes");
  return "/troupe." + name;
}

result<> is_private(int fd, const std::string& what) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return fail_errno(what);
  if (status.st_uid != ::geteuid() || (status.st_mode & 0777) != 0600)
    return fail(errc::permission_denied,
                what + ": it stands in /dev/shm, but is not ours alone (mode 0600); remove it");
  return {};
}

/// Whether the name still leads to what `fd` has open.
bool is_named(int fd) noexcept {
  struct stat status {};
  return ::fstat(fd, &status) == 0 && status.st_nlink != 0;
}

result<header> read_header(int fd, const std::string& what) {
  header front;
  const ssize_t got = ::pread(fd, &front, sizeof front, 0);
  if (got < 0) return fail_errno(what + ": read its header");
  if (got != sizeof front || front.mark != our_mark)
    return fail(errc::type_mismatch, what + ": it is in use, but not by this library");
  return front;
}

result<> fits(int fd, const named_memory_options& wanted, const std::string& what) {
  const auto front = read_header(fd, what);
  if (!front) return tl::unexpected(front.error());
  if (front->version != wanted.version)
    return fail(errc::version_mismatch, what + ": in use with version " + std::to_string(front->version) +
                                            ", wanted is " + std::to_string(wanted.version));
  struct stat status {};
  if (::fstat(fd, &status) != 0) return fail_errno(what);
  if (front->size != wanted.size ||
      static_cast<std::uint64_t>(status.st_size) != sizeof(header) + front->size)
    return fail(errc::type_mismatch, what + ": in use with " + std::to_string(front->size) +
                                         " bytes, wanted are " + std::to_string(wanted.size));
  return {};
}

result<std::span<std::byte>> map_all(int fd, std::size_t size, const std::string& what) {
  void* const at = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (at == MAP_FAILED) return fail_errno(what + ": map");
  return std::span(static_cast<std::byte*>(at), size);
}

}  // namespace

named_memory::named_memory(std::string name, unique_fd fd, std::span<std::byte> all) noexcept
    : name_(std::move(name)), fd_(std::move(fd)), all_(all), opened_by_(::getpid()) {}

named_memory::named_memory(named_memory&& other) noexcept
    : name_(std::move(other.name_)),
      fd_(std::move(other.fd_)),
      all_(std::exchange(other.all_, {})),
      opened_by_(other.opened_by_) {}

named_memory& named_memory::operator=(named_memory&& other) noexcept {
  std::swap(name_, other.name_);
  std::swap(fd_, other.fd_);
  std::swap(all_, other.all_);
  std::swap(opened_by_, other.opened_by_);
  return *this;
}

named_memory::~named_memory() {
  leave();
}

void named_memory::leave() noexcept {
  if (!fd_) return;
  ::munmap(all_.data(), all_.size());
  // In a child of fork() the locks are the parent's too: to change them would be to take them from it.
  if (opened_by_ != ::getpid()) return;
  // A second suffices unless somebody was stopped at the gate; then the next open() removes it.
  if (internal::range_until(fd_.get(), gate, range_hold::exclusive,
                            deadline::after(std::chrono::seconds(1))) != 0)
    return;
  if (internal::try_range(fd_.get(), users, range_hold::exclusive) == 0 && is_named(fd_.get()))
    ::shm_unlink(name_.c_str());
}

std::span<std::byte> named_memory::memory() const noexcept {
  return all_.empty() ? all_ : all_.subspan(sizeof(header));
}

result<named_memory> named_memory::open(const std::string& name, const named_memory_options& options,
                                        const std::function<void(std::span<std::byte>)>& begin) {
  const auto path = path_of(name);
  if (!path) return tl::unexpected(path.error());
  const std::string what = "open shared memory '" + name + "' of " + std::to_string(options.size) + " bytes";
  if (options.size == 0 || options.size > static_cast<std::size_t>(PTRDIFF_MAX) - sizeof(header))
    return fail(errc::invalid_argument, what + ": the size must be from 1 to what an address can reach");
  const std::size_t whole = sizeof(header) + options.size;
  for (;;) {
    unique_fd fd(::shm_open(path->c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!fd) return fail_errno(what);
    if (auto ours = is_private(fd.get(), what); !ours) return tl::unexpected(ours.error());
    if (const int why = internal::range_until(fd.get(), gate, range_hold::exclusive, options.until); why != 0)
      return fail_errno(what + ": wait for another process that opens or leaves it", why);
    if (!is_named(fd.get())) continue;  // its last user has just removed it
    const int alone = internal::try_range(fd.get(), users, range_hold::exclusive);
    if (alone != 0 && alone != EAGAIN) return fail_errno(what + ": look for its users", alone);
    if (alone == 0) {
      struct stat status {};
      if (::fstat(fd.get(), &status) != 0) return fail_errno(what);
      if (status.st_size != 0) {  // nobody uses it: left over from a dead run, perhaps half-made
        if (::shm_unlink(path->c_str()) != 0) return fail_errno(what + ": remove what a dead run left");
        continue;
      }
      // All pages now: on a full /dev/shm a later first write would be SIGBUS.
      if (const int why = ::posix_fallocate(fd.get(), 0, static_cast<off_t>(whole)); why != 0) {
        ::shm_unlink(path->c_str());
        return fail(errc::exhausted, what + ": take room in /dev/shm", why);
      }
    } else if (auto right = fits(fd.get(), options, what); !right) {
      return tl::unexpected(right.error());
    }
    auto all = map_all(fd.get(), whole, what);
    if (!all) {
      if (alone == 0) ::shm_unlink(path->c_str());
      return tl::unexpected(all.error());
    }
    named_memory opened(*path, std::move(fd), *all);
    if (alone == 0) {
      begin(opened.memory());
      const header front{options.size, options.version, our_mark};
      std::memcpy(all->data(), &front, sizeof front);
    }
    // From exclusive, or from nothing, to shared: the kernel does it at once.
    if (const int why = internal::try_range(opened.fd_.get(), users, range_hold::shared); why != 0)
      return fail_errno(what + ": become one of its users", why);
    if (const int why = internal::try_range(opened.fd_.get(), gate, range_hold::none); why != 0)
      return fail_errno(what + ": open the gate", why);
    return opened;
  }
}

result<bool> named_memory::remove_unused(const std::string& name) {
  const auto path = path_of(name);
  if (!path) return tl::unexpected(path.error());
  const std::string what = "remove shared memory '" + name + "'";
  const unique_fd fd(::shm_open(path->c_str(), O_RDWR | O_CLOEXEC, 0));
  if (!fd) {
    if (errno == ENOENT) return false;
    return fail_errno(what);
  }
  if (auto ours = is_private(fd.get(), what); !ours) return tl::unexpected(ours.error());
  if (internal::try_range(fd.get(), gate, range_hold::exclusive) != 0 ||
      internal::try_range(fd.get(), users, range_hold::exclusive) != 0)
    return fail(errc::busy, what);
  if (!is_named(fd.get())) return false;
  if (::shm_unlink(path->c_str()) != 0) return fail_errno(what);
  return true;
}

}  // namespace troupe::sync
