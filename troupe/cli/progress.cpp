#include <troupe/base/text.hpp>
#include <troupe/cli/colours.hpp>
#include <troupe/cli/progress.hpp>

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>

namespace troupe::cli {
namespace {

constexpr std::chrono::seconds line_every{2};
void put(std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(STDERR_FILENO, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;  // nobody looks any more
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

std::string rate(double per_second) {
  if (per_second >= 10e6) return with_commas(static_cast<std::uint64_t>(per_second / 1e6)) + "M";
  if (per_second >= 10e3) return with_commas(static_cast<std::uint64_t>(per_second / 1e3)) + "k";
  return with_commas(static_cast<std::uint64_t>(per_second));
}

bool knows_size(const progress_reading& now) {
  return now.bytes_total != 0 || now.items_total != 0;
}

double share_done(const progress_reading& now) {
  if (now.items_total != 0)
    return std::min(1.0, static_cast<double>(now.items_done) / static_cast<double>(now.items_total));
  if (now.bytes_total == 0 || now.items_read == 0) return 0;
  // What is read and not done counts by the mean size of an item.
  const double done = static_cast<double>(now.items_done) / static_cast<double>(now.items_read);
  return std::min(1.0, done * static_cast<double>(now.bytes_read) / static_cast<double>(now.bytes_total));
}

std::string incidents(const progress_reading& now) {
  std::string text =
      "workers " + std::to_string(now.workers_ready) + "/" + std::to_string(now.workers_wanted);
  if (now.restarts != 0) text += ", restarts " + with_commas(now.restarts);
  if (now.redelivered != 0) text += ", redelivered " + with_commas(now.redelivered);
  if (now.quarantined != 0) text += ", quarantined " + with_commas(now.quarantined);
  return text;
}

std::string remaining(double share, double seconds) {
  if (share < 0.01 || share >= 1 || seconds < 0.5) return {};
  return "ETA " +
         format_duration(std::chrono::seconds(static_cast<std::int64_t>(seconds / share - seconds + 0.5)));
}

}  // namespace

std::size_t terminal_columns() {
  winsize size{};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

bool stderr_takes_a_bar() {
  const char* term = std::getenv("TERM");
  return ::isatty(STDERR_FILENO) == 1 && term != nullptr && std::strcmp(term, "dumb") != 0;
}

progress_reading read(const runtime::run_counters& counters) noexcept {
  const auto get = [](const auto& value) { return value.load(std::memory_order_relaxed); };
  return {get(counters.items_read),    get(counters.items_done),     get(counters.bytes_read),
          get(counters.bytes_total),   get(counters.redelivered),    get(counters.restarts),
          get(counters.quarantined),   get(counters.not_utf8),       get(counters.items_written),
          get(counters.workers_ready), get(counters.workers_wanted), get(counters.items_total)};
}

std::string with_commas(std::uint64_t number) {
  auto text = std::to_string(number);
  for (auto at = text.size(); at > 3;) text.insert(at -= 3, ",");
  return text;
}

std::string bar_text(const progress_reading& now, double seconds, std::size_t columns) {
  const auto speed = seconds > 0 ? rate(static_cast<double>(now.items_done) / seconds) + "/s" : "";
  std::string text = with_commas(now.items_done) + " items  " + speed;
  if (knows_size(now)) {
    const double share = share_done(now);
    const auto eta = remaining(share, seconds);
    const auto percent = std::to_string(static_cast<int>(share * 100)) + "%";
    text = std::string(4 - std::min<std::size_t>(4, percent.size()), ' ') + percent + "  " + text +
           (eta.empty() ? "" : "  " + eta);
    const auto tail = text + "  " + incidents(now);
    constexpr std::size_t least_bar = 10;
    if (columns > tail.size() + least_bar + 3) {
      const auto width = std::min<std::size_t>(40, columns - tail.size() - 3);
      const auto filled = static_cast<std::size_t>(share * static_cast<double>(width));
      return "[" + std::string(filled, '#') + std::string(width - filled, '.') + "]" + tail;
    }
  }
  text += "  " + incidents(now);
  return text.substr(0, columns == 0 ? 0 : columns - 1);
}

std::string plain_text(const progress_reading& now, double seconds) {
  std::string text = "progress: " + with_commas(now.items_done) + " items";
  if (now.bytes_total != 0)
    text += ", " + format_bytes(now.bytes_read) + " of " + format_bytes(now.bytes_total) + " read";
  if (now.items_total != 0) text += " of " + with_commas(now.items_total);
  if (seconds > 0) text += ", " + rate(static_cast<double>(now.items_done) / seconds) + " items/s";
  if (const auto eta = remaining(share_done(now), seconds); !eta.empty()) text += ", " + eta;
  return text + ", " + incidents(now);
}

progress::progress(bool quiet)
    : kind_(quiet                  ? kind::none
            : stderr_takes_a_bar() ? kind::bar
                                   : kind::lines),
      in_colours_(stderr_takes_colours()) {}

double progress::seconds() const noexcept {
  return std::chrono::duration<double>(steady::now() - began_).count();
}

void progress::draw(const progress_reading& now) {
  const std::lock_guard lock(mutex_);
  if (kind_ == kind::bar) {
    bar_ = bar_text(now, seconds(), terminal_columns());
    if (in_colours_) bar_ = with_coloured_incidents(std::move(bar_));
    put(to_line_start + bar_);
  } else if (kind_ == kind::lines && steady::now() >= next_line_) {
    next_line_ = steady::now() + line_every;
    put(plain_text(now, seconds()) + "\n");
  }
}

void progress::finish(const progress_reading& now) {
  const std::lock_guard lock(mutex_);
  if (kind_ == kind::bar) put(to_line_start);
  if (kind_ == kind::lines) put(plain_text(now, seconds()) + "\n");
  bar_.clear();
}

void progress::write_log(std::string_view lines) {
  const std::lock_guard lock(mutex_);
  if (bar_.empty()) return put(lines);
  put(to_line_start + std::string(lines) + bar_);
}

}  // namespace troupe::cli
