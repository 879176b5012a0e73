// spawn/line_watch.hpp - the lines of a pipe, as they come, by a loop.
// Threads: the loop's thread, or anybody's while the loop does not run.
#pragma once
#include <troupe/base/error.hpp>
#include <troupe/base/framing.hpp>
#include <troupe/base/unique_fd.hpp>
#include <troupe/spawn/loop.hpp>

#include <cstddef>
#include <functional>
#include <memory>

namespace troupe::spawn {

struct line_handlers {
  /// The text is valid during the call.
  std::function<void(const text_line&)> on_line;
  /// Called once and last, when the stream has ended (or cannot be read any more): not after close().
  std::function<void()> on_end = {};
};

/// Owns a pipe's read end and calls back for each line. One read per turn of the loop, so that a flood does
/// not keep exits, timers and other pipes waiting. A handler may destroy it.
class line_watch {
 public:
  static constexpr std::size_t default_limit = 8192;

  /// `from` is made non-blocking. Lines over `limit` bytes are cut and say so (text_line::dropped). The loop
  /// must outlive it. Errors: those of loop::watch_readable.
  [[nodiscard]] static result<line_watch> open(loop& events, unique_fd from, line_handlers handlers,
                                               std::size_t limit = default_limit);
  line_watch(line_watch&&) noexcept = default;
  line_watch& operator=(line_watch&& other) noexcept;
  /// No handler is called any more.
  ~line_watch();

  [[nodiscard]] bool is_open() const noexcept;
  /// Reads what is there now, at most one pipe's worth, then delivers an unfinished last line and closes;
  /// on_end is not called.
  void close();

 private:
  class state;
  explicit line_watch(std::shared_ptr<state> what) noexcept;
  std::shared_ptr<state> state_;  // shared with the loop's callback, so that a handler may destroy the handle
};

}  // namespace troupe::spawn
