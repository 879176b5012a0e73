// spawn/pipes/pipe.hpp - anonymous pipes, and reading and writing descriptors without EINTR or SIGPIPE.
// Threads: every function may be called from any thread.
// Source: pipe(7), read(2), write(2), pwritev2(2), F_SETPIPE_SZ in fcntl(2).
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

/// Both ends are blocking and closed on exec. It holds pipe_capacity bytes, or at least `size` where one is
/// given. Errors: exhausted (descriptors); with a size those of set_pipe_size().
[[nodiscard]] result<pipe_ends> make_pipe(std::optional<std::size_t> size = std::nullopt);

/// Lets a pipe or FIFO hold at least `size` bytes and returns how many the kernel gave: it rounds up to a
/// power of two and to a page. `fd` is either end. Errors:
///   permission_denied  over /proc/sys/fs/pipe-max-size, or the user's pipes hold too many pages
///   too_large          over 1 GiB
///   busy               the pipe holds more than that now
///   io_failed          no pipe (EBADF)
[[nodiscard]] result<std::size_t> set_pipe_size(int fd, std::size_t size);

/// How many bytes a pipe or FIFO can hold. Errors: io_failed (EBADF): no pipe.
[[nodiscard]] result<std::size_t> pipe_size(int fd);

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

/// Fills `into` entirely, on a blocking or a non-blocking descriptor. Once the deadline has passed it neither
/// waits nor goes on; what is there at once is taken even then. Errors:
///   end_of_file  the stream ends first; the context says after how many bytes
///   timed_out    the context says how many bytes had come; they are in `into` and no longer in the stream
/// Caveat: with several readers of one descriptor another may take what we were woken for, and a blocking
/// descriptor then waits past the deadline.
[[nodiscard]] result<> read_exact(int fd, std::span<std::byte> into, deadline until = deadline::never());

/// Writes all of `from`, on a blocking or a non-blocking descriptor. Once the deadline has passed it neither
/// waits nor goes on; what fits at once is written even then. Errors:
///   broken_pipe  every reader is gone
///   timed_out    the context says how many bytes were written
/// With a deadline no single write waits, also on a blocking descriptor: RWF_NOWAIT where the kernel has it
/// (pipes and sockets since Linux 6.5), else pieces of PIPE_BUF bytes, each after poll(2) saw room for one.
/// Caveat of the pieces, and so of FIFOs on every kernel: they cost a third of the throughput, and with
/// several writers another may take the room we saw, which then is waited for past the deadline.
[[nodiscard]] result<> write_all(int fd, byte_view from, deadline until = deadline::never());

}  // namespace troupe::spawn
