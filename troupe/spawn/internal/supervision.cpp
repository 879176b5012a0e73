#include <troupe/spawn/internal/cgroup.hpp>
#include <troupe/spawn/internal/start.hpp>
#include <troupe/spawn/internal/supervision.hpp>

#include <csignal>
#include <utility>

namespace troupe::spawn::internal {

namespace {

constexpr milliseconds warden_retry{
    1000};  // when no new one can be started: the machine has run out of something

constexpr milliseconds group_look_period{5};

/// Calls with the line's text; one that was cut says so.
void say(const std::function<void(std::string_view)>& to, const text_line& line) {
  if (line.dropped == 0) return to(line.text);
  to(std::string(line.text) + " [cut: " + std::to_string(line.dropped) + " bytes more]");
}

}  // namespace

supervised::supervised(child what, child_handlers handlers, std::weak_ptr<loop> events)
    : child_(std::move(what)),
      on_exit_(std::move(handlers.on_exit)),
      on_out_(std::move(handlers.on_stdout_line)),
      on_err_(std::move(handlers.on_stderr_line)),
      events_(std::move(events)) {}

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

supervision::supervision(std::shared_ptr<loop> events, std::unique_ptr<warden> guard,
                         const capture_limits& limits)
    : events_(std::move(events)), guard_(std::move(guard)), limits_(limits) {
  watch_warden();
}

/// A warden that somebody has killed is replaced: as long as there is none, our own death would leave groups
/// behind.
void supervision::watch_warden() {
  if (guard_ == nullptr) return;
  auto watched = events_->watch_exit(guard_->pidfd(), [this] { restart_warden(); });
  if (watched) {
    guard_watch_ = *watched;
  } else {
    events_->after(warden_retry, [this] { watch_warden(); });
  }
}

void supervision::restart_warden() {
  guard_watch_.reset();
  const auto now = steady::now();
  const bool at_once =
      now - guard_restarted_ >= warden_retry;  // not over and over, should each die when it begins
  if (at_once) guard_restarted_ = now;
  if (at_once && guard_->restart()) return watch_warden();
  events_->after(warden_retry, [this] { restart_warden(); });
}

result<std::shared_ptr<supervised>> supervision::launch(command what, child_handlers handlers) {
  const std::string attempt = "launch '" + what.spec().program + "'";
  if (closing_) return fail(errc::closed, attempt + ": its spawner is being destroyed");
  if (what.spec().group == grouping::parents) what.new_session();
  if (what.spec().death_signal == 0) what.death_signal(SIGKILL);
  if (handlers.on_stdout_line) what.stdout_to(stdio::piped());
  if (handlers.on_stderr_line) what.stderr_to(stdio::piped());
  warden_slot slot;
  if (guard_ != nullptr) {
    auto taken = guard_->take_slot();
    if (!taken) return tl::unexpected(within(attempt, std::move(taken.error())));
    slot = std::move(*taken);
  }
  auto born = start(what.spec(), {}, std::move(slot));
  if (!born) return tl::unexpected(std::move(born.error()));
  auto one = std::make_shared<supervised>(std::move(*born), std::move(handlers), events_);
  if (auto watched = watch(one); !watched) {
    forget(*one);  // and the handle, our last, kills and reaps the child
    return tl::unexpected(within(attempt, std::move(watched.error())));
  }
  children_.emplace(one.get(), one);
  return one;
}

result<std::shared_ptr<supervised>> supervision::launch_from_outside(command what, child_handlers handlers) {
  // Shared, because the setter is still inside set_value() when the waiter may already go on.
  const auto outcome = std::make_shared<std::promise<launch_outcome>>();
  {
    const std::lock_guard lock(waiting_mutex_);
    if (is_shut_)
      return fail(errc::closed, "launch '" + what.spec().program + "': its spawner is being destroyed");
    waiting_.push_back(outcome);
  }
  events_->post([this, outcome, &what, &handlers] {
    launch_outcome made = launch(std::move(what), std::move(handlers));
    {
      const std::lock_guard lock(waiting_mutex_);
      std::erase(waiting_, outcome);
    }
    outcome->set_value(std::move(made));
  });
  return outcome->get_future().get();
}

result<> supervision::watch(const shared_child& one) {
  if (auto output = watch_output(one); !output) return output;
  auto exit = events_->watch_exit(one->child_.pidfd(), [this, one] { on_death(one); });
  if (!exit) return tl::unexpected(std::move(exit.error()));
  one->exit_watch_ = *exit;
  if (one->child_.memory() == memory_guard::watched)
    one->memory_timer_ = events_->every(memory_look_period, [one] { one->child_.look_at_memory(); });
  return {};
}

result<> supervision::watch_output(const shared_child& one) {
  supervised* const at = one.get();  // owns the watches, and so outlives their handlers
  if (one->on_out_) {
    auto out =
        capture(one, one->child_.take_stdout(), [at](const text_line& line) { say(at->on_out_, line); });
    if (!out) return tl::unexpected(std::move(out.error()));
    one->out_ = std::move(*out);
  }
  if (!one->on_err_) return {};
  const auto keep_and_say = [at, limit = limits_.stderr_tail](const text_line& line) {
    say(
        [at, limit](std::string_view text) {
          at->tail_.emplace_back(text);
          if (at->tail_.size() > limit) at->tail_.pop_front();
          at->on_err_(text);
        },
        line);
  };
  auto err = capture(one, one->child_.take_stderr(), keep_and_say);
  if (!err) return tl::unexpected(std::move(err.error()));
  one->err_ = std::move(*err);
  return {};
}

result<line_watch> supervision::capture(const shared_child& one, unique_fd from,
                                        std::function<void(const text_line&)> on_line) {
  return line_watch::open(*events_, std::move(from),
                          {std::move(on_line),
                           [this, at = one.get()] {
                             const auto found = children_.find(at);
                             if (found != children_.end()) finish_if_silent(shared_child(found->second));
                           }},
                          limits_.line);
}

/// Who was killed there takes a while to leave, and others die meanwhile.
void supervision::remove_groups() {
  if (!remove_busy_groups(nanoseconds(0)) && !group_timer_)
    group_timer_ = events_->after(group_look_period, [this] {
      group_timer_.reset();
      remove_groups();
    });
}

void supervision::finish_if_silent(const shared_child& one) {
  const bool more = (one->out_ && one->out_->is_open()) || (one->err_ && one->err_->is_open());
  if (one->report_ && !more) finish(one);
}

/// The end of the process, not of its pipes: a grandchild may hold those for as long as it likes.
void supervision::on_death(const shared_child& one) {
  one->report_ = one->child_.try_wait();
  if (!one->report_) one->report_ = one->child_.wait_until(deadline::never());  // a tracer holds the zombie
  remove_groups();
  one->drain_timer_ = events_->after(limits_.drain, [this, one] { finish(one); });
  finish_if_silent(one);
}

void supervision::finish(const shared_child& one) {
  if (one->out_) one->out_->close();
  if (one->err_) one->err_->close();
  forget(*one);
  one->report_->stderr_tail.assign(one->tail_.begin(), one->tail_.end());
  children_.erase(one.get());
  if (const auto on_exit = std::exchange(one->on_exit_, nullptr)) on_exit(*one->report_);
}

/// Ends every watch and timer: some of their callbacks hold the child.
void supervision::forget(supervised& one) {
  one.out_.reset();
  one.err_.reset();
  if (one.exit_watch_) events_->unwatch(*one.exit_watch_);
  for (const auto& timer : {one.drain_timer_, one.memory_timer_})
    if (timer) events_->cancel(*timer);
  for (const timer_id timer : one.stop_timers_) events_->cancel(timer);
}

void supervision::shut_down() {
  if (closing_) return;
  closing_ = true;
  for (const auto& [key, one] : children_) one->child_.kill_group();
  while (!children_.empty()) {
    const shared_child one = children_.begin()->second;
    if (!one->report_) one->report_ = one->child_.wait_until(deadline::never());
    finish(one);
  }
  static_cast<void>(remove_busy_groups(busy_patience));
  if (guard_watch_) events_->unwatch(*guard_watch_);
  guard_.reset();
  events_->stop();
  // What they posted stands behind the stop and is never run.
  const std::lock_guard lock(waiting_mutex_);
  is_shut_ = true;
  for (const auto& outcome : waiting_)
    outcome->set_value(fail(errc::closed, "launch a child: its spawner is being destroyed"));
  waiting_.clear();
}

}  // namespace troupe::spawn::internal
