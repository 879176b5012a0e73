// cli/progress.hpp - what a person sees while a run goes: a bar on a terminal, plain lines elsewhere.
// Threads: draw() and clear() by one thread, write_log() by any.
#pragma once
#include <troupe/base/clock.hpp>
#include <troupe/runtime/director/run_counters.hpp>

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

namespace troupe::cli {

/// One look at the counters.
struct progress_reading {
  std::uint64_t items_read = 0;
  std::uint64_t items_done = 0;
  std::uint64_t bytes_read = 0;
  std::uint64_t bytes_total = 0;
  std::uint64_t redelivered = 0;
  std::uint64_t restarts = 0;
  std::uint64_t quarantined = 0;
  std::uint64_t not_utf8 = 0;
  std::uint64_t items_written = 0;
  std::uint32_t workers_ready = 0;
  std::uint32_t workers_wanted = 0;
  std::uint64_t items_total = 0;  // of ranges; 0: unknown
};
[[nodiscard]] progress_reading read(const runtime::run_counters& counters) noexcept;

/// Carriage return, erase to the end of the line.
inline constexpr const char* to_line_start = "\r\x1b[K";
/// Of the terminal behind stderr; 80 when it does not say.
[[nodiscard]] std::size_t terminal_columns();
/// Whether it is a terminal that can draw a line again.
[[nodiscard]] bool stderr_takes_a_bar();

/// "12,345,678".
[[nodiscard]] std::string with_commas(std::uint64_t number);

/// The text of the bar for a terminal of that many columns; pure, so that tests can look at it.
[[nodiscard]] std::string bar_text(const progress_reading& now, double seconds, std::size_t columns);
/// The same for a log file.
[[nodiscard]] std::string plain_text(const progress_reading& now, double seconds);

class progress {
 public:
  enum class kind : std::uint8_t { none, bar, lines };
  /// A bar when stderr is a terminal, else lines; none when quiet.
  explicit progress(bool quiet);

  /// Call it some times a second; lines are written every two seconds only.
  void draw(const progress_reading& now);
  /// The last time: removes the bar, or writes the last line.
  void finish(const progress_reading& now);
  /// Writes log lines above the bar.
  void write_log(std::string_view lines);
  [[nodiscard]] double seconds() const noexcept;

 private:
  const kind kind_;
  const bool in_colours_;
  const steady::time_point began_ = steady::now();
  steady::time_point next_line_ = began_;
  std::mutex mutex_;
  std::string bar_;  // what stands on the terminal now; under mutex_
};

}  // namespace troupe::cli
