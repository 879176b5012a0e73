#include <troupe/runtime/programs/conversation.hpp>
#include <troupe/spawn/pipes/pipe.hpp>

#include <poll.h>
#include <sys/ioctl.h>

#include <array>
#include <memory>
#include <utility>

namespace troupe::runtime {
namespace {

/// Fewer turns between writer and reader; what the kernel gives without asking.
constexpr std::size_t wide_pipe_bytes = std::size_t{1} << 20;
/// A program that has not moved for so long is looked at: what does it wait for?
constexpr int look_after_ms = 20;

/// What is read at once; thrown away with the thread.
std::span<std::byte> read_room() {
  thread_local const auto room = std::make_unique_for_overwrite<std::byte[]>(wide_pipe_bytes);
  return {room.get(), wide_pipe_bytes};
}

void prepare_end(const unique_fd& end) {
  if (!end) return;
  static_cast<void>(spawn::set_nonblocking(end.get()));
  static_cast<void>(spawn::set_pipe_size(end.get(), wide_pipe_bytes));  // refused: as it was
}

}  // namespace

running_program running_program::of(spawn::child child) {
  auto in = child.take_stdin();
  auto out = child.take_stdout();
  prepare_end(in);
  prepare_end(out);
  return {std::move(child), std::move(in), std::move(out)};
}

result<talk> conversation::hold(byte_view text, bool close_after, const reader& on_come) {
  left_ = text;
  closes_ = close_after;
  if (left_.empty() && closes_) with_.in.reset();
  bool has_ended = false;
  std::size_t read_since_end = 0;
  // What a program has printed is in the pipe when it ends; whoever it has left behind may write for ever.
  while (!has_ended || (with_.out && read_since_end <= wide_pipe_bytes)) {
    if (!closes_ && !with_.out) break;  // one that stays up, and will never answer
    const bool writes = with_.in && !left_.empty();
    std::array<pollfd, 4> watched{pollfd{has_ended ? -1 : with_.child.pidfd(), POLLIN, 0},
                                  pollfd{writes ? with_.in.get() : -1, POLLOUT, 0},
                                  pollfd{with_.out ? with_.out.get() : -1, POLLIN, 0},
                                  pollfd{errors_.read_end(), POLLIN, 0}};
    // Somebody whom the program has left behind may hold its standard output open: it is not waited for.
    const int ready = ::poll(watched.data(), watched.size(), has_ended ? 0 : waiting_ ? look_after_ms : -1);
    if (ready == 0 && has_ended) break;
    if (ready == 0) {
      note_patience();
      continue;
    }
    if (ready < 0) continue;  // EINTR
    if (watched[1].revents != 0) feed();
    if (watched[3].revents != 0) errors_.drain();
    if (watched[2].revents != 0) {
      const auto enough = read(on_come, has_ended ? &read_since_end : nullptr);
      if (!enough) return tl::unexpected(enough.error());
      if (*enough) return talk::enough;
    }
    if (watched[0].revents != 0) has_ended = true;
  }
  errors_.drain();
  return talk::ended;
}

void conversation::feed() {
  const auto taken = spawn::write_some(with_.in.get(), left_);
  if (taken && !*taken) return;
  left_ = taken ? left_.subspan(**taken) : byte_view();  // it reads no more
  if (!taken || (left_.empty() && closes_)) with_.in.reset();
}

result<bool> conversation::read(const reader& on_come, std::size_t* counted) {
  const auto room = read_room();
  const auto got = spawn::read_some(with_.out.get(), room);
  if (got && !*got) return false;
  if (!got || **got == 0) {
    with_.out.reset();
    return false;
  }
  if (counted != nullptr) *counted += **got;
  return on_come(room.first(**got));
}

/// Said in the page, where whoever ends the wait finds it.
void conversation::note_patience() {
  if (waiting_ == nullptr || !with_.in) return;
  int unread = 0;
  const bool known = ::ioctl(with_.in.get(), FIONREAD, &unread) == 0;
  const bool is_read = known && unread == 0 && left_.empty();
  waiting_->store(static_cast<std::uint32_t>(is_read ? waiting_for::answer : waiting_for::reader),
                  std::memory_order_relaxed);
  if (!is_read || !on_silence_) return;
  if (silent_until_.is_never()) silent_until_ = deadline::after(patience_);
  if (silent_until_.passed()) std::exchange(on_silence_, nullptr)();
}

}  // namespace troupe::runtime
