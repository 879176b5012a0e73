// spawn/internal/supervision.hpp - what a spawner's thread keeps about its children.
// Threads: the loop's thread, except where said.
#pragma once
#include <troupe/base/framing.hpp>
#include <troupe/spawn/child.hpp>
#include <troupe/spawn/internal/warden.hpp>
#include <troupe/spawn/line_watch.hpp>
#include <troupe/spawn/loop.hpp>
#include <troupe/spawn/spawner.hpp>

#include <cstddef>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace troupe::spawn::internal {

/// One child: running → dead, its output being drained → gone.
class supervised {
 public:
  supervised(child what, child_handlers handlers, std::weak_ptr<loop> events);

  // Any thread.
  [[nodiscard]] pid_t id() const noexcept { return child_.id(); }
  [[nodiscard]] child& handle() noexcept { return child_; }
  [[nodiscard]] unique_fd take(unique_fd (child::*end)() noexcept);
  void stop_after(const std::shared_ptr<supervised>& self, nanoseconds patience);

 private:
  friend class supervision;
  child child_;
  std::mutex ends_mutex_;  // for take()
  std::function<void(const exit_report&)> on_exit_;
  std::function<void(std::string_view)> on_out_, on_err_;
  std::deque<std::string> tail_;
  std::optional<line_watch> out_, err_;
  std::optional<timer_id> memory_timer_;
  std::optional<watch_id> exit_watch_;
  std::optional<exit_report> report_;  // once dead
  std::optional<timer_id> drain_timer_;
  std::vector<timer_id> stop_timers_;
  const std::weak_ptr<loop> events_;
};

/// All children of one spawner.
class supervision {
 public:
  supervision(std::shared_ptr<loop> events, std::unique_ptr<warden> guard, const capture_limits& limits);

  [[nodiscard]] loop& events() noexcept { return *events_; }  // any thread
  [[nodiscard]] result<std::shared_ptr<supervised>> launch(command what, child_handlers handlers);
  /// Any thread but the loop's: launches there and waits for the outcome. Errors besides: closed.
  [[nodiscard]] result<std::shared_ptr<supervised>> launch_from_outside(command what,
                                                                        child_handlers handlers);
  /// Kills and reaps all children, reports them, answers who still waits for a launch, and stops the loop. Once.
  void shut_down();

 private:
  using shared_child = std::shared_ptr<supervised>;
  result<> watch(const shared_child& one);
  result<> watch_output(const shared_child& one);
  result<line_watch> capture(const shared_child& one, unique_fd from,
                             std::function<void(const text_line&)> on_line);
  void on_death(const shared_child& one);
  void finish_if_silent(const shared_child& one);
  void finish(const shared_child& one);
  void remove_groups();
  void forget(supervised& one);
  void watch_warden();
  void restart_warden();

  std::shared_ptr<loop> events_;
  std::unique_ptr<warden> guard_;  // nullptr: none is wanted
  std::optional<watch_id> guard_watch_;
  std::optional<timer_id> group_timer_;
  steady::time_point guard_restarted_{};
  const capture_limits limits_;
  std::unordered_map<supervised*, shared_child> children_;
  bool closing_ = false;

  using launch_outcome = result<std::shared_ptr<supervised>>;
  std::mutex waiting_mutex_;
  bool is_shut_ = false;  // under waiting_mutex_, as the next
  std::vector<std::shared_ptr<std::promise<launch_outcome>>>
      waiting_;  // launches from outside, not answered yet
};

}  // namespace troupe::spawn::internal
