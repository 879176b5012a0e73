// spawn/pipes/byte_stream.hpp - pipes between two tasks of one process, without descriptors.
// Threads: each end belongs to one thread at a time; the two ends of a stream may be on different ones.
#pragma once
#include <troupe/base/bytes.hpp>
#include <troupe/base/clock.hpp>
#include <troupe/base/error.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <span>

namespace troupe::spawn {

namespace internal {
class stream_ring;
}

/// Puts bytes into a stream. Move-only.
/// Caveat: destroying it is close(): the reader finds the end of file behind what was written. One that was
/// moved from behaves as closed.
class stream_writer {
 public:
  /// Made by make_stream() and make_duplex().
  explicit stream_writer(std::shared_ptr<internal::stream_ring> ring) noexcept;
  stream_writer(stream_writer&&) noexcept = default;
  stream_writer& operator=(stream_writer&& other) noexcept;
  ~stream_writer();

  // Errors of all: broken_pipe when the reader is gone, at once also to a writer that is waiting; closed
  // after our own close().

  /// Waits for room for all of it. Once the deadline has passed it neither waits nor goes on; what fits at
  /// once is written even then. Errors: timed_out (the context says how many bytes were written).
  [[nodiscard]] result<> write_all(byte_view from, deadline until = deadline::never());
  /// Waits for room for one byte at least and writes what fits; how many bytes that was. Errors: timed_out.
  [[nodiscard]] result<std::size_t> write_some(byte_view from, deadline until = deadline::never());
  /// Writes what fits now; nullopt = no room.
  [[nodiscard]] result<std::optional<std::size_t>> try_write(byte_view from);
  /// The end of the stream for the reader. May be called again.
  void close() noexcept;

 private:
  std::shared_ptr<internal::stream_ring> ring_;
};

/// Takes bytes out of a stream. Move-only.
/// Caveat: destroying it is close(): what it has not read is lost and the writer's writes are broken_pipe.
/// One that was moved from behaves as closed.
class stream_reader {
 public:
  /// Made by make_stream() and make_duplex().
  explicit stream_reader(std::shared_ptr<internal::stream_ring> ring) noexcept;
  stream_reader(stream_reader&&) noexcept = default;
  stream_reader& operator=(stream_reader&& other) noexcept;
  ~stream_reader();

  // Error of all: closed after our own close().

  /// Waits for one byte at least and reads what is there; 0 = end of file (or `into` is empty).
  /// Errors: timed_out.
  [[nodiscard]] result<std::size_t> read_some(std::span<std::byte> into, deadline until = deadline::never());
  /// Fills `into` entirely. Once the deadline has passed it neither waits nor goes on; what is there at once
  /// is read even then. Errors, whose context says how many bytes came: end_of_file, timed_out. Those bytes
  /// are in `into` and no longer in the stream.
  [[nodiscard]] result<> read_exact(std::span<std::byte> into, deadline until = deadline::never());
  /// Reads what is there now; nullopt = nothing yet, 0 = end of file (or `into` is empty).
  [[nodiscard]] result<std::optional<std::size_t>> try_read(std::span<std::byte> into);
  /// Gives the memory back and breaks the pipe for the writer. May be called again.
  void close() noexcept;

 private:
  std::shared_ptr<internal::stream_ring> ring_;
};

struct stream_ends {
  stream_writer write_end;
  stream_reader read_end;
};

/// A stream in one direction that holds up to `capacity` bytes; their memory is taken at once.
/// Errors: invalid_argument (capacity 0), exhausted (memory).
[[nodiscard]] result<stream_ends> make_stream(std::size_t capacity);

/// One end of a stream in both directions. The directions are independent: in.close() or out.close() closes
/// one, and each may be moved to a thread of its own.
struct duplex_end {
  stream_reader in;
  stream_writer out;
};

struct duplex_ends {
  duplex_end one, other;
};

/// Two streams, crosswise, each of `capacity` bytes. Errors: as make_stream().
[[nodiscard]] result<duplex_ends> make_duplex(std::size_t capacity);

}  // namespace troupe::spawn
