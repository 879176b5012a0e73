// spawn/spawner.hpp - a thread with a loop that starts children, watches them and captures what they print.
// Threads: launch() and every handle from any thread; handlers run on the spawner's thread.
// Source: prctl(2) PR_SET_PDEATHSIG (follows the creating thread, hence one thread for all children).
#pragma once
#include <troupe/base/clock.hpp>
#include <troupe/base/error.hpp>
#include <troupe/base/unique_fd.hpp>
#include <troupe/spawn/command.hpp>
#include <troupe/spawn/exit_status.hpp>
#include <troupe/spawn/loop.hpp>

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <thread>

namespace troupe::spawn {

/// What a supervised child reports. Each may be empty; none may throw or block for long; each may launch().
struct child_handlers {
  /// Called last, exactly once, also when the spawner is being destroyed.
  std::function<void(const exit_report&)> on_exit = {};
  /// Setting one makes that stream a pipe. A line comes without its '\n'; one over the limit is cut and says
  /// so; a last line without '\n' is reported too. Bytes are passed as they are, whatever their encoding.
  std::function<void(std::string_view)> on_stdout_line = {};
  std::function<void(std::string_view)> on_stderr_line = {};
};

/// Limits of the capture.
struct capture_limits {
  std::size_t line = 8192;       // bytes kept of one line
  std::size_t stderr_tail = 20;  // lines kept for exit_report::stderr_tail
  nanoseconds drain =
      milliseconds(250);  // after death, how long to read on while a grandchild holds the pipe
};

/// warden: a small process beside ours ends all groups of this spawner when our process is killed,
/// grandchildren that stayed in a group included; killed itself, it is started again. none: children get
/// their death signal only.
enum class guarding : std::uint8_t { warden, none };

namespace internal {
class supervision;
class supervised;
}  // namespace internal

/// One launched child; copies name the same one. Everything is safe after its death and after the spawner's:
/// signals go through the pidfd, so they cannot reach a stranger that was given the same number.
class supervised_child {
 public:
  /// Made by spawner::launch().
  explicit supervised_child(std::shared_ptr<internal::supervised> what) noexcept;

  [[nodiscard]] pid_t id() const noexcept;
  /// True once it has been reaped; on_exit may still be waiting for the drain.
  [[nodiscard]] bool has_ended() const noexcept;
  /// Errors: not_found when it has ended, invalid_argument.
  [[nodiscard]] result<> signal(int number) const;
  void kill() const noexcept;
  void kill_group() const noexcept;
  /// Sends `number` to the process now and kills the whole group if it is still there after `patience`.
  void stop(int number, nanoseconds patience) const;

  /// The parent's ends of streams that the command piped and no handler captures; empty otherwise.
  [[nodiscard]] unique_fd take_stdin() const noexcept;
  [[nodiscard]] unique_fd take_stdout() const noexcept;
  [[nodiscard]] unique_fd take_stderr() const noexcept;

 private:
  std::shared_ptr<internal::supervised> what_;
};

/// Owns a thread which owns a loop; children belong to that thread.
/// Caveat: destroying it kills the groups of all its children, reaps them, calls their on_exit, and joins the
/// thread: whatever handlers touch must outlive it. Not to be destroyed in a handler.
class spawner {
 public:
  /// Errors: exhausted (descriptors, threads, processes); permission_denied where the machine does not run
  /// programs from memory (vm.memfd_noexec), which a warden needs.
  [[nodiscard]] static result<std::unique_ptr<spawner>> start(capture_limits limits = {},
                                                              guarding guard = guarding::warden);
  ~spawner();
  spawner(const spawner&) = delete;
  spawner& operator=(const spawner&) = delete;

  /// Starts `what` on the spawner's thread and waits for the outcome of its exec. A command that chose no
  /// group gets a session of its own, one that chose no death signal gets SIGKILL: supervision needs both.
  /// The command's own descriptors are closed before this returns. On error no handler is ever called.
  /// Errors: those of command::spawn(), closed (being destroyed), exhausted (65,536 children at once).
  [[nodiscard]] result<supervised_child> launch(command what, child_handlers handlers = {});

  /// For timers and descriptors of the owner, on its thread (see loop.hpp: from elsewhere only post()). Lives as long as
  /// the spawner. Caveat: stop() ends the spawner's work as its destructor does.
  [[nodiscard]] loop& events() noexcept;

 private:
  explicit spawner(std::shared_ptr<internal::supervision> state) noexcept;
  std::shared_ptr<internal::supervision> state_;
  std::thread thread_;
};

}  // namespace troupe::spawn
