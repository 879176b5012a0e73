#include <troupe/spawn/command.hpp>
#include <troupe/spawn/internal/child_side.hpp>
#include <troupe/spawn/internal/prepare.hpp>
#include <troupe/spawn/internal/process.hpp>
#include <troupe/spawn/pipes/pipe.hpp>

#include <sched.h>
#include <sys/wait.h>

#include <csignal>
#include <cstddef>
#include <memory>

namespace troupe::spawn {
namespace {

// Sharing the parent's memory until exec makes the cost independent of its size. The sanitizers' runtimes
// cannot bear it: the child's accesses would be booked on the parent's thread, and TSan's clone wrapper
// releases its own locks in both processes. There the child gets a copy; all else stays the same.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int memory_flag = 0;
#else
constexpr int memory_flag = CLONE_VM;
#endif

constexpr std::size_t child_stack_bytes = 64 * 1024;  // run_child needs a few hundred; execve none

struct newborn {
  pid_t id;
  unique_fd pidfd;
};

/// The parent's thread sleeps until the child has exec'd or ended (CLONE_VFORK). All signals are blocked
/// meanwhile: a handler of ours must not run in the child, in our memory; it inherits the full mask and opens
/// it itself.
result<newborn> clone_child(internal::child_plan& plan) {
  const auto stack = std::make_unique_for_overwrite<std::byte[]>(child_stack_bytes);
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int pidfd = -1;
  const pid_t id = ::clone(internal::run_child, stack.get() + child_stack_bytes,
                           memory_flag | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, &plan, &pidfd);
  const int why = errno;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (id < 0) return fail_errno("clone a process", why);
  return newborn{id, unique_fd(pidfd)};
}

/// Since the child has exec'd or ended, all that it will ever write is in the pipe: we never wait here, even
/// when a child forked elsewhere in this program holds a copy of the other end.
std::optional<internal::failure> reported_failure(int report_fd) {
  internal::failure why{};
  const auto got = read_some(report_fd, std::as_writable_bytes(std::span(&why, 1)));
  const bool is_whole = got && *got && **got == sizeof why;
  return is_whole ? std::optional(why) : std::nullopt;
}

void reap(int pidfd) {
  siginfo_t info{};
  while (::waitid(P_PIDFD, static_cast<id_t>(pidfd), &info, WEXITED) != 0 && errno == EINTR) continue;
}

}  // namespace

stdio stdio::owned(unique_fd fd) {
  stdio made = borrowed(fd.get());
  made.owned_ = std::move(fd);
  return made;
}

stdio stdio::borrowed(int fd) {
  stdio made(kind::descriptor);
  made.number_ = fd;
  return made;
}

command& command::arg0(std::string value) {
  spec_.arg0 = std::move(value);
  return *this;
}

command& command::arg(std::string value) {
  spec_.args.push_back(std::move(value));
  return *this;
}

command& command::args(std::vector<std::string> values) {
  for (auto& value : values) spec_.args.push_back(std::move(value));
  return *this;
}

command& command::env(std::string name, std::string value) {
  spec_.env.emplace_back(std::move(name), std::move(value));
  return *this;
}

command& command::env_remove(std::string name) {
  spec_.env.emplace_back(std::move(name), std::nullopt);
  return *this;
}

command& command::env_clear() {
  spec_.env_cleared = true;
  spec_.env.clear();
  return *this;
}

command& command::cwd(std::string directory) {
  spec_.cwd = std::move(directory);
  return *this;
}

command& command::stdin_from(stdio from) {
  spec_.in = std::move(from);
  return *this;
}

command& command::stdout_to(stdio to) {
  spec_.out = std::move(to);
  return *this;
}

command& command::stderr_to(stdio to) {
  spec_.err = std::move(to);
  return *this;
}

command& command::pass_fd(unique_fd fd, int number) {
  const int source = fd.get();
  spec_.fds.push_back({std::move(fd), source, number});
  return *this;
}

command& command::pass_fd(int fd, int number) {
  spec_.fds.push_back({unique_fd(), fd, number});
  return *this;
}

command& command::new_session() {
  spec_.group = grouping::own_session;
  return *this;
}

command& command::new_group() {
  spec_.group = grouping::own_group;
  return *this;
}

command& command::death_signal(int signal) {
  spec_.death_signal = signal;
  return *this;
}

result<child> command::spawn() const {
  internal::prepared ready;
  if (auto made = ready.prepare(spec_); !made) return tl::unexpected(std::move(made.error()));
  auto report = make_pipe();
  if (!report) return tl::unexpected(within("start '" + spec_.program + "'", std::move(report.error())));
  if (auto set = set_nonblocking(report->read_end.get()); !set) return tl::unexpected(std::move(set.error()));

  const auto oom_kills = internal::count_oom_kills();
  internal::child_plan plan = ready.plan(spec_, report->write_end.get());
  auto born = clone_child(plan);
  if (!born) return tl::unexpected(within("start '" + spec_.program + "'", std::move(born.error())));
  if (const auto failed = reported_failure(report->read_end.get())) {
    reap(born->pidfd.get());
    return tl::unexpected(ready.explain(spec_, *failed));
  }
  auto process = std::make_shared<internal::process>(born->id, std::move(born->pidfd),
                                                     spec_.group != grouping::parents, oom_kills);
  return child(std::move(process), std::move(ready.parents_in), std::move(ready.parents_out),
               std::move(ready.parents_err));
}

}  // namespace troupe::spawn
