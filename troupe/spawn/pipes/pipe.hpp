// spawn/pipes/pipe.hpp - anonymous pipes, and reading and writing descriptors without EINTR or SIGPIPE.
// Threads: every function may be called from any thread. Source: pipe(7), read(2), write(2), sigtimedwait(2).
#pragma once
#include <troupe/base/bytes.hpp>
#include <troupe/base/clock.hpp>
#include <troupe/base/error.hpp>
#include <troupe/base/unique_fd.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace troupe::spawn {

/// What a pipe usually holds, in bytes: a good size for one read.
inline constexpr std::size_t pipe_capacity = 64 * 1024;

struct pipe_ends {
  unique_fd read_end;
  unique_fd write_end;
};

/// Both ends are blocking and closed on exec. Errors: exhausted (descriptors).
[[nodiscard]] result<pipe_ends> make_pipe();

/// Makes reads and writes return at once instead of waiting. Caveat: the flag belongs to the open file, so it
/// is shared with every duplicate, the ones in other processes included.
[[nodiscard]] result<> set_nonblocking(int fd);

enum class readiness : std::uint8_t { read, write };

/// Waits until reading or writing would not have to; false when the deadline passed first. A closed or broken
/// other end counts as ready: the next read or write says so.
[[nodiscard]] result<bool> wait_ready(int fd, readiness what, deadline until = deadline::never());

/// One read of at most into.size() bytes. 0 = end of file; nullopt = nothing to read now (non-blocking only).
/// Errors: io_failed and others as errno says.
[[nodiscard]] result<std::optional<std::size_t>> read_some(int fd, std::span<std::byte> into);

/// One write; how many bytes were taken, or nullopt = no room now (non-blocking only).
/// Errors: broken_pipe when every reader is gone. SIGPIPE is never delivered and the process's disposition
/// for it is neither read nor changed.
[[nodiscard]] result<std::optional<std::size_t>> write_some(int fd, byte_view from);

/// Fills `into` entirely; waits as long as it takes, also on a non-blocking descriptor.
/// Errors: end_of_file when the stream ends first (the context says after how many bytes).
[[nodiscard]] result<> read_exact(int fd, std::span<std::byte> into);

/// Writes all of `from`; waits as long as it takes, also on a non-blocking descriptor. Errors: broken_pipe.
[[nodiscard]] result<> write_all(int fd, byte_view from);

}  // namespace troupe::spawn
