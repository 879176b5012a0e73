// cli/each_printer.hpp - what jobs of `each` have printed, one job after the other; the log of jobs; the bar.
// Threads: one.
#pragma once
#include <troupe/base/clock.hpp>
#include <troupe/base/error.hpp>
#include <troupe/base/unique_fd.hpp>
#include <troupe/runtime/each/command_job.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

namespace troupe::cli {

/// A job that is over, or whose attempt is.
struct each_ended {
  runtime::command_job job;
  runtime::command_done done;
  std::string why;  // it did not succeed: "exited with code 3"
};

/// How far a run is.
struct each_counts {
  std::uint64_t total = 0;  // inputs so far
  bool total_is_known = false;
  std::uint64_t done = 0;
  std::uint64_t failed = 0;
};
/// "[####......] 40%  40/100  12/s  ETA 5s  failed 2", in so many columns.
[[nodiscard]] std::string each_bar(const each_counts& now, double seconds, std::size_t columns);

class each_printer {
 public:
  /// Errors: the log cannot be made.
  [[nodiscard]] static result<each_printer> open(const std::string& joblog, bool quiet);

  /// Errors: broken_pipe when nobody reads standard output any more, or why it does not take what is written.
  [[nodiscard]] result<> print(const each_ended& ended);
  /// A line on stderr, above the bar.
  void say(const std::string& line);
  void draw(const each_counts& now);
  void clear();
  [[nodiscard]] bool has_bar() const noexcept { return bar_; }
  [[nodiscard]] double seconds() const noexcept;

 private:
  each_printer(unique_fd log, bool bar) : log_(std::move(log)), bar_(bar) {}
  [[nodiscard]] result<> log(const each_ended& ended);

  unique_fd log_;
  bool bar_;
  bool drawn_ = false;
  steady::time_point began_ = steady::now();
};

}  // namespace troupe::cli
