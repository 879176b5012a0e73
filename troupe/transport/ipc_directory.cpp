#include <troupe/transport/internal/file_lock.hpp>
#include <troupe/transport/ipc_directory.hpp>
#include <troupe/transport/limits.hpp>

#include <dirent.h>
#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>

namespace troupe::transport {
namespace {

constexpr const char* lock_name = "lock";
constexpr auto patience = std::chrono::seconds(5);
constexpr int directory_flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

struct close_directory {
  void operator()(DIR* open) const noexcept { ::closedir(open); }
};

/// Opens a directory that must be ours alone. The checks are made on the descriptor, so that nothing can be
/// swapped in between.
result<unique_fd> open_private(const std::string& path) {
  unique_fd directory(::open(path.c_str(), directory_flags));
  if (!directory && (errno == ELOOP || errno == ENOTDIR)) {
    return fail(errc::wrong_kind,
                "'" + path + "' must be a directory, not a file or a symbolic link; remove it");
  }
  if (!directory) return fail_errno("open directory '" + path + "'");
  struct stat status {};
  if (::fstat(directory.get(), &status) != 0) return fail_errno("stat '" + path + "'");
  if (status.st_uid != ::geteuid()) {
    return fail(errc::permission_denied, "'" + path + "' belongs to user " + std::to_string(status.st_uid) +
                                             ", not to " + std::to_string(::geteuid()) +
                                             "; remove it or set XDG_RUNTIME_DIR");
  }
  if ((status.st_mode & 077) != 0) {
    std::array<char, 8> mode{};
    std::snprintf(mode.data(), mode.size(), "%04o", status.st_mode & 07777);
    return fail(errc::permission_denied,
                "'" + path + "' has mode " + mode.data() + ", others could reach our sockets; chmod 0700 it");
  }
  return directory;
}

result<unique_fd> make_private(const std::string& path) {
  const bool made = ::mkdir(path.c_str(), 0700) == 0;
  if (!made && errno != EEXIST) return fail_errno("create directory '" + path + "'");
  return open_private(path);
}

result<unique_fd> open_lock_file(int directory, const std::string& shown) {
  unique_fd lock(::openat(directory, lock_name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!lock) return fail_errno("open lock file '" + shown + "/" + lock_name + "'");
  return lock;
}

/// Calls act(name) for each entry but "." and "..".
template <class Act>
void each_entry(int directory, Act act) {
  // A descriptor of its own: a duplicate would share the offset.
  unique_fd own(::openat(directory, ".", directory_flags));
  if (!own) return;
  const std::unique_ptr<DIR, close_directory> open(::fdopendir(own.get()));
  if (!open) return;
  (void)own.release();  // closedir closes it
  while (const dirent* entry = ::readdir(open.get())) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") act(name);
  }
}

/// Best effort: what cannot be removed stays, and is tried again by the next sweep.
void remove_tree(int above, const std::string& name) noexcept {
  if (const unique_fd directory{::openat(above, name.c_str(), directory_flags)}) {
    each_entry(directory.get(), [&](const std::string& entry) {
      if (::unlinkat(directory.get(), entry.c_str(), 0) != 0 && errno == EISDIR)
        remove_tree(directory.get(), entry);
    });
  }
  ::unlinkat(above, name.c_str(), AT_REMOVEDIR);
}

/// Removes the runs whose lock nobody holds. The caller holds the base's lock, so a run without a lock file
/// is not one that is just being made.
void sweep(int base) {
  each_entry(base, [&](const std::string& name) {
    if (name == lock_name) return;
    const unique_fd run(::openat(base, name.c_str(), directory_flags));
    if (!run) return;
    const unique_fd lock(::openat(run.get(), lock_name, O_RDWR | O_NOFOLLOW | O_CLOEXEC));
    if (!lock && errno != ENOENT) return;
    if (lock && !lock_exclusive(lock.get(), name, deadline::after(nanoseconds(0)))) return;
    remove_tree(base, name);
  });
}

std::string base_of_this_user() {
  const char* runtime = std::getenv("XDG_RUNTIME_DIR");
  if (runtime != nullptr && runtime[0] == '/' && open_private(runtime))
    return std::string(runtime) + "/troupe";
  return "/tmp/troupe-" + std::to_string(::geteuid());
}

result<std::string> fresh_name() {
  std::uint32_t random = 0;
  if (::getrandom(&random, sizeof(random), 0) != sizeof(random))
    return fail_errno("getrandom for a directory name");
  std::array<char, 32> name{};
  std::snprintf(name.data(), name.size(), "%d-%08x", static_cast<int>(::getpid()), random);
  return std::string(name.data());
}

}  // namespace

ipc_directory::ipc_directory(std::string path, unique_fd base, unique_fd lock)
    : path_(std::move(path)),
      base_(std::move(base)),
      lock_(std::move(lock)),
      creator_(lock_ ? ::getpid() : 0) {}

ipc_directory::ipc_directory(ipc_directory&& other) noexcept = default;

ipc_directory& ipc_directory::operator=(ipc_directory&& other) noexcept {
  if (this != &other) {
    remove();
    path_ = std::move(other.path_);
    base_ = std::move(other.base_);
    lock_ = std::move(other.lock_);
    creator_ = other.creator_;
  }
  return *this;
}

ipc_directory::~ipc_directory() {
  remove();
}

void ipc_directory::remove() noexcept {
  if (lock_ && creator_ == ::getpid()) remove_tree(base_.get(), path_.substr(path_.rfind('/') + 1));
  lock_.reset();
}

result<ipc_directory> ipc_directory::create() {
  return create_under(base_of_this_user());
}

result<ipc_directory> ipc_directory::create_under(const std::string& base) {
  auto directory = make_private(base);
  if (!directory) return tl::unexpected<error>(directory.error());
  auto base_lock = open_lock_file(directory->get(), base);
  if (!base_lock) return tl::unexpected<error>(base_lock.error());
  if (auto locked = lock_exclusive(base_lock->get(), base + "/" + lock_name, deadline::after(patience));
      !locked) {
    return tl::unexpected<error>(within("another start is in the way", locked.error()));
  }
  sweep(directory->get());

  const auto name = fresh_name();
  if (!name) return tl::unexpected<error>(name.error());
  const std::string path = base + "/" + *name;
  if (::mkdirat(directory->get(), name->c_str(), 0700) != 0)
    return fail_errno("create directory '" + path + "'");
  auto run = open_private(path);
  if (!run) return tl::unexpected<error>(run.error());
  auto lock = open_lock_file(run->get(), path);
  if (!lock) {
    ::unlinkat(directory->get(), name->c_str(), AT_REMOVEDIR);
    return tl::unexpected<error>(lock.error());
  }
  if (auto locked = lock_exclusive(lock->get(), path, deadline::after(nanoseconds(0))); !locked) {
    return tl::unexpected<error>(locked.error());
  }
  return ipc_directory(path, std::move(*directory), std::move(*lock));
}

result<ipc_directory> ipc_directory::join(const std::string& path) {
  if (auto directory = open_private(path); !directory) return tl::unexpected<error>(directory.error());
  return ipc_directory(path, {}, {});
}

result<std::string> ipc_directory::endpoint(std::string_view node) const {
  const std::string name(node);
  if (name.empty() || name == lock_name || name.front() == '.' || name.find('/') != std::string::npos ||
      name.find('\0') != std::string::npos) {
    return fail(errc::invalid_argument, "a node cannot have its socket under the name '" + name + "'");
  }
  const std::string path = path_ + "/" + name;
  if (path.size() > limits::max_socket_path) {
    return fail(errc::too_large,
                "the socket of node '" + name + "' would be '" + path + "', " + std::to_string(path.size()) +
                    " bytes long; a socket's path has at most " + std::to_string(limits::max_socket_path) +
                    ": shorten the node's name or set XDG_RUNTIME_DIR to a shorter path");
  }
  return "ipc://" + path;
}

void remove_endpoint(std::string_view endpoint) noexcept {
  constexpr std::string_view scheme = "ipc://";
  if (endpoint.substr(0, scheme.size()) != scheme) return;
  const std::string path(endpoint.substr(scheme.size()));
  struct stat found {};
  if (::lstat(path.c_str(), &found) == 0 && S_ISSOCK(found.st_mode)) ::unlink(path.c_str());
}

}  // namespace troupe::transport
