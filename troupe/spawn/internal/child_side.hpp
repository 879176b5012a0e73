// spawn/internal/child_side.hpp - what happens in the child between clone and exec.
// Threads: run_child runs in a process that may share all memory with its parent, whose thread is suspended.
// Source: clone(2), signal-safety(7), close_range(2), prctl(2), execve(2).
#pragma once
#include <sys/types.h>

#include <cstddef>
#include <cstdint>

namespace troupe::spawn::internal {

enum class step : std::uint8_t { group, death_signal, cwd, descriptors, exec };

/// What the child writes into the report pipe when a step fails; nothing when exec succeeds.
struct failure {
  step at;
  int os_errno;
  std::size_t which;  // index of the candidate (exec) or of the move (descriptors)
};

struct fd_move {
  int source;
  int target;
};

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
  int report_fd;  // close-on-exec
  int death_signal;
  pid_t parent;
  bool own_session;
  bool own_group;
};

/// For clone(2): `plan` is a child_plan. Returns, and so ends the child, only when a step has failed and been
/// reported. Makes system calls only, through syscall(2): libraries' wrappers may take locks that another
/// thread held at the clone.
int run_child(void* plan);

}  // namespace troupe::spawn::internal
