// spawn/pipes/fifo.hpp - named pipes: made, found, removed, and opened without waiting for ever.
// Threads: every function may be called from any thread.
// Source: fifo(7), mkfifo(3), open(2), poll(2), tee(2).
#pragma once
#include <troupe/base/clock.hpp>
#include <troupe/base/error.hpp>
#include <troupe/base/unique_fd.hpp>

#include <sys/types.h>

#include <cstdint>
#include <string>

namespace troupe::spawn {

// A path means what is there itself: a symbolic link at its end is not followed, so it is no FIFO, even if it
// leads to one. Errors of all: invalid_argument (an empty path, a NUL inside), not_found, permission_denied,
// and what else stat(2) says.

/// `mode` is what the umask lets through of it. Errors: already_exists (the context says whether it is a
/// FIFO).
[[nodiscard]] result<> make_fifo(const std::string& path, mode_t mode = 0600);

/// Errors: not_found when nothing is there.
[[nodiscard]] result<bool> is_fifo(const std::string& path);

/// Removes a FIFO and nothing else; whoever has it open keeps it. Errors: wrong_kind when it is no FIFO.
/// Caveat: there is no system call that looks and unlinks in one: who may write to the directory can put
/// something else there in between.
[[nodiscard]] result<> remove_fifo(const std::string& path);

/// Whether open_fifo_reader() waits for a writer.
enum class fifo_wait : std::uint8_t { for_peer, no };

/// Opens for reading; blocking, closed on exec. A writer that is blocked in open(2) goes on at once.
///   for_peer  returns once a writer has it open, has written, or has come and gone: from then on end of file
///             means that the writers have gone. (Before the first writer a read says end of file too.)
///   no        returns at once, for one thread that opens both ends: the reader first, without waiting, then the
///             writer. Until the first writer has come a read says end of file.
/// Errors: wrong_kind (no FIFO), timed_out (no writer came).
[[nodiscard]] result<unique_fd> open_fifo_reader(const std::string& path, deadline until = deadline::never(),
                                                 fifo_wait wait = fifo_wait::for_peer);

/// Opens for writing once a reader has it open, or waits in open(2) for a writer; blocking, closed on exec.
/// Errors: wrong_kind (no FIFO), timed_out (no reader came).
[[nodiscard]] result<unique_fd> open_fifo_writer(const std::string& path, deadline until = deadline::never());

}  // namespace troupe::spawn
