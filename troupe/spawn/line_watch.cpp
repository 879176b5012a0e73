#include <troupe/spawn/line_watch.hpp>
#include <troupe/spawn/pipes/pipe.hpp>

#include <array>
#include <optional>
#include <utility>

namespace troupe::spawn {

class line_watch::state : public std::enable_shared_from_this<state> {
 public:
  state(loop& events, unique_fd from, line_handlers handlers, std::size_t limit)
      : events_(events), from_(std::move(from)), lines_(limit), handlers_(std::move(handlers)) {}

  result<> start() {
    auto watched = events_.watch_readable(from_.get(), [self = shared_from_this()] { self->on_readable(); });
    if (!watched) return tl::unexpected(std::move(watched.error()));
    watch_ = *watched;
    return {};
  }
  [[nodiscard]] bool is_open() const noexcept { return static_cast<bool>(from_); }
  void close() {
    if (!is_open()) return;
    static_cast<void>(read_once());
    finish();
  }
  void silence() noexcept {
    is_silent_ = true;
    release();
  }

 private:
  void on_readable() {
    if (read_once()) return;
    finish();
    if (!is_silent_ && handlers_.on_end) handlers_.on_end();
  }
  /// False at the end of the stream.
  bool read_once() {
    std::array<std::byte, pipe_capacity> chunk;
    const auto got = read_some(from_.get(), chunk);
    if (got && !*got) return true;
    if (!got || **got == 0) return false;
    lines_.feed({reinterpret_cast<const char*>(chunk.data()), **got},
                [this](const text_line& line) { deliver(line); });
    return true;
  }
  void finish() {
    release();
    lines_.finish([this](const text_line& line) { deliver(line); });
  }
  void release() noexcept {
    if (watch_) events_.unwatch(*std::exchange(watch_, std::nullopt));
    from_.reset();
  }
  void deliver(const text_line& line) const {
    if (!is_silent_) handlers_.on_line(line);
  }

  loop& events_;
  unique_fd from_;
  line_splitter lines_;
  const line_handlers handlers_;
  std::optional<watch_id> watch_;
  bool is_silent_ = false;  // the handle is gone
};

result<line_watch> line_watch::open(loop& events, unique_fd from, line_handlers handlers, std::size_t limit) {
  if (auto set = set_nonblocking(from.get()); !set) return tl::unexpected(std::move(set.error()));
  auto made = std::make_shared<state>(events, std::move(from), std::move(handlers), limit);
  if (auto started = made->start(); !started) return tl::unexpected(std::move(started.error()));
  return line_watch(std::move(made));
}

line_watch::line_watch(std::shared_ptr<state> what) noexcept : state_(std::move(what)) {}

line_watch& line_watch::operator=(line_watch&& other) noexcept {
  if (this == &other) return *this;
  if (state_ != nullptr) state_->silence();
  state_ = std::move(other.state_);
  return *this;
}

line_watch::~line_watch() {
  if (state_ != nullptr) state_->silence();
}

bool line_watch::is_open() const noexcept {
  return state_->is_open();
}

void line_watch::close() {
  const auto kept = state_;  // a handler may destroy us
  kept->close();
}

}  // namespace troupe::spawn
