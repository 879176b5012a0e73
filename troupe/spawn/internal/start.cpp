#include <troupe/base/sanitizers.hpp>
#include <troupe/spawn/internal/cgroup.hpp>
#include <troupe/spawn/internal/check_spec.hpp>
#include <troupe/spawn/internal/child_side.hpp>
#include <troupe/spawn/internal/process.hpp>
#include <troupe/spawn/internal/start.hpp>
#include <troupe/spawn/pipes/pipe.hpp>

#include <sched.h>
#include <sys/wait.h>

#include <csignal>
#include <cstddef>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <utility>

namespace troupe::spawn::internal {
namespace {

// Sharing the parent's memory until exec makes the cost independent of its size. The sanitizers' runtimes
// cannot bear it: the child's accesses would be booked on the parent's thread, and TSan's clone wrapper
// releases its own locks in both processes. There the child gets a copy; all else stays the same.
constexpr int shared_memory_flag = sanitized ? 0 : CLONE_VM;

/// A child that changes its ids gets a copy, too: in shared memory its setuid would make us undumpable, and
/// whoever may do something to a process of that user would have a hand in our memory.
int memory_flag(const command_spec& spec) {
  return spec.who.changes() ? 0 : shared_memory_flag;
}

constexpr std::size_t child_stack_bytes = 64 * 1024;  // run_child needs a few hundred; execve none

struct newborn {
  pid_t id;
  unique_fd pidfd;
};

/// The parent's thread sleeps until the child has exec'd or ended (CLONE_VFORK). All signals are blocked
/// meanwhile: a handler of ours must not run in the child, in our memory; it inherits the full mask and opens
/// it itself.
result<newborn> clone_child(child_plan& plan, int flags) {
  const auto stack = std::make_unique_for_overwrite<std::byte[]>(child_stack_bytes);
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int pidfd = -1;
  const pid_t id = ::clone(run_child, stack.get() + child_stack_bytes,
                           flags | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, &plan, &pidfd);
  const int why = errno;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (id < 0) return fail_errno("clone a process", why);
  return newborn{id, unique_fd(pidfd)};
}

/// For a child with memory of its own.
result<pipe_ends> make_report_pipe() {
  auto made = make_pipe();
  if (!made) return made;
  if (auto set = set_nonblocking(made->read_end.get()); !set) return tl::unexpected(std::move(set.error()));
  return made;
}

/// The same from a child that shared our memory until now: it needs no pipe.
std::optional<failure> written_failure(const failure& why) {
  return why.os_errno == 0 ? std::nullopt : std::optional(why);
}

/// Since the child has exec'd or ended, all that it will ever write is in the pipe: we never wait here, even
/// when a child forked elsewhere in this program holds a copy of the other end.
std::optional<failure> reported_failure(int report_fd) {
  failure why{};
  auto left = std::as_writable_bytes(std::span(&why, 1));
  while (!left.empty()) {
    const auto got = read_some(report_fd, left);
    if (!got || !*got || **got == 0) return std::nullopt;
    left = left.subspan(**got);
  }
  return why;
}

void reap(int pidfd) {
  siginfo_t info{};
  while (::waitid(P_PIDFD, static_cast<id_t>(pidfd), &info, WEXITED) != 0 && errno == EINTR) continue;
}

}  // namespace

result<child> start(const command_spec& spec, const default_streams& defaults, warden_slot slot,
                    oom_suspicion ooms) {
  prepared ready;
  if (auto made = ready.prepare(spec, defaults); !made) return tl::unexpected(std::move(made.error()));
  const int memory = memory_flag(spec);
  pipe_ends report;
  if (memory == 0) {
    auto made = make_report_pipe();
    if (!made) return tl::unexpected(within(starting(spec), std::move(made.error())));
    report = std::move(*made);
  }
  const auto oom_kills = ooms == oom_suspicion::noted ? count_oom_kills() : std::nullopt;
  failure why{.at = step::exec, .os_errno = 0, .which = 0};
  child_plan plan = ready.plan(spec, residence::child, report.write_end.get());
  if (memory != 0) plan.report_at = &why;
  plan.warden = slot.entry();
  auto born = clone_child(plan, memory);
  if (!born) return tl::unexpected(within(starting(spec), std::move(born.error())));
  const auto failed = memory != 0 ? written_failure(why) : reported_failure(report.read_end.get());
  if (failed) {
    slot.clear();
    reap(born->pidfd.get());
    ready.memory = {};
    remove_busy_groups(busy_patience);
    return tl::unexpected(ready.explain(spec, *failed));
  }
  const auto group = spec.group != grouping::parents ? process_group::own : process_group::parents;
  try {
    auto made = std::make_shared<process>(born->id, std::move(born->pidfd), group,
                                          process_ties{oom_kills, std::move(slot), std::move(ready.memory)});
    return child(std::move(made), std::move(ready.parents_in), std::move(ready.parents_out),
                 std::move(ready.parents_err));
  } catch (
      const std::
          bad_alloc&) {  // from the allocation, so nothing has been moved yet; nobody could own the child
    ::kill(born->id, SIGKILL);
    reap(born->pidfd.get());
    return fail(errc::exhausted, starting(spec), ENOMEM);
  }
}

}  // namespace troupe::spawn::internal
