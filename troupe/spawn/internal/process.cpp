#include <troupe/spawn/internal/cgroup.hpp>
#include <troupe/spawn/internal/process.hpp>
#include <troupe/spawn/internal/small_file.hpp>
#include <troupe/spawn/signals.hpp>

#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
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

std::optional<std::uint64_t> count_oom_kills() {
  // Looked for once: where this process was put when it started is where its children are.
  static const std::string file = [] {
    const auto self = read_text("/proc/self/cgroup");
    const auto mounts = read_text("/proc/self/mountinfo");
    return own_oom_file(memory_homes(self.value_or(""), mounts.value_or("")));
  }();
  const auto text = read_text(file);
  return text ? number_after(*text, "oom_kill") : std::nullopt;
}

process::process(pid_t id, unique_fd pidfd, process_group group, process_ties ties)
    : id_(id),
      pidfd_(std::move(pidfd)),
      parent_(::getpid()),
      group_(group),
      guard_(ties.memory.kind()),
      parent_peak_kib_(peak_of_this_process()),
      ties_(std::move(ties)) {}

bool process::is_somebody_elses() const noexcept {
  return ::getpid() != parent_;
}

result<> process::signal(int number) {
  const std::string attempt = "send " + signal_name(number) + " to process " + std::to_string(id_);
  if (ended_) return fail(errc::not_found, attempt + ": it has ended");
  if (number == SIGKILL) killed_by_us_ = true;
  if (send(pidfd_.get(), number, 0) != 0) return fail_errno(attempt);
  return {};
}

result<> process::signal_group(int number) {
  if (group_ == process_group::parents) return signal(number);
  const std::string attempt = "send " + signal_name(number) + " to group " + std::to_string(id_);
  const std::lock_guard lock(mutex_);
  if (report_) return fail(errc::not_found, attempt + ": it has ended");
  if (number == SIGKILL) killed_by_us_ = true;
  if (auto sent = send_to_group(number); !sent)
    return tl::unexpected(within(attempt, std::move(sent.error())));
  return {};
}

void process::kill() noexcept {
  if (ended_) return;
  killed_by_us_ = true;
  send(pidfd_.get(), SIGKILL, 0);  // can only fail because it has ended
}

void process::kill_group() noexcept {
  if (group_ == process_group::parents) return kill();
  const std::lock_guard lock(mutex_);
  if (report_) return;
  killed_by_us_ = true;
  static_cast<void>(send_to_group(SIGKILL));  // can only fail because it has ended
}

/// Under mutex_, before the reaping.
result<> process::send_to_group(int number) noexcept {
  if (send(pidfd_.get(), number, to_process_group) == 0) return {};
  if (errno != EINVAL || number < 0 || number > SIGRTMAX) return fail_errno("pidfd_send_signal");
  // Before Linux 6.9 by number: ours as long as the leader, or its zombie, is there. ECHILD: it is not, and
  // the number may be a stranger's by now.
  siginfo_t info{};
  if (wait_for(pidfd_.get(), info, WEXITED | WNOHANG | WNOWAIT, nullptr) != 0) return fail_errno("waitid");
  if (::kill(-id_, number) != 0) return fail_errno("kill");
  return {};
}

void process::look_at_memory() {
  const std::lock_guard lock(mutex_);
  if (report_ || !ties_.memory.look(id_)) return;
  killed_by_us_ = true;
  if (group_ == process_group::own) {
    static_cast<void>(send_to_group(SIGKILL));
  } else {
    send(pidfd_.get(), SIGKILL, 0);
  }
}

bool process::await_end(deadline until) {
  const bool looks = guard_ == memory_guard::watched;
  pollfd ended{pidfd_.get(), POLLIN, 0};
  for (;;) {
    if (looks) look_at_memory();
    const deadline step = looks ? std::min(until, deadline::after(memory_look_period)) : until;
    // A signal or an early wake-up only leads to another look at the clock.
    if (::poll(&ended, 1, step.poll_ms()) > 0) return true;
    if (until.passed()) return false;
  }
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

  std::unique_lock lock(mutex_);
  if (report_) return report_;  // another thread was quicker
  // What is left of the group; then its number is free to be somebody else's, so nobody may use it any more.
  if (group_ == process_group::own) static_cast<void>(send_to_group(SIGKILL));
  ties_.slot.clear();
  if (seen == 0) {
    close_books(reap_zombie());
  } else {
    close_books(why == ECHILD ? taken_by_somebody_else() : unknown_because("waitid failed"));
  }
  const auto report = report_;
  lock.unlock();
  if (how == patience::unlimited)
    remove_busy_groups(busy_patience);  // the caller has nothing else to look after
  return report;
}

exit_report process::reap_zombie() {
  siginfo_t info{};
  rusage used{};
  if (wait_for(pidfd_.get(), info, WEXITED, &used) != 0) return taken_by_somebody_else();
  exit_report report{.status = exit_status::of_siginfo(info.si_code, info.si_status),
                     .usage = {as_duration(used.ru_utime), as_duration(used.ru_stime), std::nullopt}};
  if (used.ru_maxrss > parent_peak_kib_ + peak_slack_kib)
    report.usage.peak_rss = static_cast<std::size_t>(used.ru_maxrss) * 1024;
  if (report.status.signal() != SIGKILL) return report;
  report.oom = ties_.memory.verdict();
  if (report.oom == out_of_memory::no && !killed_by_us_ && ties_.oom_kills_before) {
    const auto now = count_oom_kills();
    if (now && *now > *ties_.oom_kills_before) report.oom = out_of_memory::suspected;
  }
  return report;
}

void process::close_books(exit_report report) {
  report.memory = guard_;
  report_ = std::move(report);
  ties_ = {};
  ended_ = true;
}

}  // namespace troupe::spawn::internal
