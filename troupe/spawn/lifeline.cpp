#include <troupe/spawn/internal/frames.hpp>
#include <troupe/spawn/lifeline.hpp>
#include <troupe/spawn/pipes/pipe.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <new>
#include <string>
#include <utility>

namespace troupe::spawn {
namespace {

constexpr std::size_t write_at_once = 256 * 1024;  // then the loop serves others

}  // namespace

/// Shared by the handle and the loop's callbacks; whatever is not said to be under a mutex is the loop's
/// thread's.
class lifeline::state : public std::enable_shared_from_this<state> {
 public:
  state(loop& events, unique_fd read_end, unique_fd write_end, lifeline_handlers handlers,
        const lifeline_limits& limits)
      : events_(events),
        limits_(limits),
        handlers_(std::move(handlers)),
        read_end_(std::move(read_end)),
        write_end_(std::move(write_end)),
        splitter_(limits.frame) {}

  void start();
  result<> send(byte_view payload);
  void finish();
  void silence() noexcept;
  void drop();

 private:
  void on_readable();
  bool read_once();
  void watch_frame();
  void look_at_frame(std::uint64_t seen);
  void flush();
  bool refill();
  void arm_writing();
  void disarm_writing();
  void close(const error& why);
  void release();
  void deliver(byte_view frame);

  loop& events_;
  const lifeline_limits limits_;
  const lifeline_handlers handlers_;
  unique_fd read_end_, write_end_;
  std::optional<watch_id> reading_, writing_;
  frame_splitter splitter_;
  byte_buffer outgoing_;
  std::size_t written_ = 0;  // of outgoing_
  std::array<std::byte, pipe_capacity> arriving_;
  std::uint64_t arrived_ = 0;  // bytes in all
  std::optional<timer_id> frame_timer_;

  std::mutex queue_mutex_;
  byte_buffer queued_;        // under queue_mutex_, as the three below
  std::size_t backlog_ = 0;   // bytes in queued_ and not yet written of outgoing_
  bool is_flushing_ = false;  // a flush has been posted or waits for room
  bool is_open_ = true;

