#include <troupe/spawn/internal/process.hpp>
#include <troupe/spawn/pipes/pipe.hpp>
#include <troupe/spawn/signals.hpp>

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <string>
#include <string_view>
#include <utility>

namespace troupe::spawn::internal {
namespace {

constexpr unsigned to_process_group = 4;  // PIDFD_SIGNAL_PROCESS_GROUP, Linux 6.9, not in Debian 12's headers
constexpr long peak_slack_kib = 1024;     // the kernel's resident counters are this inexact

int send(int pidfd, int number, unsigned flags) noexcept {
  return static_cast<int>(::syscall(SYS_pidfd_send_signal, pidfd, number, nullptr, flags));
}

/// glibc's waitid has no rusage; the system call does.
int wait_for(int pidfd, siginfo_t& info, int options, rusage* used) noexcept {
  for (;;) {
    info.si_pid = 0;
    const long got = ::syscall(SYS_waitid, P_PIDFD, pidfd, &info, options, used);
    if (got == 0 || errno != EINTR) return static_cast<int>(got);
  }
}

long peak_of_this_process() noexcept {
  rusage self{};
  ::getrusage(RUSAGE_SELF, &self);
  return self.ru_maxrss;
}

std::chrono::microseconds as_duration(const timeval& time) {
  return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
}

exit_report unknown_because(std::string reason) {
  return exit_report{exit_status(exit_status::unknown{std::move(reason)}), {}};
}

exit_report taken_by_somebody_else() {
  return unknown_because("its status went elsewhere: this program ignores SIGCHLD or waits for any child");
}

}  // namespace

std::uint64_t count_oom_kills() {
  const unique_fd file(::open("/proc/vmstat", O_RDONLY | O_CLOEXEC));
  if (!file) return 0;
  std::array<std::byte, 32768> text;
  std::size_t size = 0;
  while (size < text.size()) {
    const auto got = read_some(file.get(), std::span(text).subspan(size));
    if (!got || !*got || **got == 0) break;
    size += **got;
  }
  constexpr std::string_view key = "\noom_kill ";
  const std::string_view all(reinterpret_cast<const char*>(text.data()), size);
  const auto at = all.find(key);
  std::uint64_t count = 0;
  if (at != all.npos) std::from_chars(all.data() + at + key.size(), all.data() + all.size(), count);
  return count;
}

process::process(pid_t id, unique_fd pidfd, bool has_own_group, std::uint64_t oom_kills_before)
    : id_(id),
      pidfd_(std::move(pidfd)),
      has_own_group_(has_own_group),
      oom_kills_before_(oom_kills_before),
      parent_peak_kib_(peak_of_this_process()) {}

result<> process::signal(int number) {
  const std::string attempt = "send " + signal_name(number) + " to process " + std::to_string(id_);
  if (ended_) return fail(errc::not_found, attempt + ": it has ended");
  if (number == SIGKILL) killed_by_us_ = true;
  if (send(pidfd_.get(), number, 0) != 0) return fail_errno(attempt);
  return {};
}

void process::kill() noexcept {
  if (ended_) return;
  killed_by_us_ = true;
  send(pidfd_.get(), SIGKILL, 0);  // can only fail because it has ended
}

bool process::kill_group_by_pidfd() const noexcept {
  return send(pidfd_.get(), SIGKILL, to_process_group) == 0 || errno != EINVAL;
}

void process::kill_group() noexcept {
  if (!has_own_group_) return kill();
  const std::lock_guard lock(mutex_);
  if (report_) return;
  killed_by_us_ = true;
  if (kill_group_by_pidfd()) return;
  // Before Linux 6.9 by number: ours as long as the leader, or its zombie, is there. ECHILD: it is not.
  siginfo_t info{};
  if (wait_for(pidfd_.get(), info, WEXITED | WNOHANG | WNOWAIT, nullptr) == 0) ::kill(-id_, SIGKILL);
}

std::optional<exit_report> process::reap(patience how) {
  {
    const std::lock_guard lock(mutex_);
    if (report_) return report_;
  }
  siginfo_t info{};
  const int hang = how == patience::none ? WNOHANG : 0;
  const int seen = wait_for(pidfd_.get(), info, WEXITED | WNOWAIT | hang, nullptr);
  const int why = errno;
  if (seen == 0 && info.si_pid == 0) return std::nullopt;

  const std::lock_guard lock(mutex_);
  if (report_) return report_;  // another thread was quicker
  if (seen != 0) {
    if (has_own_group_) kill_group_by_pidfd();  // never by number: it may be a stranger's by now
    close_books(why == ECHILD ? taken_by_somebody_else() : unknown_because("waitid failed"));
  } else {
    if (has_own_group_ && !kill_group_by_pidfd()) ::kill(-id_, SIGKILL);
    close_books(reap_zombie());
  }
  return report_;
}

exit_report process::reap_zombie() {
  siginfo_t info{};
  rusage used{};
  if (wait_for(pidfd_.get(), info, WEXITED, &used) != 0) return taken_by_somebody_else();
  exit_report report{exit_status::of_siginfo(info.si_code, info.si_status),
                     {as_duration(used.ru_utime), as_duration(used.ru_stime), std::nullopt}};
  if (used.ru_maxrss > parent_peak_kib_ + peak_slack_kib)
    report.usage.peak_rss = static_cast<std::size_t>(used.ru_maxrss) * 1024;
  report.oom_suspected =
      report.status.signal() == SIGKILL && !killed_by_us_ && count_oom_kills() > oom_kills_before_;
  return report;
}

void process::close_books(exit_report report) {
  report_ = std::move(report);
  ended_ = true;
}

}  // namespace troupe::spawn::internal
