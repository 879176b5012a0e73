// sync/file_lock.hpp - a lock on a file, or a part of it, between processes and threads.
// Threads: any; a guard may be dropped by any thread.
// Source: fcntl(2), open file description locks. Advisory: they stop only who asks for them.
#pragma once
#include <troupe/base/clock.hpp>
#include <troupe/base/error.hpp>
#include <troupe/base/unique_fd.hpp>

#include <cstdint>
#include <string>
#include <utility>

namespace troupe::sync {

/// Where a lock lies. Bytes past the end of the file may be locked.
struct byte_range {
  std::uint64_t start = 0;
  std::uint64_t length = 0;  // 0: to the end, wherever that will be
};

/// A hold that ends with the guard, or with the process, however that ends. There is no poison: whether the file is
/// half-written, its format must tell. Move-only; does not need its file_lock any more.
class [[nodiscard]] file_guard {
 public:
  file_guard(file_guard&& other) noexcept = default;
  file_guard& operator=(file_guard&& other) noexcept = default;
  ~file_guard() = default;
  [[nodiscard]] bool holds() const noexcept { return static_cast<bool>(fd_); }
  void unlock() noexcept { fd_.reset(); }

 private:
  friend class file_lock;
  explicit file_guard(unique_fd fd) noexcept : fd_(std::move(fd)) {}
  unique_fd
      fd_;  // a description of its own: guards exclude each other within a process, and closing one gives
            // back its lock alone (a POSIX record lock would be lost with any close of the file)
};

/// A file to be locked: readers share, a writer is alone. Each guard opens the file by its path again, so a
/// file that was replaced by a rename is another lock. Descriptors are closed on exec; a child of fork() shares its
/// parent's guards and keeps the lock until it has closed them, too.
class file_lock {
 public:
  /// Made with mode 0600 when it does not exist; never removed: who removes a lock file while another waits for
  /// it gives both of them a lock. Errors: not_found (its folder), permission_denied, wrong_kind (a directory),
  /// exhausted, io_failed.
  [[nodiscard]] static result<file_lock> open(std::string path);

  /// Block until they hold it. Errors: those of open; invalid_argument (a range past 2^63); unsupported, io_failed
  /// (the file system has no locks).
  [[nodiscard]] result<file_guard> lock(byte_range range = {}) const {
    return lock_until(deadline::never(), range);
  }
  [[nodiscard]] result<file_guard> lock_shared(byte_range range = {}) const {
    return lock_shared_until(deadline::never(), range);
  }
  /// Do not block; busy.
  [[nodiscard]] result<file_guard> try_lock(byte_range range = {}) const;
  [[nodiscard]] result<file_guard> try_lock_shared(byte_range range = {}) const;
  /// timed_out. The kernel's wait has no deadline: these look again every millisecond, and are not in line with
  /// those that wait for ever.
  [[nodiscard]] result<file_guard> lock_until(deadline until, byte_range range = {}) const;
  [[nodiscard]] result<file_guard> lock_shared_until(deadline until, byte_range range = {}) const;

  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  enum class wish : std::uint8_t { shared, exclusive };
  enum class patience : std::uint8_t { none, some };
  explicit file_lock(std::string path) noexcept : path_(std::move(path)) {}
  [[nodiscard]] result<file_guard> take(wish as, patience how, deadline until, byte_range range) const;

  std::string path_;
};

}  // namespace troupe::sync
