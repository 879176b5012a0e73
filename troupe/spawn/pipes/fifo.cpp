#include <troupe/spawn/internal/path_text.hpp>
#include <troupe/spawn/pipes/fifo.hpp>
#include <troupe/spawn/pipes/pipe.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <thread>
#include <utility>

namespace troupe::spawn {

using internal::look_at;
using internal::on_path;

namespace {

constexpr const char* no_fifo = ": it is no FIFO";

/// Longer and longer pauses up to 20 ms, and not beyond the deadline.
class backoff {
 public:
  explicit backoff(deadline until) : until_(until) {}
  [[nodiscard]] deadline next() {
    const nanoseconds pause = std::min(pause_, until_.left());
    pause_ = std::min<nanoseconds>(2 * pause_, milliseconds(20));
    return deadline::after(pause);
  }

 private:
  deadline until_;
  nanoseconds pause_ = milliseconds(1);
};

/// Non-blocking, so that it neither waits for a peer nor for a device that took the FIFO's place.
result<unique_fd> open_now(const char* what, const std::string& path, int direction) {
  const auto found = look_at(what, path);
  if (!found) return tl::unexpected(found.error());
  // Looked at before: opening a device may have an effect.
  if (!S_ISFIFO(found->st_mode)) return fail(errc::wrong_kind, on_path(what, path) + no_fifo);
  unique_fd opened(::open(path.c_str(), direction | O_NONBLOCK | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW));
  if (!opened && errno == ELOOP) return fail(errc::wrong_kind, on_path(what, path) + no_fifo);
  if (!opened) return fail_errno(on_path(what, path));
  struct stat meant {};
  if (::fstat(opened.get(), &meant) != 0) return fail_errno(on_path(what, path));
  if (!S_ISFIFO(meant.st_mode)) return fail(errc::wrong_kind, on_path(what, path) + no_fifo);
  return opened;
}

result<unique_fd> blocking(const char* what, const std::string& path, unique_fd fd) {
  const int flags = ::fcntl(fd.get(), F_GETFL);
  if (flags < 0 || ::fcntl(fd.get(), F_SETFL, flags & ~O_NONBLOCK) != 0)
    return fail_errno(on_path(what, path));
  return fd;
}

/// poll(2) wakes for the first byte and for a writer that has come and gone, but not for one that has only
/// opened. tee(2) tells that one from none, and takes nothing out.
result<bool> has_writer(int fd, const pipe_ends& scratch) {
  const ssize_t copied = ::tee(fd, scratch.write_end.get(), 1, SPLICE_F_NONBLOCK);
  if (copied > 0 || (copied < 0 && (errno == EAGAIN || errno == EINTR))) return true;
  if (copied < 0) return fail_errno("ask a FIFO for its writers");
  return false;
}

result<bool> wait_for_writer(int fd, deadline until) {
  const auto scratch = make_pipe();
  if (!scratch) return tl::unexpected(scratch.error());
  for (backoff pauses(until);;) {
    const auto is_there = has_writer(fd, *scratch);
    if (!is_there || *is_there) return is_there;
    const auto ready = wait_ready(fd, readiness::read, pauses.next());
    if (!ready || *ready) return ready;
    if (until.passed()) return false;
  }
}

}  // namespace

result<> make_fifo(const std::string& path, mode_t mode) {
  const char* const what = "make FIFO";
  if (auto sound = internal::check_path(what, path); !sound) return sound;
  if (::mkfifo(path.c_str(), mode) == 0) return {};
  if (errno != EEXIST) return fail_errno(on_path(what, path));
  const auto found = is_fifo(path);
  return fail(
      errc::already_exists,
      on_path(what, path) + (found && *found ? ": there is one already" : ": what is there is no FIFO"),
      EEXIST);
}

result<bool> is_fifo(const std::string& path) {
  const auto found = look_at("look at", path);
  if (!found) return tl::unexpected(found.error());
  return S_ISFIFO(found->st_mode);
}

result<> remove_fifo(const std::string& path) {
  const char* const what = "remove FIFO";
  const auto found = look_at(what, path);
  if (!found) return tl::unexpected(found.error());
  if (!S_ISFIFO(found->st_mode)) return fail(errc::wrong_kind, on_path(what, path) + no_fifo);
  if (::unlink(path.c_str()) != 0) return fail_errno(on_path(what, path));
  return {};
}

result<unique_fd> open_fifo_reader(const std::string& path, deadline until, fifo_wait wait) {
  const char* const what = "open for reading FIFO";
  auto opened = open_now(what, path, O_RDONLY);
  if (!opened) return opened;
  if (wait == fifo_wait::for_peer) {
    const auto came = wait_for_writer(opened->get(), until);
    if (!came) return tl::unexpected(within(on_path(what, path), came.error()));
    if (!*came) return fail(errc::timed_out, on_path(what, path) + ": no writer came");
  }
  return blocking(what, path, std::move(*opened));
}

/// Until a reader is there a non-blocking open says ENXIO, and nothing can be waited for: a reader that is
/// blocked in open(2) counts as one, but inotify reports an open only once it has succeeded, which this one
/// does with ours.
result<unique_fd> open_fifo_writer(const std::string& path, deadline until) {
  const char* const what = "open for writing FIFO";
  for (backoff pauses(until);;) {
    auto opened = open_now(what, path, O_WRONLY);
    if (opened) return blocking(what, path, std::move(*opened));
    if (opened.error().os_errno != ENXIO) return opened;
    if (until.passed()) return fail(errc::timed_out, on_path(what, path) + ": no reader came");
    std::this_thread::sleep_for(pauses.next().left());
  }
}

}  // namespace troupe::spawn
