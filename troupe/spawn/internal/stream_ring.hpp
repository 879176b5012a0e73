// spawn/internal/stream_ring.hpp - the bytes between a stream_writer and its stream_reader.
// Threads: one writes, one reads; a mutex is between them.
#pragma once
#include <troupe/base/bytes.hpp>
#include <troupe/base/clock.hpp>
#include <troupe/base/error.hpp>

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <span>

namespace troupe::spawn::internal {

class stream_ring {
 public:
  /// Throws std::bad_alloc.
  explicit stream_ring(std::size_t capacity);

  // A deadline of nullopt does not wait. nullopt = it would have had to, or the deadline passed. Neither is
  // called after its own side was closed.
  [[nodiscard]] result<std::optional<std::size_t>> write(byte_view from, std::optional<deadline> until);
  [[nodiscard]] result<std::optional<std::size_t>> read(std::span<std::byte> into,
                                                        std::optional<deadline> until);
  void close_writer() noexcept;
  void close_reader() noexcept;

 private:
  void put(byte_view from) noexcept;
  void take(std::span<std::byte> into) noexcept;

  std::mutex mutex_;
  std::condition_variable has_room_, has_bytes_;
  std::unique_ptr<std::byte[]> memory_;
  const std::size_t capacity_;
  std::size_t first_ = 0;  // where the oldest byte is
  std::size_t size_ = 0;
  bool writer_closed_ = false, reader_closed_ = false;
};

}  // namespace troupe::spawn::internal
