// spawn/internal/child_side.hpp - what happens in the child between clone and exec.
// Threads: run_child runs in a process that may share all memory with its parent, whose thread is suspended.
// Source: clone(2), signal-safety(7), close_range(2), prctl(2), prlimit(2), setresuid(2), execve(2).
#pragma once
#include <sys/types.h>

#include <cstddef>
#include <cstdint>

namespace troupe::spawn::internal {

struct warden_entry;

enum class step : std::uint8_t {
  group,
  memory_group,
  tasks_group,
  descriptors,
  nice,
  cpus,
  limit,
  identity,
  no_new_privileges,
  death_signal,
  cwd,
  exec
};

/// What the child reports when a step fails; nothing when exec succeeds.
struct failure {
  step at;
  int os_errno;
  std::size_t which;  // index of the candidate (exec), of the move (descriptors) or of the limit
};

struct fd_move {
  int source;
  int target;
};

struct rlimit_setting {
  int resource;
  std::uint64_t soft, hard;
};

enum class residence : std::uint8_t { child, in_place };

/// Everything the child needs, as raw pointers into memory that outlives it. The child changes `moves` and
/// `report_fd`.
struct child_plan {
  const char* const* candidates;  // paths to try in turn
  std::size_t candidate_count;
  char* const* argv;
  char* const* envp;
  const char* cwd;  // nullptr: stay
  fd_move* moves;   // by rising target; no target twice; all else is closed
  std::size_t move_count;
  int report_fd;  // of the report pipe, close-on-exec; -1: none
  failure*
      report_at;  // instead of a pipe, in memory that the child shares with its parent; nullptr: not shared
  int memory_group_fd;   // cgroup.procs of the group to join; -1: none
  int tasks_group_fd;    // the same, for the number of its tasks
  warden_entry* warden;  // nullptr: nobody watches its group
  const rlimit_setting* limits;
  std::size_t limit_count;
  const unsigned long* cpu_mask;  // nullptr: stay
  std::size_t cpu_mask_bytes;
  const gid_t* groups;
  std::size_t group_count;
  const gid_t* group;  // nullptr: stay
  const uid_t* user;   // nullptr: stay
  const mode_t* umask;
  const int* nice;
  int death_signal;
  pid_t parent;
  bool sets_groups;
  bool own_session;
  bool own_group;
  bool no_new_privileges;
  residence where;
};

/// All steps in their order, the exec included; returns only what stopped it. Makes system calls only,
/// through syscall(2): libraries' wrappers may take locks that another thread held at the clone.
[[nodiscard]] failure become_program(child_plan& plan);

/// For clone(2): `plan` is a child_plan. Returns, and so ends the child, only when a step has failed and been
/// reported.
int run_child(void* plan);

}  // namespace troupe::spawn::internal
