// tests/end_to_end/program.hpp - a program under test with its streams: started, fed, listened to, signalled,
// waited for.
// Threads: one owner; each captured stream has a thread that reads it.
#pragma once
#include "folder.hpp"
#include "processes.hpp"

#include <troupe/spawn/child.hpp>

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace troupe::end_to_end {

/// The paths of play_app and troupe_app.
[[nodiscard]] const std::string& play();
[[nodiscard]] const std::string& troupe_app();

/// Reads a stream to its end on a thread of its own, so that its writer never waits.
class listener {
 public:
  explicit listener(unique_fd from);
  ~listener();
  listener(const listener&) = delete;
  listener& operator=(const listener&) = delete;

  [[nodiscard]] std::string text() const;
  /// Waits until there is `enough` text; false when the stream ends or the watchdog barks first.
  [[nodiscard]] bool wait_for(const std::function<bool(const std::string&)>& enough) const;
  /// False when the watchdog barks first.
  [[nodiscard]] bool wait_for_end() const;

 private:
  void listen();

  unique_fd from_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::string text_;    // under mutex_
  bool ended_ = false;  // under mutex_
  std::thread thread_;
};

/// How a program ended and what it said.
struct ended {
  spawn::exit_status status;
  std::string out;
  std::string err;
};

/// none: /dev/null. captured: read at once by a listener. ours: the other end is the test's.
enum class stream : std::uint8_t { none, captured, ours };

struct program_options {
  stream in = stream::none;  // ours: feed() writes into it
  stream out = stream::captured;
  stream err = stream::captured;
  std::vector<std::pair<std::string, std::string>> env = {};
  std::vector<std::string> prefix = {};  // a program that becomes this one
  std::string path = play();
};

/// A running program whose home is a folder: its working directory, its sockets, its marks. Destroying it
/// kills it. What waits throws when the watchdog barks, with all that the program has said.
class program {
 public:
  program(const folder& home, std::vector<std::string> arguments, program_options options = {});

  [[nodiscard]] pid_t id() const { return child_.id(); }
  /// True when it ends in that time: what a loop of a test waits on between two looks.
  [[nodiscard]] bool ends_within(nanoseconds patience) const {
    return readable_within(child_.pidfd(), patience);
  }
  void signal(int number);
  /// Waits until it has taken a signal: two of the same number are one to it before that.
  void signal_and_see_it_taken(int number);

  /// Writes to its stdin as it takes it; false when it has closed it.
  [[nodiscard]] bool feed(std::string_view text);
  void close_stdin() { in_.reset(); }
  /// Bytes of its stdin that it has not read yet.
  [[nodiscard]] int unread() const;
  /// For streams that are ours.
  [[nodiscard]] unique_fd take_stdout() { return std::move(out_); }
  [[nodiscard]] unique_fd take_stderr() { return std::move(err_); }

  /// What it has printed by now.
  [[nodiscard]] std::string out() const { return out_text_ ? out_text_->text() : std::string(); }
  [[nodiscard]] std::string err() const { return err_text_ ? err_text_->text() : std::string(); }
  /// Waits until it has printed so many lines on stdout.
  void wait_for_lines(std::size_t count);
  /// Waits until its stderr holds that text.
  void wait_for_err(const std::string& text);
  /// Looks again and again, every other millisecond, until it is so; not longer than the program lives.
  void wait_until(const std::string& what, const std::function<bool()>& so);

  /// Waits for its end and for that of its captured streams.
  [[nodiscard]] ended wait();

 private:
  [[nodiscard]] std::string said() const;

  unique_fd in_, out_, err_;
  std::unique_ptr<listener> out_text_, err_text_;
  spawn::child child_;  // the last: its end ends the streams that the listeners read
};

/// Runs a program to its end.
[[nodiscard]] ended run(const folder& home, std::vector<std::string> arguments, program_options options = {});

/// The number that stands in a row of the summary; nullopt when there is none.
[[nodiscard]] std::optional<std::uint64_t> summary(const std::string& err, const std::string& row);

}  // namespace troupe::end_to_end
