#include <troupe/runtime/members/sink_file.hpp>
#include <troupe/runtime/programs/argv_template.hpp>
#include <troupe/spawn/pipes/pipe.hpp>
#include <troupe/spawn/pipes/unix_socket.hpp>

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <utility>

namespace troupe::runtime {
namespace {

constexpr int look_up_ms = 100;
constexpr int ask_again_ms = 10;
constexpr milliseconds patience_with_listener{5000};
constexpr milliseconds patience_with_end{1000};

}  // namespace

std::string shown(const sink_plan& of) {
  switch (of.kind) {
    case config::sink::kind_of::command:
      return "program " + quoted(of.command);
    case config::sink::kind_of::fifo:
      return "FIFO '" + of.path + "'";
    case config::sink::kind_of::unix_socket:
      return "socket '" + of.path + "'";
    case config::sink::kind_of::file:
      break;
  }
  return of.path == "-" ? "standard output" : "'" + of.path + "'";
}

result<sink_file> sink_file::open(const sink_plan& to, const std::atomic<bool>& abandoned,
                                  spawn::spawner* programs, const logger& log) {
  switch (to.kind) {
    case config::sink::kind_of::command:
      if (programs == nullptr) return fail(errc::unsupported, "start " + shown(to) + " without a spawner");
      return start(to, abandoned, *programs, log);
    case config::sink::kind_of::fifo: {
      sink_file made({}, false, abandoned);
      made.fifo_ = to.path;
      return made;
    }
    case config::sink::kind_of::unix_socket: {
      auto joined = spawn::connect_unix(to.path, deadline::after(patience_with_listener));
      if (!joined) return tl::unexpected(within("write to " + shown(to), joined.error()));
      return sink_file(std::move(*joined), false, abandoned);
    }
    case config::sink::kind_of::file:
      break;
  }
  return open_file(to, abandoned);
}

result<sink_file> sink_file::start(const sink_plan& to, const std::atomic<bool>& abandoned,
                                   spawn::spawner& programs, const logger& log) {
  auto started = piped_program::start(programs, to.command, to.success, joined_by::its_stdin, log);
  if (!started) return tl::unexpected(within("start " + shown(to), started.error()));
  sink_file made(started->take_stream(), false, abandoned);
  made.program_ = std::make_unique<piped_program>(std::move(*started));
  return made;
}

result<sink_file> sink_file::open_file(const sink_plan& to, const std::atomic<bool>& abandoned) {
  unique_fd file;
  if (to.path == "-") {
    file.reset(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3));
    if (!file) return fail_errno("write to standard output");
  } else {
    // Of a FIFO without a reader open() would wait, deaf to Ctrl-C.
    file.reset(::open(to.path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0666));
    if (!file && errno == ENXIO)
      return fail_errno("write to FIFO '" + to.path + "', which nobody reads (start its reader first)");
    if (!file)
      return fail_errno("create the output '" + to.path + "' (its folder must be there, and may be written)");
  }
  struct stat kind {};
  const bool is_regular = ::fstat(file.get(), &kind) == 0 && S_ISREG(kind.st_mode);
  if (is_regular && to.path != "-") {
    // A file system without locks refuses in other words; there we write as any program would.
    if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
      return fail(errc::busy, "lock '" + to.path + "', so that no other run writes it too");
    if (::ftruncate(file.get(), 0) != 0) return fail_errno("empty '" + to.path + "'");
  }
  return sink_file(std::move(file), is_regular, abandoned);
}

/// Nothing tells that somebody has opened a FIFO for reading: one has to ask.
result<> sink_file::wait_for_reader() {
  while (!abandoned_->load(std::memory_order_relaxed)) {
    file_.reset(::open(fifo_.c_str(), O_WRONLY | O_CLOEXEC | O_NONBLOCK));
    if (file_) return {};
    if (errno != ENXIO && errno != EINTR) return fail_errno({});
    ::poll(nullptr, 0, ask_again_ms);
  }
  return fail(errc::cancelled, "the run was abandoned");
}

/// Of a program that reads no more, how it ended; it may be ending now.
error sink_file::broken(error why) const {
  if (why.os_errno == ECONNRESET)
    why.code = errc::broken_pipe;  // of a socket that was closed before it read all
  const auto until = deadline::after(patience_with_end);
  if (program_ && why.code == errc::broken_pipe && program_->wait_for_end(until))
    return {why.code, program_->how_it_ended(), 0};
  return {why.code, {}, why.os_errno};
}

result<> sink_file::write(byte_view text) {
  if (!text.empty() && !file_ && !fifo_.empty())
    if (auto came = wait_for_reader(); !came) return came;
  while (!text.empty()) {
    if (abandoned_->load(std::memory_order_relaxed)) return fail(errc::cancelled, "the run was abandoned");
    auto piece = text;
    if (!is_regular_) {
      // A writable pipe takes PIPE_BUF bytes without waiting, so only poll() waits, and that not for long.
      pollfd watched{file_.get(), POLLOUT, 0};
      const int ready = ::poll(&watched, 1, look_up_ms);
      if (ready < 0 && errno != EINTR) return fail_errno("wait for the reader");
      if (ready <= 0) continue;
      piece = piece.first(std::min<std::size_t>(piece.size(), PIPE_BUF));
    }
    const auto written = spawn::write_some(file_.get(), piece);
    if (!written) return tl::unexpected(broken(written.error()));
    if (*written) text = text.subspan(**written);
  }
  return {};
}

result<> sink_file::close() {
  if (!file_ && !fifo_.empty())
    if (auto came = wait_for_reader(); !came) return came;
  if (::close(file_.release()) != 0 && errno != EINTR) return fail_errno("close");
  if (!program_) return {};
  while (!program_->wait_for_end(deadline::after(milliseconds(look_up_ms))))
    if (abandoned_->load(std::memory_order_relaxed)) return fail(errc::cancelled, "the run was abandoned");
  return program_->verdict();
}

}  // namespace troupe::runtime
