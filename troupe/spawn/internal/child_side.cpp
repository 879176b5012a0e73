#include <troupe/spawn/internal/child_side.hpp>
#include <troupe/spawn/internal/warden_table.hpp>

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <optional>

namespace troupe::spawn::internal {
namespace {

constexpr int last_signal = 64;               // the kernel's _NSIG, glibc's two internal signals included
constexpr std::size_t kernel_mask_bytes = 8;  // one bit per signal

/// What stopped the child; nullopt: go on.
using trouble = std::optional<failure>;

trouble failed(step at, std::size_t which = 0) {
  return failure{at, errno, which};
}

bool write_whole(int fd, const void* data, std::size_t size) {
  for (;;) {
    const long taken = ::syscall(SYS_write, fd, data, size);
    if (taken >= 0 || errno != EINTR) return taken == static_cast<long>(size);
  }
}

int raised_above(int fd, int lowest) {
  return fd >= lowest ? fd : static_cast<int>(::syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, lowest));
}

/// A source may stand on a number that is another one's target. So all that move are first duplicated above
/// every target, then put in place; then nothing above or between is needed any more.
trouble place_descriptors(child_plan& plan) {
  const std::size_t highest = plan.move_count - 1;
  const int above = plan.moves[highest].target + 1;
  if (plan.report_fd >= 0) {
    const int report_above = raised_above(plan.report_fd, above);
    if (report_above < 0) return failed(step::descriptors, highest);
    plan.report_fd = report_above;
  }
  for (std::size_t i = 0; i < plan.move_count; ++i) {
    fd_move& move = plan.moves[i];
    if (move.source == move.target) continue;  // nobody else's target: it may stay
    move.source = raised_above(move.source, above);
    if (move.source < 0) return failed(step::descriptors, i);
  }
  for (std::size_t i = 0; i < plan.move_count; ++i) {
    const fd_move& move = plan.moves[i];
    const long placed = move.source == move.target ? ::syscall(SYS_fcntl, move.target, F_SETFD, 0)
                                                   : ::syscall(SYS_dup3, move.source, move.target, 0);
    if (placed < 0) return failed(step::descriptors, i);
  }
  if (plan.report_fd < 0) return std::nullopt;
  if (plan.report_fd != above && ::syscall(SYS_dup3, plan.report_fd, above, O_CLOEXEC) < 0)
    return failed(step::descriptors, highest);
  plan.report_fd = above;
  return std::nullopt;
}

/// In a child closed, not only marked, since CLOSE_RANGE_CLOEXEC needs Linux 5.11. In place marked: should
/// the exec fail, the program goes on and needs what it had open.
bool close_range(unsigned first, unsigned last, residence where) {
  if (where == residence::child) return ::syscall(SYS_close_range, first, last, 0) == 0;
  constexpr unsigned mark_only = 4;  // CLOSE_RANGE_CLOEXEC
  if (::syscall(SYS_close_range, first, last, mark_only) == 0) return true;
  if (errno != EINVAL) return false;
  rlimit open_files{};
  if (::syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, nullptr, &open_files) != 0) return false;
  for (unsigned fd = first; fd <= last && fd < open_files.rlim_cur; ++fd)
    ::syscall(SYS_fcntl, fd, F_SETFD, FD_CLOEXEC);  // most are not open
  return true;
}

trouble close_all_others(const child_plan& plan) {
  int next = 0;
  for (std::size_t i = 0; i < plan.move_count; ++i) {
    const int kept = plan.moves[i].target;
    if (kept > next && !close_range(static_cast<unsigned>(next), static_cast<unsigned>(kept - 1), plan.where))
      return failed(step::descriptors, i);
    next = kept + 1;
  }
  if (plan.report_fd >= 0) next = plan.report_fd + 1;
  if (!close_range(static_cast<unsigned>(next), ~0U, plan.where)) return failed(step::descriptors);
  return std::nullopt;
}

/// Handlers go before the mask opens: they are the parent's code and would run in the parent's memory.
/// Ignored ones too, since exec keeps them ignored and a program that never asked for that loses SIGPIPE or
/// SIGCHLD.
void reset_signals() {
  // The kernel's struct sigaction, smaller than this, all zero: SIG_DFL, no flags, empty mask.
  static constexpr unsigned char by_default[64] = {};
  for (int number = 1; number <= last_signal; ++number)
    ::syscall(SYS_rt_sigaction, number, by_default, nullptr, kernel_mask_bytes);  // KILL and STOP refuse
  static constexpr unsigned char none_blocked[kernel_mask_bytes] = {};
  ::syscall(SYS_rt_sigprocmask, SIG_SETMASK, none_blocked, nullptr, kernel_mask_bytes);
}

