#include <troupe/spawn/internal/descriptor_text.hpp>
#include <troupe/spawn/internal/sigpipe_guard.hpp>
#include <troupe/spawn/pipes/pipe.hpp>
#include <troupe/spawn/pipes/splice.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <span>
#include <string>

namespace troupe::spawn {
namespace {

/// One call moves no more than a pipe holds; this only keeps within what the system call takes.
constexpr std::size_t most_at_once = std::size_t{1} << 30;

std::string between(int from, int to) {
  return "splice descriptor " + std::to_string(from) + " to " + std::to_string(to);
}

/// splice(2) refuses that too, but with EINVAL as for what it cannot do; reading and writing instead would
/// feed the pipe with its own bytes for ever.
bool are_one_pipe(int from, int to) {
  struct stat one {};
  struct stat other {};
  return ::fstat(from, &one) == 0 && ::fstat(to, &other) == 0 && S_ISFIFO(one.st_mode) &&
         one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

/// A pair of descriptors; remembers when the kernel cannot splice them.
class mover {
 public:
  mover(int from, int to) : from_(from), to_(to) {}

  /// 0 = end of file, nullopt = a non-blocking side is not ready.
  result<std::optional<std::size_t>> move(std::size_t most) {
    if (can_splice_) {
      const internal::sigpipe_guard guard;
      for (;;) {
        const std::size_t wanted = std::min(most, most_at_once);
        const ssize_t moved = ::splice(from_, nullptr, to_, nullptr, wanted, 0);
        if (moved >= 0) {
          if (static_cast<std::size_t>(moved) < wanted) guard.take_back();
          return static_cast<std::size_t>(moved);
        }
        if (errno == EAGAIN) return std::nullopt;
        if (errno == EINTR) continue;
        if (errno == EINVAL) break;
        const int why = errno;
        if (why == EPIPE) guard.take_back();
        return fail_errno(between(from_, to_), why);
      }
      if (are_one_pipe(from_, to_))
        return fail(errc::invalid_argument, between(from_, to_) + ", which are one pipe");
      can_splice_ = false;
    }
    return copy(most);
  }
  /// Which side was not ready, nobody said.
  result<> wait() const {
    if (auto ready = wait_ready(from_, readiness::read); !ready) return tl::unexpected(ready.error());
    if (auto ready = wait_ready(to_, readiness::write); !ready) return tl::unexpected(ready.error());
    return {};
  }
  /// Moves until `count` bytes or the end of file; how many there were.
  result<std::uint64_t> move_all(std::uint64_t count) {
    std::uint64_t done = 0;
    while (done < count) {
      const auto moved = move(static_cast<std::size_t>(std::min<std::uint64_t>(count - done, most_at_once)));
      if (!moved) return tl::unexpected(moved.error());
      if (!*moved) {
        if (auto waited = wait(); !waited) return tl::unexpected(waited.error());
        continue;
      }
      if (**moved == 0) break;
      done += **moved;
    }
    return done;
  }

 private:
  result<std::optional<std::size_t>> copy(std::size_t most) const {
    std::array<std::byte, pipe_capacity> chunk;
    const auto got = read_some(from_, std::span(chunk).first(std::min(most, chunk.size())));
    if (!got || !*got || **got == 0) return got;
    if (auto written = write_all(to_, byte_view(chunk).first(**got)); !written)
      return tl::unexpected(written.error());
    return got;
  }

  int from_, to_;
  bool can_splice_ = true;
};

}  // namespace

result<std::optional<std::size_t>> splice_some(int from, int to, std::size_t most) {
  if (most == 0) return std::size_t{0};
  return mover(from, to).move(most);
}

result<> splice_exact(int from, int to, std::uint64_t count) {
  const auto moved = mover(from, to).move_all(count);
  if (!moved) return tl::unexpected(moved.error());
  if (*moved < count) return internal::fail_short("splice from", from, *moved, count);
  return {};
}

result<std::uint64_t> splice_all(int from, int to) {
  return mover(from, to).move_all(std::numeric_limits<std::uint64_t>::max());
}

}  // namespace troupe::spawn
