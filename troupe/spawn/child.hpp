// spawn/child.hpp - one child process and the pipes joined to it.
// Threads: one thread at a time, but signal(), kill(), kill_group() and has_ended() may run beside it.
// Source: pidfd_open(2), pidfd_send_signal(2), waitid(2).
#pragma once
#include <troupe/base/clock.hpp>
#include <troupe/base/error.hpp>
#include <troupe/base/unique_fd.hpp>
#include <troupe/spawn/exit_status.hpp>
#include <troupe/spawn/output.hpp>

#include <sys/types.h>

#include <memory>
#include <optional>
#include <utility>

namespace troupe::spawn {

namespace internal {
class process;
}

/// A spawned process. Owns its pidfd and the parent's ends of its pipes; move-only.
/// Whoever learns of the death (a wait, the destructor) first kills what is left of the child's group, if it
/// has one of its own, and only then reaps it: as long as the leader is a zombie its group's number cannot be
/// reused. Caveat: destroying a running child kills it, with its group if it has one, and waits for its end.
class child {
 public:
  /// Made by command::spawn().
  child(std::shared_ptr<internal::process> what, unique_fd in, unique_fd out, unique_fd err) noexcept;
  child(child&&) noexcept;
  child& operator=(child&&) noexcept;
  ~child();

  /// The process id; after the reaping it names nobody, so signal through this handle instead.
  [[nodiscard]] pid_t id() const noexcept;
  /// Readable once the process has ended. Owned by the child.
  [[nodiscard]] int pidfd() const noexcept;

  /// Who enforces the memory_max of its command.
  [[nodiscard]] memory_guard memory() const noexcept;

  /// The parent's ends of piped streams: the caller owns what it takes; empty when not piped or taken before.
  [[nodiscard]] unique_fd take_stdin() noexcept { return std::move(in_); }
  [[nodiscard]] unique_fd take_stdout() noexcept { return std::move(out_); }
  [[nodiscard]] unique_fd take_stderr() noexcept { return std::move(err_); }

  /// Waits for the end. The child's stdin, if still here, is closed first, so that one that reads it can end.
  /// Does not read stdout or stderr: a child that fills those pipes waits for a reader. May be called again.
  exit_report wait();
  /// Feeds `options.input` to its stdin, reads both piped streams at once and waits for the end, so that no
  /// full pipe can hold either side up. Takes the ends of the pipes that are still here. Death is seen by the
  /// process, not by end of file: a grandchild that holds the pipes is waited for no longer than
  /// `options.drain`. Errors: invalid_argument (input, but its stdin is not a pipe or was taken), exhausted
  /// (memory, threads), or why a pipe could not be made non-blocking; the child is then killed.
  [[nodiscard]] result<output> wait_with_output(const output_options& options = {});
  /// nullopt while it runs.
  [[nodiscard]] std::optional<exit_report> try_wait();
  /// nullopt when the deadline passed first.
  [[nodiscard]] std::optional<exit_report> wait_until(deadline until);

  /// Looks whether it is over its memory_max, where nobody but us does (memory_guard::watched), and kills it
  /// then. The waits above do it by themselves.
  void look_at_memory();

  /// True once some wait has reaped it.
  [[nodiscard]] bool has_ended() const noexcept;
  /// Sends a signal to the process. Errors: not_found when it has ended, permission_denied, invalid_argument.
  [[nodiscard]] result<> signal(int number);
  /// The same to its whole group, or to the process alone when it is in its parent's group.
  [[nodiscard]] result<> signal_group(int number);
  /// Ends it in an orderly way: `number` to the process, then, if it is still there after `grace`, SIGKILL to
  /// its whole group. Waits; stdin is closed first, as by wait().
  exit_report stop(int number, nanoseconds grace);
  /// SIGKILL to the process; no error when it has ended already. Does not wait.
  void kill() noexcept;
  /// SIGKILL to its whole group, or to the process alone when it is in its parent's group. Does not wait.
  void kill_group() noexcept;

  /// Lets the process live on, unwatched. Caveat: it stays a zombie from its end to ours, unless it is waited
  /// for by somebody else. A death signal stays armed.
  /// Afterwards, as after a move, the handle may only be assigned to and destroyed: ask for id() before.
  void detach() noexcept;

 private:
  void end() noexcept;

  std::shared_ptr<internal::process> process_;
  unique_fd in_, out_, err_;
};

}  // namespace troupe::spawn
