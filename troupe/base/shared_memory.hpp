// base/shared_memory.hpp - memory that several processes see, passed on by its descriptor.
// Threads: the handle is a value; what stands in the memory is the users' business (use std::atomic).
// Source: memfd_create(2), fcntl(2) F_ADD_SEALS, mmap(2).
#pragma once
#include <troupe/base/error.hpp>
#include <troupe/base/unique_fd.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <utility>

namespace troupe {

/// An anonymous region, mapped for reading and writing, zeroed when made. Its size is sealed: nobody can
/// shrink it under a reader (which would be SIGBUS) or grow it. The mapping ends with the handle; the memory
/// with the last handle and descriptor in any process, however that process ended. Nothing is left in any
/// file system.
class shared_memory {
 public:
  shared_memory() noexcept = default;
  shared_memory(shared_memory&& other) noexcept;
  shared_memory& operator=(shared_memory&& other) noexcept;
  shared_memory(const shared_memory&) = delete;
  shared_memory& operator=(const shared_memory&) = delete;
  ~shared_memory();

  /// `name` is for /proc/PID/maps only (at most 200 bytes); `size` at least 1, rounded up by the kernel to
  /// pages in what it costs, not in size(). The descriptor is close-on-exec. Errors: invalid_argument (size
  /// 0, a long name), exhausted (descriptors, memory), io_failed.
  [[nodiscard]] static result<shared_memory> create(const std::string& name, std::size_t size);

  /// Maps a region that another process created. Errors: invalid_argument when it is smaller than `size`;
  /// wrong_kind when its size is not sealed (not a region of ours); else as create.
  [[nodiscard]] static result<shared_memory> map(unique_fd fd, std::size_t size);

  /// Aligned to a page.
  [[nodiscard]] std::span<std::byte> memory() const noexcept { return memory_; }
  [[nodiscard]] std::size_t size() const noexcept { return memory_.size(); }
  [[nodiscard]] explicit operator bool() const noexcept { return !memory_.empty(); }
  /// For passing on; stays owned by this handle.
  [[nodiscard]] const unique_fd& descriptor() const noexcept { return fd_; }

 private:
  shared_memory(unique_fd fd, std::span<std::byte> memory) noexcept : fd_(std::move(fd)), memory_(memory) {}
  static result<shared_memory> map_sealed(unique_fd fd, std::size_t size);

  unique_fd fd_;
  std::span<std::byte> memory_;
};

}  // namespace troupe
