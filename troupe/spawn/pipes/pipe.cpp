#include <troupe/spawn/internal/descriptor_text.hpp>
#include <troupe/spawn/internal/sigpipe_guard.hpp>
#include <troupe/spawn/pipes/pipe.hpp>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <fstream>
#include <string>

namespace troupe::spawn {

using internal::fail_late;
using internal::fail_short;
using internal::on_descriptor;
using internal::sigpipe_guard;

namespace {

bool would_block(int os_errno) {
  return os_errno == EAGAIN || os_errno == EWOULDBLOCK;
}

/// Which of the kernel's limits refused a size.
tl::unexpected<error> fail_size(std::string context, std::size_t size) {
  static constexpr const char* limit_file = "/proc/sys/fs/pipe-max-size";
  std::size_t limit = 0;
  std::ifstream(limit_file) >> limit;
  if (limit != 0 && size > limit)
    context += ", the limit is " + std::to_string(limit) + " (" + limit_file + ")";
  else
    context += ", the user's pipes are at their limit (/proc/sys/fs/pipe-user-pages-soft)";
  return fail_errno(std::move(context), EPERM);
}

}  // namespace

result<pipe_ends> make_pipe(std::optional<std::size_t> size) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail_errno("make a pipe");
  pipe_ends made{unique_fd(ends[0]), unique_fd(ends[1])};
  if (!size) return made;
  if (auto given = set_pipe_size(ends[1], *size); !given)
    return tl::unexpected(within("make a pipe", std::move(given.error())));
  return made;
}

result<std::size_t> set_pipe_size(int fd, std::size_t size) {
  static constexpr std::size_t most = std::size_t{1} << 30;  // more does not fit the answer, an int
  std::string context = on_descriptor("set the pipe size of", fd) + " to " + std::to_string(size);
  if (size > most) return fail(errc::too_large, std::move(context) + ", at most " + std::to_string(most));
  const int given = ::fcntl(fd, F_SETPIPE_SZ, static_cast<unsigned long>(std::max<std::size_t>(size, 1)));
  if (given >= 0) return static_cast<std::size_t>(given);
  if (errno == EPERM) return fail_size(std::move(context), size);
  return fail_errno(std::move(context));
}

result<std::size_t> pipe_size(int fd) {
  const int size = ::fcntl(fd, F_GETPIPE_SZ);
  if (size < 0) return fail_errno(on_descriptor("ask for the pipe size of", fd));
  return static_cast<std::size_t>(size);
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
    if (taken >= 0) {
      if (static_cast<std::size_t>(taken) < from.size()) guard.take_back();
      return static_cast<std::size_t>(taken);
    }
    if (would_block(errno)) return std::nullopt;
    if (errno == EINTR) continue;
    const int why = errno;
    if (why == EPIPE) guard.take_back();
    return fail_errno(on_descriptor("write", fd), why);
  }
}

result<> read_exact(int fd, std::span<std::byte> into, deadline until) {
  std::size_t done = 0;
  bool must_wait = !until.is_never();  // a blocking descriptor would not come back by the deadline
  while (done < into.size()) {
    if (must_wait) {
      const auto ready = wait_ready(fd, readiness::read, until);
      if (!ready) return tl::unexpected(ready.error());
      if (!*ready || (done != 0 && until.passed())) return fail_late("read", fd, done, into.size());
    }
    const auto got = read_some(fd, into.subspan(done));
    if (!got) return tl::unexpected(got.error());
    must_wait = !*got || !until.is_never();
    if (!*got) continue;
    if (**got == 0) return fail_short("read", fd, done, into.size());
    done += **got;
  }
  return {};
}

namespace {

/// Writes that come back at once whatever the descriptor's flags are.
class prompt_writer {
 public:
  explicit prompt_writer(int fd) : fd_(fd) {
    // Of a regular file RWF_NOWAIT may say EAGAIN while poll says ready, again and again.
    struct stat found {};
    has_nowait_ = ::fstat(fd, &found) == 0 && (S_ISFIFO(found.st_mode) || S_ISSOCK(found.st_mode));
  }
  /// Takes as much as there is room for now; how many bytes that was; nullopt = none.
  result<std::optional<std::size_t>> write(byte_view from) {
    if (has_nowait_) {
      const sigpipe_guard guard;
      for (;;) {
        const iovec whole{const_cast<std::byte*>(from.data()), from.size()};
        const ssize_t taken = ::pwritev2(fd_, &whole, 1, -1, RWF_NOWAIT);
        if (taken >= 0) {
          if (static_cast<std::size_t>(taken) < from.size()) guard.take_back();
          return static_cast<std::size_t>(taken);
        }
        if (would_block(errno)) return std::nullopt;
        if (errno == EINTR) continue;
        if (errno == EOPNOTSUPP) break;
        const int why = errno;
        if (why == EPIPE) guard.take_back();
        return fail_errno(on_descriptor("write", fd_), why);
      }
      has_nowait_ = false;
    }
    return write_in_pieces(from.first(std::min(from.size(), pipe_size(fd_).value_or(PIPE_BUF))));
  }

 private:
  /// Linux before 6.2 has no RWF_NOWAIT for pipes. Room seen by poll is one page at least, and PIPE_BUF bytes are written
  /// whole or not at all.
  result<std::optional<std::size_t>> write_in_pieces(byte_view from) {
    std::size_t done = 0;
    while (done < from.size()) {
      const auto has_room = wait_ready(fd_, readiness::write, deadline::after(nanoseconds(0)));
      if (!has_room) return tl::unexpected(has_room.error());
      if (!*has_room) break;
      const auto taken =
          write_some(fd_, from.subspan(done, std::min<std::size_t>(from.size() - done, PIPE_BUF)));
      if (!taken) return tl::unexpected(taken.error());
      if (!*taken) break;
      done += **taken;
    }
    return done == 0 ? std::nullopt : std::optional(done);
  }

  int fd_;
  bool has_nowait_ = false;
};

result<> write_all_until(int fd, byte_view from, deadline until) {
  prompt_writer out(fd);
  std::size_t done = 0;
  while (done < from.size()) {
    if (done != 0 && until.passed()) return fail_late("write", fd, done, from.size());
    const auto taken = out.write(from.subspan(done));
    if (!taken) return tl::unexpected(taken.error());
    if (*taken) {
      done += **taken;
      continue;
    }
    const auto ready = wait_ready(fd, readiness::write, until);
    if (!ready) return tl::unexpected(ready.error());
    if (!*ready) return fail_late("write", fd, done, from.size());
  }
  return {};
}

}  // namespace

result<> write_all(int fd, byte_view from, deadline until) {
  if (!until.is_never()) return write_all_until(fd, from, until);
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
