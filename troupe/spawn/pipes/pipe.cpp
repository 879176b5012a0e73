#include <troupe/spawn/pipes/pipe.hpp>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <ctime>
#include <string>

namespace troupe::spawn {
namespace {

/// A write to a pipe without readers raises SIGPIPE in the writing thread. It is kept blocked there while we
/// write and taken back if we caused it; one that was pending before is left for whoever waits for it. That
/// touches the calling thread's mask only: the disposition belongs to the whole process and so to the host.
class sigpipe_guard {
 public:
  sigpipe_guard() noexcept {
    sigemptyset(&sigpipe_);
    sigaddset(&sigpipe_, SIGPIPE);
    sigset_t before;
    pthread_sigmask(SIG_BLOCK, &sigpipe_, &before);
    was_blocked_ = sigismember(&before, SIGPIPE) == 1;
    if (!was_blocked_) return;  // then none can be pending either: it would have been delivered
    sigset_t pending;
    sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
  }
  ~sigpipe_guard() {
    if (!was_blocked_) pthread_sigmask(SIG_UNBLOCK, &sigpipe_, nullptr);
  }
  sigpipe_guard(const sigpipe_guard&) = delete;
  sigpipe_guard& operator=(const sigpipe_guard&) = delete;

  /// After EPIPE. Finds nothing when the host ignores SIGPIPE, which is fine.
  void take_back() const noexcept {
    if (was_pending_) return;
    const timespec no_wait{};
    while (sigtimedwait(&sigpipe_, nullptr, &no_wait) < 0 && errno == EINTR) continue;
  }

 private:
  sigset_t sigpipe_;
  bool was_blocked_ = false;
  bool was_pending_ = false;
};

std::string on_descriptor(const char* what, int fd) {
  return std::string(what) + " descriptor " + std::to_string(fd);
}

bool would_block(int os_errno) {
  return os_errno == EAGAIN || os_errno == EWOULDBLOCK;
}

}  // namespace

result<pipe_ends> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail_errno("make a pipe");
  return pipe_ends{unique_fd(ends[0]), unique_fd(ends[1])};
}

result<> set_nonblocking(int fd) {
  const int flags = ::fcntl(fd, F_GETFL);
  if (flags < 0 || ::fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0)
    return fail_errno(on_descriptor("make non-blocking", fd));
  return {};
}

result<bool> wait_ready(int fd, readiness what, deadline until) {
  pollfd one{fd, static_cast<short>(what == readiness::read ? POLLIN : POLLOUT), 0};
  for (;;) {
    const int ready = ::poll(&one, 1, until.poll_ms());
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return fail_errno(on_descriptor("poll", fd));
    if (until.passed()) return false;
  }
}

result<std::optional<std::size_t>> read_some(int fd, std::span<std::byte> into) {
  for (;;) {
    const ssize_t got = ::read(fd, into.data(), into.size());
    if (got >= 0) return static_cast<std::size_t>(got);
    if (would_block(errno)) return std::nullopt;
    if (errno != EINTR) return fail_errno(on_descriptor("read", fd));
  }
}

result<std::optional<std::size_t>> write_some(int fd, byte_view from) {
  const sigpipe_guard guard;
  for (;;) {
    const ssize_t taken = ::write(fd, from.data(), from.size());
    if (taken >= 0) return static_cast<std::size_t>(taken);
    if (would_block(errno)) return std::nullopt;
    if (errno == EINTR) continue;
    const int why = errno;
    if (why == EPIPE) guard.take_back();
    return fail_errno(on_descriptor("write", fd), why);
  }
}

result<> read_exact(int fd, std::span<std::byte> into) {
  std::size_t done = 0;
  while (done < into.size()) {
    const auto got = read_some(fd, into.subspan(done));
    if (!got) return tl::unexpected(got.error());
    if (!*got) {
      if (auto ready = wait_ready(fd, readiness::read); !ready) return tl::unexpected(ready.error());
    } else if (**got == 0) {
      return fail(errc::end_of_file, on_descriptor("read", fd) + ": the stream ended after " +
                                         std::to_string(done) + " of " + std::to_string(into.size()) +
                                         " bytes");
    } else {
      done += **got;
    }
  }
  return {};
}

result<> write_all(int fd, byte_view from) {
  while (!from.empty()) {
    const auto taken = write_some(fd, from);
    if (!taken) return tl::unexpected(taken.error());
    if (!*taken) {
      if (auto ready = wait_ready(fd, readiness::write); !ready) return tl::unexpected(ready.error());
    } else {
      from = from.subspan(**taken);
    }
  }
  return {};
}

}  // namespace troupe::spawn