  std::mutex calling_mutex_;  // held while a handler runs
  std::atomic<bool> silenced_{false};
};

void lifeline::state::start() {
  auto watched =
      events_.watch_readable(read_end_.get(), [self = shared_from_this()] { self->on_readable(); });
  if (!watched) return close(watched.error());
  reading_ = *watched;
}

result<> lifeline::state::send(byte_view payload) {
  if (auto fits = internal::check_frame_size(payload, limits_.frame); !fits) return fits;
  const std::size_t size = payload.size() + frame_prefix_size;
  const std::lock_guard lock(queue_mutex_);
  if (!is_open_) return fail(errc::closed, "send on a lifeline whose peer is gone");
  if (backlog_ + size > limits_.backlog)
    return fail(errc::full, "send on a lifeline: " + std::to_string(backlog_) + " bytes wait already");
  append_frame(queued_, payload);
  backlog_ += size;
  if (!std::exchange(is_flushing_, true)) events_.post([self = shared_from_this()] { self->flush(); });
  return {};
}

void lifeline::state::on_readable() {
  if (!read_once() && read_end_) close(internal::peer_ended(splitter_.at_boundary()));
}

/// False at the end of the stream.
bool lifeline::state::read_once() {
  const auto got = read_some(read_end_.get(), arriving_);
  if (!got) {
    close(got.error());
    return true;
  }
  if (!*got) return true;
  if (**got == 0) return false;
  arrived_ += **got;
  try {
    const auto cut =
        splitter_.feed(byte_view(arriving_).first(**got), [this](byte_view frame) { deliver(frame); });
    if (!cut) close(within("read from the lifeline", cut.error()));
  } catch (const std::bad_alloc&) {  // a frame may be large; the loop serves others, too
    close({errc::exhausted, "read from the lifeline", ENOMEM});
  }
  watch_frame();
  return true;
}

/// One timer is enough for any number of frames.
void lifeline::state::watch_frame() {
  if (!read_end_ || frame_timer_ || splitter_.at_boundary()) return;
  frame_timer_ = events_.after(limits_.patience,
                               [self = shared_from_this(), seen = arrived_] { self->look_at_frame(seen); });
}

void lifeline::state::look_at_frame(std::uint64_t seen) {
  frame_timer_.reset();
  const bool goes_on =
      arrived_ != seen ||
      wait_ready(read_end_.get(), readiness::read, deadline::after(nanoseconds(0))) == true;  // we were late
  if (goes_on || splitter_.at_boundary()) return watch_frame();
  close({errc::timed_out, "read from the lifeline: a frame has begun and does not go on"});
}

void lifeline::state::deliver(byte_view frame) {
  const std::lock_guard lock(calling_mutex_);
  if (!silenced_) handlers_.on_frame(frame);
}

void lifeline::state::flush() {
  for (std::size_t done = 0; done < write_at_once;) {
    if (!write_end_) return;
    if (written_ == outgoing_.size() && !refill()) return disarm_writing();
    const auto rest = outgoing_.view().subspan(written_);
    const auto taken = write_some(write_end_.get(), rest.first(std::min(rest.size(), write_at_once)));
    if (!taken) {
      // What the peer said before it went is still in the other pipe.
      while (read_end_ &&
             wait_ready(read_end_.get(), readiness::read, deadline::after(nanoseconds(0))) == true)
        if (!read_once()) break;
      return close(taken.error());
    }
    if (!*taken) break;
    written_ += **taken;
    done += **taken;
    const std::lock_guard lock(queue_mutex_);
    backlog_ -= **taken;
  }
  arm_writing();
}

/// Takes over what has been queued; false when there is nothing.
bool lifeline::state::refill() {
  if (outgoing_.size() > internal::memory_kept) outgoing_ = byte_buffer();
  outgoing_.clear();
  written_ = 0;
  const std::lock_guard lock(queue_mutex_);
  std::swap(outgoing_, queued_);
  is_flushing_ = !outgoing_.empty();
  return is_flushing_;
}

void lifeline::state::arm_writing() {
  if (writing_ || !write_end_) return;
  auto watched = events_.watch_writable(write_end_.get(), [self = shared_from_this()] { self->flush(); });
  if (!watched) return close(watched.error());
  writing_ = *watched;
}

void lifeline::state::disarm_writing() {
  if (writing_) events_.unwatch(*std::exchange(writing_, std::nullopt));
}

void lifeline::state::close(const error& why) {
  if (!read_end_) return;
  release();
  const std::lock_guard lock(calling_mutex_);
  if (!silenced_ && handlers_.on_closed) handlers_.on_closed(why);
}

void lifeline::state::release() {
  disarm_writing();
  if (reading_) events_.unwatch(*std::exchange(reading_, std::nullopt));
  if (frame_timer_) events_.cancel(*std::exchange(frame_timer_, std::nullopt));
  read_end_.reset();
  write_end_.reset();
  const std::lock_guard lock(queue_mutex_);
  is_open_ = false;
}

void lifeline::state::finish() {
  if (!read_end_) return;
  read_once();
  if (read_end_) close(internal::peer_ended(splitter_.at_boundary()));
}

void lifeline::state::silence() noexcept {
  silenced_ = true;
  if (events_.on_loop_thread()) return;  // perhaps from inside a handler
  const std::lock_guard wait_for_a_running_handler(calling_mutex_);
}

/// The handle is gone. Runs on the loop's thread.
void lifeline::state::drop() {
  events_.post([self = shared_from_this()] {
    if (self->write_end_) self->flush();
    self->release();
  });
}

result<lifeline> lifeline::open(loop& events, unique_fd read_end, unique_fd write_end,
                                lifeline_handlers handlers, lifeline_limits limits) {
  for (const int fd : {read_end.get(), write_end.get()})
    if (auto set = set_nonblocking(fd); !set) return tl::unexpected(within("open a lifeline", set.error()));
  auto made =
      std::make_shared<state>(events, std::move(read_end), std::move(write_end), std::move(handlers), limits);
  events.post([made] { made->start(); });
  return lifeline(std::move(made));
}

lifeline::lifeline(std::shared_ptr<state> what) noexcept : state_(std::move(what)) {}
lifeline::lifeline(lifeline&&) noexcept = default;

lifeline& lifeline::operator=(lifeline&& other) noexcept {
  if (this == &other) return *this;
  end();
  state_ = std::move(other.state_);
  return *this;
}

lifeline::~lifeline() {
  end();
}

void lifeline::end() noexcept {
  if (state_ == nullptr) return;
  state_->silence();
  state_->drop();
  state_.reset();
}

result<> lifeline::send(byte_view payload) {
  return state_->send(payload);
}

void lifeline::finish() {
  const auto kept = state_;  // a handler may destroy us
  kept->finish();
}

}  // namespace troupe::spawn
