#include <troupe/base/text.hpp>
#include <troupe/cli/each_printer.hpp>
#include <troupe/cli/progress.hpp>
#include <troupe/runtime/programs/argv_template.hpp>

#include <fcntl.h>
#include <sys/types.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <utility>

namespace troupe::cli {
namespace {

result<> write_whole(int fd, byte_view text) {
  while (!text.empty()) {
    const auto written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return fail_errno("write");
    text = text.subspan(static_cast<std::size_t>(written));
  }
  return {};
}

result<> write_file(int fd, const unique_fd& from) {
  std::array<std::byte, 1U << 16U> block{};
  for (off_t at = 0;;) {
    const auto got = ::pread(from.get(), block.data(), block.size(), at);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno("read what a command has printed");
    if (got == 0) return {};
    if (auto written = write_whole(fd, {block.data(), static_cast<std::size_t>(got)}); !written)
      return written;
    at += got;
  }
}

result<> write_printed(int fd, const runtime::printed& what) {
  return what.file ? write_file(fd, what.file) : write_whole(fd, what.text.view());
}

std::string host_name() {
  utsname names{};
  return ::uname(&names) == 0 ? names.nodename : "localhost";
}

}  // namespace

std::string each_bar(const each_counts& now, double seconds, std::size_t columns) {
  const auto per_second = seconds > 0 ? static_cast<double>(now.done) / seconds : 0;
  auto text = with_commas(now.done) + (now.total_is_known ? "/" + with_commas(now.total) : "") + "  " +
              (per_second < 10 ? std::to_string(static_cast<int>(per_second * 10) / 10.0).substr(0, 3)
                               : with_commas(static_cast<std::uint64_t>(per_second))) +
              "/s";
  if (now.total_is_known && now.total != 0) {
    const auto share = static_cast<double>(now.done) / static_cast<double>(now.total);
    if (now.done != 0 && seconds > 0.5)
      text +=
          "  ETA " +
          format_duration(std::chrono::seconds(static_cast<std::int64_t>(seconds / share - seconds + 0.5)));
    const auto percent = std::to_string(static_cast<int>(share * 100)) + "%  ";
    text = std::string(5 - std::min<std::size_t>(5, percent.size()), ' ') + percent + text;
    if (now.failed != 0) text += "  failed " + with_commas(now.failed);
    constexpr std::size_t least_bar = 10;
    if (columns > text.size() + least_bar + 4) {
      const auto width = std::min<std::size_t>(40, columns - text.size() - 4);
      const auto filled = static_cast<std::size_t>(share * static_cast<double>(width));
      return '[' + std::string(filled, '#') + std::string(width - filled, '.') + "] " + text;
    }
  } else if (now.failed != 0) {
    text += "  failed " + with_commas(now.failed);
  }
  return text.substr(0, columns == 0 ? 0 : columns - 1);
}

result<each_printer> each_printer::open(const std::string& joblog, bool quiet) {
  unique_fd log;
  if (!joblog.empty()) {
    log = unique_fd(::open(joblog.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
    if (!log) return fail_errno("open the job log '" + joblog + "'");
    const std::string_view head =
        "Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand\n";
    if (auto written = write_whole(log.get(), as_bytes_view(head)); !written)
      return tl::unexpected(within("write to the job log '" + joblog + "'", written.error()));
  }
  return each_printer(std::move(log), !quiet && stderr_takes_a_bar());
}

double each_printer::seconds() const noexcept {
  return std::chrono::duration<double>(steady::now() - began_).count();
}

result<> each_printer::log(const each_ended& ended) {
  static const auto host = host_name();
  std::array<char, 160> numbers{};
  const auto& done = ended.done;
  std::snprintf(numbers.data(), numbers.size(), "\t%.3f\t%10.3f\t0\t%ju\t%d\t%d\t",
                std::chrono::duration<double>(done.began.time_since_epoch()).count(),
                std::chrono::duration<double>(done.took).count(), std::uintmax_t{done.out.size},
                done.exit_code.value_or(-1), done.signal.value_or(0));
  const auto line = std::to_string(ended.job.number) + '\t' + host + numbers.data() +
                    runtime::shell_words(ended.job.argv) + '\n';
  return write_whole(log_.get(), as_bytes_view(line));
}

result<> each_printer::print(const each_ended& ended) {
  if (log_)
    if (auto logged = log(ended); !logged)
      return tl::unexpected(within("write to the job log", logged.error()));
  const auto& done = ended.done;
  if (done.out.size == 0 && done.err.size == 0) return {};
  clear();
  static_cast<void>(write_printed(STDERR_FILENO, done.err));  // perhaps nobody looks any more
  if (auto written = write_printed(STDOUT_FILENO, done.out); !written)
    return tl::unexpected(within("standard output", written.error()));
  return {};
}

void each_printer::say(const std::string& line) {
  clear();
  static_cast<void>(write_whole(STDERR_FILENO, as_bytes_view(line + '\n')));
}

void each_printer::draw(const each_counts& now) {
  if (!bar_) return;
  const auto text = std::string(to_line_start) + each_bar(now, seconds(), terminal_columns());
  static_cast<void>(write_whole(STDERR_FILENO, as_bytes_view(text)));
  drawn_ = true;
}

void each_printer::clear() {
  if (std::exchange(drawn_, false))
    static_cast<void>(write_whole(STDERR_FILENO, as_bytes_view(to_line_start)));
}

}  // namespace troupe::cli
