// spawn/pipes/unix_socket.hpp - Unix domain sockets: pairs, a listener at a path, connecting to it, who the
// peer is.
// Threads: functions from any thread; a listener's accept() too.
// Source: unix(7), socket(7), bind(2), connect(2). Descriptors go through them by base/fd_passing.hpp; bytes
// by read_exact() and write_all() of pipe.hpp.
#pragma once
#include <troupe/base/clock.hpp>
#include <troupe/base/error.hpp>
#include <troupe/base/unique_fd.hpp>

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

namespace troupe::spawn {

/// stream: bytes without borders; seqpacket: messages, each received whole by one read that is large enough.
enum class socket_kind : std::uint8_t { stream, seqpacket };

struct socket_pair {
  unique_fd one, other;
};

/// Two connected sockets, blocking, closed on exec. Errors: exhausted (descriptors).
[[nodiscard]] result<socket_pair> make_socket_pair(socket_kind kind = socket_kind::stream);

/// The longest path of a socket, in bytes.
inline constexpr std::size_t max_socket_path = 107;

struct listen_options {
  socket_kind kind = socket_kind::stream;
  int backlog = 64;    // connections that wait for accept(); further ones wait in connect_unix()
  mode_t mode = 0600;  // who may connect: write permission; the umask takes from it, at no time is it more
};

/// A socket that others find at a path. Move-only.
/// Caveat: destroying it removes the path, if its own socket is still there. After a crash the path stays and
/// refuses the next listener until somebody removes it.
class unix_listener {
 public:
  /// Errors:
  ///   already_exists     something is at the path; the context says if it is a socket that nobody listens on, or
  ///                      no socket at all. To find out it connects to it, and hangs up.
  ///   too_large          the path is longer than max_socket_path
  ///   invalid_argument   the path is empty or has a NUL inside: abstract names have no mode, so they are not for us
  ///   not_found, permission_denied, exhausted
  [[nodiscard]] static result<unix_listener> bind(const std::string& path, listen_options options = {});

  unix_listener(unix_listener&&) noexcept = default;
  unix_listener& operator=(unix_listener&& other) noexcept;
  ~unix_listener();

  /// The next connection, blocking, closed on exec. Errors: timed_out, exhausted (descriptors; the connection
  /// goes on waiting).
  [[nodiscard]] result<unique_fd> accept(deadline until = deadline::never());

  /// Readable when a connection waits; non-blocking.
  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  unix_listener(unique_fd fd, std::string path) noexcept;
  void remove_path() noexcept;

  unique_fd fd_;
  std::string path_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

/// Connects to a listener; blocking, closed on exec. Waits while its backlog is full. Errors:
///   refused            nobody listens at the path
///   wrong_kind         no socket is there, or one of the other kind
///   timed_out          the backlog was full all the time
///   not_found, permission_denied, too_large, invalid_argument, exhausted
[[nodiscard]] result<unique_fd> connect_unix(const std::string& path, deadline until = deadline::never(),
                                             socket_kind kind = socket_kind::stream);

/// As they were when the connection was made: at connect() and listen(), or of whoever made the pair.
struct peer_identity {
  pid_t pid = 0;  // 0 when it is of a pid namespace that we do not see
  uid_t uid = 0;
  gid_t gid = 0;
  friend bool operator==(const peer_identity&, const peer_identity&) = default;
};

/// Who is at the other end. Errors: unsupported (not connected, or no Unix domain socket), io_failed (no
/// socket). Caveat: the pid may belong to somebody else by now, and a descriptor may have been passed on.
[[nodiscard]] result<peer_identity> peer_credentials(int fd);

}  // namespace troupe::spawn
