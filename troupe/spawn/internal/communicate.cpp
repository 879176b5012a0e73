#include <troupe/spawn/internal/communicate.hpp>
#include <troupe/spawn/internal/gathered_bytes.hpp>
#include <troupe/spawn/pipes/pipe.hpp>

#include <fcntl.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <new>
#include <string>
#include <utility>

namespace troupe::spawn::internal {
namespace {

constexpr int wide_pipe =
    1024 * 1024;  // fewer turns between writer and reader; what the kernel gives without asking

/// One stream that is being read.
class gathering {
 public:
  gathering(unique_fd from, std::size_t limit) : from_(std::move(from)), limit_(limit) {
    if (!from_) return;
    static_cast<void>(::fcntl(from_.get(), F_SETPIPE_SZ, wide_pipe));  // refused: as it was
  }

  [[nodiscard]] int fd() const noexcept { return from_.get(); }
  [[nodiscard]] bool is_open() const noexcept { return static_cast<bool>(from_); }
  /// One read; how many bytes came, 0 when none are there now or the stream has ended and is closed.
  std::size_t read_once() {
    const bool keeps = kept_.size() < limit_;
    std::array<std::byte, pipe_capacity> dropped;
    std::span<std::byte> into = keeps ? kept_.room(pipe_capacity) : std::span<std::byte>(dropped);
    if (keeps) into = into.first(std::min(into.size(), limit_ - kept_.size()));
    const auto got = read_some(from_.get(), into);
    if (got && !*got) return 0;
    if (!got || **got == 0) {
      from_.reset();
      return 0;
    }
    keeps ? kept_.commit(**got) : static_cast<void>(dropped_ += **got);
    return **got;
  }
  /// What is in the pipe at this moment, and no more: a writer that is left may go on for ever.
  void read_the_rest() {
    for (std::size_t read = 0; is_open() && read <= wide_pipe;) {
      const std::size_t more = read_once();
      if (more == 0) return;
      read += more;
    }
  }
  [[nodiscard]] captured take() { return {kept_.take(), dropped_, !is_open()}; }

 private:
  unique_fd from_;
  const std::size_t limit_;
  gathered_bytes kept_;
  std::uint64_t dropped_ = 0;
};

class conversation {
 public:
  conversation(process& with, unique_fd in, unique_fd out, unique_fd err, const output_options& options)
      : with_(with),
        options_(options),
        in_(std::move(in)),
        out_(std::move(out), options.limit),
        err_(std::move(err), options.limit) {
    if (options.input.empty()) in_.reset();
  }

  /// Before hold(): a write or a read that waits would hold up the other streams, and the deadline.
  result<> prepare() {
    for (const int fd : {in_.get(), out_.fd(), err_.fd()}) {
      if (fd < 0) continue;
      if (auto set = set_nonblocking(fd); !set) return set;
    }
    return {};
  }

  output hold() {
    while (!report_ || ((out_.is_open() || err_.is_open()) && !drained_.passed())) turn();
    out_.read_the_rest();
    err_.read_the_rest();
    return {std::move(*report_), out_.take(), err_.take(), written_, timed_out_};
  }

 private:
  void turn() {
    with_.look_at_memory();
    std::array<pollfd, 4> waiting{pollfd{report_ ? -1 : with_.pidfd(), POLLIN, 0},
                                  pollfd{in_ ? in_.get() : -1, POLLOUT, 0}, pollfd{out_.fd(), POLLIN, 0},
                                  pollfd{err_.fd(), POLLIN, 0}};
    if (::poll(waiting.data(), waiting.size(), next_look().poll_ms()) > 0) {
      if (waiting[1].revents != 0) feed();
      if (waiting[2].revents != 0) out_.read_once();
      if (waiting[3].revents != 0) err_.read_once();
      if (waiting[0].revents != 0) note_death();
    }
    if (!report_ && !timed_out_ && options_.until.passed()) {
      timed_out_ = true;
      with_.kill_group();
    }
  }
  [[nodiscard]] deadline next_look() const {
    if (report_) return drained_;
    const deadline until = timed_out_ ? deadline::never() : options_.until;
    if (with_.guard() != memory_guard::watched) return until;
    return std::min(until, deadline::after(memory_look_period));
  }
  void feed() {
    const auto rest = as_bytes_view(options_.input.substr(written_));
    const auto taken = write_some(in_.get(), rest);
    if (taken && *taken) written_ += **taken;
    if (!taken || written_ == options_.input.size()) in_.reset();  // it reads no more, or has it all
  }
  /// The reaping ends what is left of the group, and so, mostly, whoever else holds the pipes.
  void note_death() {
    report_ = with_.reap(process::patience::unlimited);
    drained_ = deadline::after(options_.drain);
    in_.reset();
  }

  process& with_;
  const output_options& options_;
  unique_fd in_;
  gathering out_, err_;
  std::size_t written_ = 0;
  bool timed_out_ = false;
  std::optional<exit_report> report_;
  deadline drained_ = deadline::never();
};

}  // namespace

result<output> communicate(process& with, unique_fd in, unique_fd out, unique_fd err,
                           const output_options& options) {
  try {
    conversation held(with, std::move(in), std::move(out), std::move(err), options);
    if (auto prepared = held.prepare(); !prepared) {
      with.kill_group();
      static_cast<void>(with.reap(process::patience::unlimited));
      return tl::unexpected(
          within("talk to process " + std::to_string(with.id()), std::move(prepared.error())));
    }
    return held.hold();
  } catch (const std::bad_alloc&) {
    with.kill_group();
    static_cast<void>(with.reap(process::patience::unlimited));
    return fail(errc::exhausted, "keep the output of process " + std::to_string(with.id()), ENOMEM);
  }
}

}  // namespace troupe::spawn::internal
