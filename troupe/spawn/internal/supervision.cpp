#include <troupe/spawn/internal/supervision.hpp>
#include <troupe/spawn/pipes/pipe.hpp>

#include <csignal>
#include <utility>

namespace troupe::spawn::internal {

capture::capture(unique_fd from, std::size_t line_limit, std::function<void(std::string_view)> on_line)
    : from_(std::move(from)), lines_(line_limit), on_line_(std::move(on_line)) {}

bool capture::read_once(std::span<std::byte> buffer) {
  const auto got = read_some(from_.get(), buffer);
  if (got && !*got) return true;
  if (!got || **got == 0) return false;
  lines_.feed({reinterpret_cast<const char*>(buffer.data()), **got},
              [this](const text_line& line) { deliver(line); });
  return true;
}

void capture::close() {
  lines_.finish([this](const text_line& line) { deliver(line); });
  from_.reset();
}

void capture::deliver(const text_line& line) const {
  if (line.dropped == 0) return on_line_(line.text);
  on_line_(std::string(line.text) + " [cut: " + std::to_string(line.dropped) + " bytes more]");
}

supervised::supervised(child what, child_handlers handlers, const capture_limits& limits,
                       std::weak_ptr<loop> events)
    : child_(std::move(what)),
      on_exit_(std::move(handlers.on_exit)),
      tail_limit_(limits.stderr_tail),
      events_(std::move(events)) {
  if (handlers.on_stdout_line)
    out_.emplace(child_.take_stdout(), limits.line, std::move(handlers.on_stdout_line));
  if (!handlers.on_stderr_line) return;
  err_.emplace(child_.take_stderr(), limits.line,
               [this, on_line = std::move(handlers.on_stderr_line)](std::string_view line) {
                 tail_.emplace_back(line);
                 if (tail_.size() > tail_limit_) tail_.pop_front();
                 on_line(line);
               });
}

unique_fd supervised::take(unique_fd (child::*end)() noexcept) {
  const std::lock_guard lock(ends_mutex_);
  return (child_.*end)();
}

void supervised::stop_after(const std::shared_ptr<supervised>& self, nanoseconds patience) {
  const auto events = events_.lock();
  if (events == nullptr) return;  // the spawner is gone, and the child with it
  loop* const on = events.get();
  events->post([self, on, patience] {
    if (self->report_) return;
    self->stop_timers_.push_back(on->after(patience, [self] { self->child_.kill_group(); }));
  });
}

supervision::supervision(std::shared_ptr<loop> events, const capture_limits& limits)
    : events_(std::move(events)), limits_(limits), buffer_(pipe_capacity) {}

result<std::shared_ptr<supervised>> supervision::launch(command what, child_handlers handlers) {
  const std::string attempt = "launch '" + what.spec().program + "'";
  if (closing_) return fail(errc::closed, attempt + ": its spawner is being destroyed");
  if (what.spec().group == grouping::parents) what.new_session();
  if (what.spec().death_signal == 0) what.death_signal(SIGKILL);
  if (handlers.on_stdout_line) what.stdout_to(stdio::piped());
  if (handlers.on_stderr_line) what.stderr_to(stdio::piped());
  auto born = what.spawn();
  if (!born) return tl::unexpected(std::move(born.error()));
  auto one = std::make_shared<supervised>(std::move(*born), std::move(handlers), limits_, events_);
  if (auto watched = watch(one); !watched) {
    forget(*one);  // and the handle, our last, kills and reaps the child
    return tl::unexpected(within(attempt, std::move(watched.error())));
  }
  children_.emplace(one.get(), one);
  return one;
}

result<> supervision::watch(const shared_child& one) {
  if (auto out = watch_output(one, one->out_); !out) return out;
  if (auto err = watch_output(one, one->err_); !err) return err;
  auto exit = events_->watch_exit(one->child_.pidfd(), [this, one] { on_death(one); });
  if (!exit) return tl::unexpected(std::move(exit.error()));
  one->exit_watch_ = *exit;
  return {};
}

result<> supervision::watch_output(const shared_child& one, std::optional<capture>& stream) {
  if (!stream) return {};
  if (auto set = set_nonblocking(stream->fd()); !set) return set;
  auto watched = events_->watch_readable(stream->fd(), [this, one, &at = *stream] { on_output(one, at); });
  if (!watched) return tl::unexpected(std::move(watched.error()));
  stream->watch = *watched;
  return {};
}

/// One read per turn of the loop, so that a flood does not keep exits, timers and other children waiting.
void supervision::on_output(const shared_child& one, capture& stream) {
  if (stream.read_once(buffer_)) return;
  close(stream);
  const bool more = (one->out_ && one->out_->is_open()) || (one->err_ && one->err_->is_open());
  if (one->report_ && !more) finish(one);
}

void supervision::close(capture& stream) {
  if (stream.watch) events_->unwatch(*std::exchange(stream.watch, std::nullopt));
  stream.close();
}

/// The end of the process, not of its pipes: a grandchild may hold those for as long as it likes.
void supervision::on_death(const shared_child& one) {
  one->report_ = one->child_.wait_until(deadline::never());
  const bool more = (one->out_ && one->out_->is_open()) || (one->err_ && one->err_->is_open());
  if (!more) return finish(one);
  one->drain_timer_ = events_->after(limits_.drain, [this, one] { finish(one); });
}

void supervision::finish(const shared_child& one) {
  if (one->out_ && one->out_->is_open()) close(*one->out_);
  if (one->err_ && one->err_->is_open()) close(*one->err_);
  forget(*one);
  one->report_->stderr_tail.assign(one->tail_.begin(), one->tail_.end());
  children_.erase(one.get());
  if (const auto on_exit = std::exchange(one->on_exit_, nullptr)) on_exit(*one->report_);
}

/// Ends every watch and timer: their callbacks hold the child.
void supervision::forget(supervised& one) {
  for (auto* stream : {&one.out_, &one.err_})
    if (*stream && (*stream)->watch) events_->unwatch(*std::exchange((*stream)->watch, std::nullopt));
  if (one.exit_watch_) events_->unwatch(*one.exit_watch_);
  if (one.drain_timer_) events_->cancel(*one.drain_timer_);
  for (const timer_id timer : one.stop_timers_) events_->cancel(timer);
}

void supervision::shut_down() {
  closing_ = true;
  for (const auto& [key, one] : children_) one->child_.kill_group();
  while (!children_.empty()) {
    const shared_child one = children_.begin()->second;
    if (!one->report_) one->report_ = one->child_.wait_until(deadline::never());
    for (auto* stream : {&one->out_, &one->err_})
      if (*stream && (*stream)->is_open()) static_cast<void>((*stream)->read_once(buffer_));
    finish(one);
  }
  events_->stop();
}

}  // namespace troupe::spawn::internal
