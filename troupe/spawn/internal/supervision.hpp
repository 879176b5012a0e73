// spawn/internal/supervision.hpp - what a spawner's thread keeps about its children.
// Threads: the loop's thread, except where said.
#pragma once
#include <troupe/base/framing.hpp>
#include <troupe/spawn/child.hpp>
#include <troupe/spawn/loop.hpp>
#include <troupe/spawn/spawner.hpp>

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace troupe::spawn::internal {

/// One captured stream, cut into lines.
class capture {
 public:
  capture(unique_fd from, std::size_t line_limit, std::function<void(std::string_view)> on_line);

  [[nodiscard]] int fd() const noexcept { return from_.get(); }
  [[nodiscard]] bool is_open() const noexcept { return static_cast<bool>(from_); }
  /// One read into `buffer`, its lines delivered; false at the end of the stream.
  [[nodiscard]] bool read_once(std::span<std::byte> buffer);
  /// Delivers what is left of a last line and closes.
  void close();

  std::optional<watch_id> watch;

 private:
  void deliver(const text_line& line) const;
  unique_fd from_;
  line_splitter lines_;
  std::function<void(std::string_view)> on_line_;
};

/// One child: running → dead, its output being drained → gone.
class supervised {
 public:
  supervised(child what, child_handlers handlers, const capture_limits& limits, std::weak_ptr<loop> events);

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
  const std::size_t tail_limit_;
  std::deque<std::string> tail_;
  std::optional<capture> out_, err_;
  std::optional<watch_id> exit_watch_;
  std::optional<exit_report> report_;  // once dead
  std::optional<timer_id> drain_timer_;
  std::vector<timer_id> stop_timers_;
  const std::weak_ptr<loop> events_;
};

/// All children of one spawner.
class supervision {
 public:
  supervision(std::shared_ptr<loop> events, const capture_limits& limits);

  [[nodiscard]] loop& events() noexcept { return *events_; }  // any thread
  [[nodiscard]] result<std::shared_ptr<supervised>> launch(command what, child_handlers handlers);
  /// Kills and reaps all children, reports them, and stops the loop.
  void shut_down();

 private:
  using shared_child = std::shared_ptr<supervised>;
  result<> watch(const shared_child& one);
  result<> watch_output(const shared_child& one, std::optional<capture>& stream);
  void on_output(const shared_child& one, capture& stream);
  void on_death(const shared_child& one);
  void close(capture& stream);
  void finish(const shared_child& one);
  void forget(supervised& one);

  std::shared_ptr<loop> events_;
  const capture_limits limits_;
  std::unordered_map<supervised*, shared_child> children_;
  std::vector<std::byte> buffer_;
  bool closing_ = false;
};

}  // namespace troupe::spawn::internal
