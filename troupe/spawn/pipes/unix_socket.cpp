#include <troupe/spawn/internal/descriptor_text.hpp>
#include <troupe/spawn/internal/path_text.hpp>
#include <troupe/spawn/pipes/pipe.hpp>
#include <troupe/spawn/pipes/unix_socket.hpp>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace troupe::spawn {

using internal::on_path;

namespace {

static_assert(max_socket_path + 1 == sizeof(sockaddr_un::sun_path));

int type_of(socket_kind kind) {
  return SOCK_CLOEXEC | (kind == socket_kind::stream ? SOCK_STREAM : SOCK_SEQPACKET);
}

result<sockaddr_un> address_of(const char* what, const std::string& path) {
  if (auto sound = internal::check_path(what, path); !sound) return tl::unexpected(std::move(sound.error()));
  if (path.size() > max_socket_path)
    return fail(errc::too_large, on_path(what, path) + ": the path has " + std::to_string(path.size()) +
                                     " bytes, the limit is " + std::to_string(max_socket_path));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

int connect_to(int fd, const sockaddr_un& address) {
  return ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ? 0 : errno;
}

/// What is at a path that bind(2) found taken.
std::string who_has(const std::string& path, const sockaddr_un& address) {
  struct stat found {};
  if (::lstat(path.c_str(), &found) == 0 && !S_ISSOCK(found.st_mode)) return "what is there is no socket";
  const unique_fd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (probe && connect_to(probe.get(), address) == ECONNREFUSED)
    return "nobody listens on it: a stale socket; remove it";
  return "a socket is there already";
}

/// Lets connect(2) wait for room in the backlog until then: poll(2) does not tell when there is some.
bool set_patience(int fd, deadline until) {
  timeval patience{};  // 0 = for ever
  if (!until.is_never()) {
    const auto us = std::max<std::int64_t>(1, until.left().count() / 1000);
    patience = {us / 1'000'000, us % 1'000'000};
  }
  return ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) == 0;
}

/// The errno of connect(2), EAGAIN when the deadline has passed.
int connect_until(int fd, const sockaddr_un& address, deadline until) {
  for (;;) {
    if (!set_patience(fd, until)) return errno;
    const int why = connect_to(fd, address);
    if (why != EINTR && why != EAGAIN) return why;
    // Also after EINTR: the patience is rounded up to a tick, and signals that come faster would end no wait
    // ever.
    if (until.passed()) return EAGAIN;
  }
}

}  // namespace

result<socket_pair> make_socket_pair(socket_kind kind) {
  int ends[2];
  if (::socketpair(AF_UNIX, type_of(kind), 0, ends) != 0) return fail_errno("make a socket pair");
  return socket_pair{unique_fd(ends[0]), unique_fd(ends[1])};
}

unix_listener::unix_listener(unique_fd fd, std::string path) noexcept
    : fd_(std::move(fd)), path_(std::move(path)) {}

result<unix_listener> unix_listener::bind(const std::string& path, listen_options options) {
  const char* const what = "listen at";
  const auto address = address_of(what, path);
  if (!address) return tl::unexpected(address.error());
  unique_fd fd(::socket(AF_UNIX, type_of(options.kind) | SOCK_NONBLOCK, 0));
  if (!fd) return fail_errno(on_path(what, path));
  // bind() gives the path the mode that the socket itself has, so nobody sees it with more.
  if (::fchmod(fd.get(), options.mode) != 0) return fail_errno(on_path(what, path));
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0) {
    if (errno != EADDRINUSE) return fail_errno(on_path(what, path));
    return fail(errc::already_exists, on_path(what, path) + ": " + who_has(path, *address), EADDRINUSE);
  }
  unix_listener made(std::move(fd), path);
  struct stat own {};
  if (::lstat(path.c_str(), &own) != 0) return fail_errno(on_path(what, path));
  made.device_ = own.st_dev;
  made.inode_ = own.st_ino;
  if (::listen(made.fd(), options.backlog) != 0) return fail_errno(on_path(what, path));
  return made;
}

unix_listener& unix_listener::operator=(unix_listener&& other) noexcept {
  if (this == &other) return *this;
  remove_path();
  fd_ = std::move(other.fd_);
  path_ = std::move(other.path_);
  device_ = other.device_;
  inode_ = other.inode_;
  return *this;
}

unix_listener::~unix_listener() {
  remove_path();
}

/// While our socket is open its inode is not given to another file, so the number tells.
void unix_listener::remove_path() noexcept {
  struct stat found {};
  if (!fd_ || ::lstat(path_.c_str(), &found) != 0) return;
  if (found.st_dev == device_ && found.st_ino == inode_) ::unlink(path_.c_str());
}

result<unique_fd> unix_listener::accept(deadline until) {
  for (;;) {
    unique_fd connection(::accept4(fd(), nullptr, nullptr, SOCK_CLOEXEC));
    if (connection) return connection;
    if (errno == EINTR || errno == ECONNABORTED) continue;
    if (errno != EAGAIN) return fail_errno(on_path("accept at", path_));
    const auto ready = wait_ready(fd(), readiness::read, until);
    if (!ready) return tl::unexpected(within(on_path("accept at", path_), ready.error()));
    if (!*ready) return fail(errc::timed_out, on_path("accept at", path_) + ": nobody connected");
  }
}

result<unique_fd> connect_unix(const std::string& path, deadline until, socket_kind kind) {
  const char* const what = "connect to";
  const auto address = address_of(what, path);
  if (!address) return tl::unexpected(address.error());
  unique_fd fd(::socket(AF_UNIX, type_of(kind), 0));
  if (!fd) return fail_errno(on_path(what, path));
  const int why = connect_until(fd.get(), *address, until);
  if (why == EAGAIN)
    return fail(errc::timed_out, on_path(what, path) + ": its backlog was full all the time");
  if (why == EPROTOTYPE)
    return fail(errc::wrong_kind, on_path(what, path) + ": a socket of another kind", EPROTOTYPE);
  struct stat found {};
  if (why == ECONNREFUSED && ::stat(path.c_str(), &found) == 0 && !S_ISSOCK(found.st_mode))
    return fail(errc::wrong_kind, on_path(what, path) + ": what is there is no socket");
  if (why != 0) return fail_errno(on_path(what, path), why);
  if (!set_patience(fd.get(), deadline::never())) return fail_errno(on_path(what, path));
  return fd;
}

result<peer_identity> peer_credentials(int fd) {
  ucred found{};
  socklen_t size = sizeof found;
  const std::string context = internal::on_descriptor("ask for the peer of", fd);
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &found, &size) != 0) return fail_errno(context);
  if (found.uid == static_cast<uid_t>(-1)) return fail(errc::unsupported, context + ": nobody is connected");
  return peer_identity{found.pid, found.uid, found.gid};
}

}  // namespace troupe::spawn
