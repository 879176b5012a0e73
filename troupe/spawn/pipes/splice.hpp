// spawn/pipes/splice.hpp - moves bytes from one descriptor to another without a copy through this process.
// Threads: every function may be called from any thread.
// Source: splice(2), pipe(7).
#pragma once
#include <troupe/base/error.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace troupe::spawn {

// At least one side should be a pipe or FIFO; the other a pipe, file or socket. Where the kernel cannot
// splice (no pipe among them, a file opened with O_APPEND, a terminal, some file systems) the bytes are read
// and written instead, which costs a copy each way and changes nothing else. Files are read and written at
// their own position. SIGPIPE is never delivered and the process's disposition for it is neither read nor
// changed. Errors of all:
//   broken_pipe       nobody can read what is written to `to`
//   invalid_argument  both are ends of one pipe
//   others            as splice(2), read(2) and write(2) say

/// Moves at most `most` bytes, whatever there is. 0 = end of file (or `most` is 0); nullopt = nothing to move
/// or no room now (a non-blocking side only). Caveat: where it has to read and write instead, it waits for
/// room for what it has read, also on a non-blocking `to`.
[[nodiscard]] result<std::optional<std::size_t>> splice_some(int from, int to, std::size_t most);

/// Moves exactly `count` bytes; waits as long as it takes, also on non-blocking descriptors. Errors besides
/// the above: end_of_file when the stream ends first (the context says after how many bytes).
[[nodiscard]] result<> splice_exact(int from, int to, std::uint64_t count);

/// Moves everything up to the end of file and says how much that was; waits as long as it takes, also on
/// non-blocking descriptors.
[[nodiscard]] result<std::uint64_t> splice_all(int from, int to);

}  // namespace troupe::spawn
