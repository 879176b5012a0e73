// sync/named_memory.hpp - memory that processes find by a name, and that goes with the last of them.
// Threads: the handle is a value; what stands in the memory is the users' business.
// Source: shm_open(3), fcntl(2) F_OFD_SETLK, posix_fallocate(3). Without a name: base/shared_memory.hpp.
#pragma once
#include <troupe/base/clock.hpp>
#include <troupe/base/error.hpp>
#include <troupe/base/unique_fd.hpp>

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

namespace troupe::sync {

struct named_memory_options {
  std::size_t size = 0;                                       // bytes of memory(), at least 1
  std::uint32_t version = 1;                                  // of what the users keep there
  deadline until = deadline::after(std::chrono::seconds(5));  // for others that open or leave it just now
};

/// The object /dev/shm/troupe.NAME, of mode 0600, open in this process. All who open a name at once get one
/// object. Each user holds a lock on it that ends with its process, so an object without users is known to be
/// left over from a dead run.
///
/// Who removes it: the last handle that is destroyed. If the last users were all killed, the next open() of the
/// name (it begins anew), or remove_unused(). A child of fork() shares its parent's lock: it keeps the object
/// from being taken for a left-over, but never removes it.
class named_memory {
 public:
  named_memory(named_memory&& other) noexcept;
  named_memory& operator=(named_memory&& other) noexcept;
  ~named_memory();

  /// `begin` fills the memory of a new object, which is zeroed, before anybody else sees it. If it cannot be
  /// finished (the process dies) the next to open begins anew. Errors:
  ///   invalid_argument   an empty name, one with '/' or NUL, size 0
  ///   too_large          a name of more than 200 bytes
  ///   permission_denied  it belongs to another user, or others may read or write it
  ///   type_mismatch      it is in use with another size, or it is none of ours
  ///   version_mismatch   it is in use with another version
  ///   exhausted          no room in /dev/shm (all of it is taken here, so no later write can be SIGBUS)
  ///   timed_out, io_failed
  [[nodiscard]] static result<named_memory> open(const std::string& name, const named_memory_options& options,
                                                 const std::function<void(std::span<std::byte>)>& begin);

  /// Removes the object of `name` if nobody uses it; true when it did. Errors: busy (it is in use, or being
  /// opened), else as open.
  [[nodiscard]] static result<bool> remove_unused(const std::string& name);

  /// Aligned to 64 bytes.
  [[nodiscard]] std::span<std::byte> memory() const noexcept;

 private:
  named_memory(std::string name, unique_fd fd, std::span<std::byte> all) noexcept;
  void leave() noexcept;

  std::string name_;  // as shm_open has it
  unique_fd fd_;      // holds the lock of a user
  std::span<std::byte> all_;
  pid_t opened_by_ = 0;
};

}  // namespace troupe::sync
