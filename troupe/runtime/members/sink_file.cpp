#include <troupe/runtime/members/sink_file.hpp>
#include <troupe/spawn/pipes/pipe.hpp>

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

}  // namespace

result<sink_file> sink_file::open(const sink_plan& to, const std::atomic<bool>& abandoned) {
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

result<> sink_file::write(byte_view text) {
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
    if (!written) return tl::unexpected(error{written.error().code, {}, written.error().os_errno});
    if (*written) text = text.subspan(**written);
  }
  return {};
}

result<> sink_file::close() {
  if (::close(file_.release()) != 0 && errno != EINTR) return fail_errno("close");
  return {};
}

}  // namespace troupe::runtime
