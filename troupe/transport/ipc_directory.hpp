// transport/ipc_directory.hpp - the private directory in which the nodes of one run have their sockets.
// Threads: a value; const functions from any thread.
// Source: unix(7), flock(2), openat(2), open(2) O_NOFOLLOW.
#pragma once
#include <troupe/base/error.hpp>
#include <troupe/base/unique_fd.hpp>

#include <sys/types.h>

#include <string>
#include <string_view>

namespace troupe::transport {

/// A directory <base>/<run>, mode 0700, ours. The director creates it and holds its lock file for its
/// lifetime; workers join it. Because a lock dies with its holder, the next create() removes what a killed
/// run left, and never what a living one uses. Caveat: the creator's destructor removes the directory and
/// everything in it; end the posts that live there first.
class ipc_directory {
 public:
  /// Under $XDG_RUNTIME_DIR/troupe when that variable names a directory of ours, else under
  /// /tmp/troupe-<uid>. Errors: permission_denied (foreign owner, or open to others), wrong_kind (a symlink
  /// or a file in the way), busy (another start holds <base>/lock for more than 5 s), or what the system said
  /// (a full or read-only disk).
  [[nodiscard]] static result<ipc_directory> create();
  /// The same below a base directory of the caller's choice, made with mode 0700 if missing (its parent must
  /// exist).
  [[nodiscard]] static result<ipc_directory> create_under(const std::string& base);
  /// Enters a directory that another process created: checks owner and mode, owns nothing.
  /// Errors: not_found, permission_denied, wrong_kind.
  [[nodiscard]] static result<ipc_directory> join(const std::string& path);

  ipc_directory(ipc_directory&& other) noexcept;
  ipc_directory& operator=(ipc_directory&& other) noexcept;
  ~ipc_directory();

  /// Absolute; what a worker passes to join().
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  /// "ipc://<path>/<node>". Errors: invalid_argument (empty, "lock", a slash, a dot in front), too_large
  /// (over limits::max_socket_path).
  [[nodiscard]] result<std::string> endpoint(std::string_view node) const;

 private:
  ipc_directory(std::string path, unique_fd base, unique_fd lock);
  void remove() noexcept;

  std::string path_;
  unique_fd base_;     // the directory above; none when joined
  unique_fd lock_;     // held while this lives; none when joined
  pid_t creator_ = 0;  // a forked copy of the creator must not remove anything
};

/// Removes the socket of a node that is known to be dead. Anything but a socket is left alone; no error when
/// it is gone.
void remove_endpoint(std::string_view endpoint) noexcept;

}  // namespace troupe::transport