/// The warden learns of the group here and not from the parent, which may die at any moment. A death before
/// this line is found by ask_for_death_signal. born_ns first: whoever sees the group sees when it was born.
void tell_warden(const child_plan& plan) {
  if (plan.warden == nullptr) return;
  timespec now{};
  ::syscall(SYS_clock_gettime, CLOCK_BOOTTIME, &now);
  plan.warden->born_ns.store(std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec,
                             std::memory_order_relaxed);
  plan.warden->group.store(static_cast<std::int32_t>(::syscall(SYS_getpid)), std::memory_order_release);
}

trouble join_groups(const child_plan& plan) {
  if (plan.own_session && ::syscall(SYS_setsid) < 0) return failed(step::group);
  if (plan.own_group && ::syscall(SYS_setpgid, 0, 0) != 0) return failed(step::group);
  tell_warden(plan);
  // "0" is whoever writes it.
  if (plan.memory_group_fd >= 0 && !write_whole(plan.memory_group_fd, "0", 1))
    return failed(step::memory_group);
  if (plan.tasks_group_fd >= 0 && !write_whole(plan.tasks_group_fd, "0", 1)) return failed(step::tasks_group);
  return std::nullopt;
}

/// Before the identity changes: some of it needs a privilege.
trouble set_limits(const child_plan& plan) {
  if (plan.umask != nullptr) ::syscall(SYS_umask, *plan.umask);
  if (plan.nice != nullptr && ::syscall(SYS_setpriority, PRIO_PROCESS, 0, *plan.nice) != 0)
    return failed(step::nice);
  if (plan.cpu_mask != nullptr &&
      ::syscall(SYS_sched_setaffinity, 0, plan.cpu_mask_bytes, plan.cpu_mask) != 0)
    return failed(step::cpus);
  for (std::size_t i = 0; i < plan.limit_count; ++i) {
    const std::uint64_t soft_and_hard[2] = {plan.limits[i].soft, plan.limits[i].hard};
    if (::syscall(SYS_prlimit64, 0, plan.limits[i].resource, soft_and_hard, nullptr) != 0)
      return failed(step::limit, i);
  }
  return std::nullopt;
}

/// Groups, group, user: each takes the right to do the one before.
trouble change_identity(const child_plan& plan) {
  if (plan.sets_groups && ::syscall(SYS_setgroups, plan.group_count, plan.groups) != 0)
    return failed(step::identity);
  if (plan.group != nullptr && ::syscall(SYS_setresgid, *plan.group, *plan.group, *plan.group) != 0)
    return failed(step::identity);
  if (plan.user != nullptr && ::syscall(SYS_setresuid, *plan.user, *plan.user, *plan.user) != 0)
    return failed(step::identity);
  if (plan.no_new_privileges && ::syscall(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    return failed(step::no_new_privileges);
  return std::nullopt;
}

/// After the identity, whose change clears it. The signal comes for a death after prctl; the parent's id
/// tells of one before. A vfork child's parent is the process that cloned, whichever thread did.
trouble ask_for_death_signal(const child_plan& plan) {
  if (plan.death_signal == 0) return std::nullopt;
  if (::syscall(SYS_prctl, PR_SET_PDEATHSIG, plan.death_signal, 0, 0, 0) != 0)
    return failed(step::death_signal);
  if (::syscall(SYS_getppid) == plan.parent) return std::nullopt;
  errno = ESRCH;
  return failed(step::death_signal);
}

trouble change_directory(const child_plan& plan) {
  if (plan.cwd == nullptr || ::syscall(SYS_chdir, plan.cwd) == 0) return std::nullopt;
  return failed(step::cwd);
}

bool means_try_the_next(int why) {
  return why == ENOENT || why == ENOTDIR || why == EACCES || why == ENODEV || why == ESTALE ||
         why == ETIMEDOUT;
}

/// As execvp(3): a candidate that is not there is passed over; one that may not be run is remembered.
failure exec_first_found(const child_plan& plan) {
  int why = ENOENT;
  std::size_t which = 0;
  for (std::size_t i = 0; i < plan.candidate_count; ++i) {
    ::syscall(SYS_execve, plan.candidates[i], plan.argv, plan.envp);
    const int now = errno;
    if (now == EACCES || !means_try_the_next(now)) {
      why = now;
      which = i;
    }
    if (!means_try_the_next(now)) break;
  }
  return {step::exec, why, which};
}

}  // namespace

failure become_program(child_plan& plan) {
  trouble why = join_groups(plan);
  if (!why) why = place_descriptors(plan);
  if (!why) why = close_all_others(plan);
  if (!why) why = set_limits(plan);
  if (!why) why = change_identity(plan);
  if (!why) why = ask_for_death_signal(plan);
  if (!why) why = change_directory(plan);
  if (why) return *why;
  reset_signals();
  return exec_first_found(plan);
}

int run_child(void* argument) {
  child_plan& plan = *static_cast<child_plan*>(argument);
  const failure why = become_program(plan);
  if (plan.report_at != nullptr)
    *plan.report_at = why;
  else
    write_whole(plan.report_fd, &why, sizeof why);
  return 127;
}

}  // namespace troupe::spawn::internal
