// spawn/command.hpp - what to start and how, gathered first and then spawned.
// Threads: a value; spawn() may be called from any thread.
// Source: clone(2), execve(2), close_range(2), prctl(2), setrlimit(2), credentials(7).
#pragma once
#include <troupe/base/error.hpp>
#include <troupe/base/resource_limits.hpp>
#include <troupe/base/unique_fd.hpp>
#include <troupe/spawn/child.hpp>
#include <troupe/spawn/output.hpp>
#include <troupe/spawn/stdio.hpp>

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace troupe::spawn {

/// One more descriptor for the child, under a number of the caller's choice.
struct passed_fd {
  unique_fd owned;  // empty when borrowed
  int source = -1;
  int number = -1;
};

/// Whose process group the child is in. Only a group of its own can be killed as one.
enum class grouping : std::uint8_t { parents, own_group, own_session };

/// Who the child is; needs the right to change (root). Unset: as the parent.
struct identity {
  std::optional<uid_t> user;
  std::optional<gid_t> group;
  /// Supplementary groups. Unset, and the user changes: none, so that root's do not leak into the child.
  std::optional<std::vector<gid_t>> groups;

  [[nodiscard]] bool changes() const noexcept { return user || group || groups; }
};

/// Everything a command holds; each default is what execvp would do.
struct command_spec {
  std::string program;
  std::optional<std::string> arg0;  // default: program
  std::vector<std::string> args;
  std::vector<std::pair<std::string, std::optional<std::string>>> env;  // changes in order; nullopt removes
  bool env_cleared = false;                // start from nothing, then the changes
  std::vector<std::string> env_inherited;  // when cleared: these of the parent's nevertheless
  std::optional<std::string> cwd;          // default: the parent's
  std::optional<stdio> in, out, err;       // unset: inherited; for output(): null, piped, piped
  std::vector<passed_fd> fds;
  grouping group = grouping::parents;
  identity who;
  std::optional<mode_t> umask;
  std::optional<int> nice;
  std::vector<unsigned> cpus;  // empty: as the parent
  resource_limits limits;
  bool no_new_privileges = false;
  int death_signal = 0;  // 0: none
};

/// Builds a command_spec and spawns it, as often as wanted.
/// The child has the descriptors 0, 1, 2 and those passed, and no other; every signal is unblocked and has
/// its default disposition. Setting something again replaces it; args(), env() and pass_fd() add.
/// A setter returns the command itself: to hand over one made on the spot, std::move(command("sort").arg("-n")).
class command {
 public:
  /// A path (when it holds a '/'), else a name searched in PATH: the PATH set by env() if there is one, else
  /// the parent's, else "/bin:/usr/bin". A relative path is resolved after cwd() has taken effect. Never a
  /// shell.
  explicit command(std::string program) { spec_.program = std::move(program); }

  command& arg0(std::string value);
  command& arg(std::string value);
  command& args(std::vector<std::string> values);
  command& env(std::string name, std::string value);
  command& env_remove(std::string name);
  /// Forgets the parent's environment and all changes made so far.
  command& env_clear();
  /// Forgets all changes made so far; of the parent's environment only these are left, if they are set when
  /// the child is spawned.
  command& env_inherit(std::vector<std::string> names);
  /// The child changes to it with the child's own identity.
  command& cwd(std::string directory);
  command& stdin_from(stdio from);
  command& stdout_to(stdio to);
  command& stderr_to(stdio to);
  /// `number` is at least 3 and given once. Owned: open in the parent until the command is destroyed.
  command& pass_fd(unique_fd fd, int number);
  /// `fd` must stay open until spawn() has returned.
  command& pass_fd(int fd, int number);
  /// setsid: a session and a group of its own, no controlling terminal.
  command& new_session();
  /// setpgid: a group of its own in the parent's session.
  command& new_group();
  /// Ids that the child changes to. Caveat: such a child starts as a copy of the parent (no shared memory
  /// while it runs under another id), so its start grows with the parent's page tables.
  command& uid(uid_t user);
  command& gid(gid_t group);
  command& groups(std::vector<gid_t> groups);
  command& umask(mode_t mask);
  /// The niceness itself, -20 to 19, not an increment. Below the parent's needs a privilege.
  command& nice(int value);
  /// The processors it may run on, numbered from 0.
  command& cpus(std::vector<unsigned> allowed);
  /// memory_max: a memory cgroup of its own where this process may make one (version 2, else 1). Elsewhere
  /// its resident memory, with that of its descendants, is looked at every 50 ms: by a spawner for as long as
  /// it lives, for a plain child only while somebody waits for it. exit_report::memory says which. From 64 KiB.
  command& limits(resource_limits limits);
  /// Neither the child nor its descendants gain rights by set-uid programs (PR_SET_NO_NEW_PRIVS).
  command& no_new_privileges();
  /// The child gets this signal when the thread that spawned it ends (PR_SET_PDEATHSIG): a thread, not the
  /// process, so spawn such children on a thread that lasts, as a spawner does. Grandchildren do not get it,
  /// and exec of a set-uid program clears it.
  command& death_signal(int signal);

  [[nodiscard]] const command_spec& spec() const noexcept { return spec_; }

  /// Starts the child and returns when its exec has succeeded or failed; the caller waits for that. On error
  /// nothing is left behind: no zombie, no descriptor. Errors name the step and the path:
  ///   not_found          the program, its interpreter or the working directory does not exist
  ///   permission_denied  no execute permission; no access to the directory; no right to an id, a priority, a limit
  ///   wrong_kind         the program is a directory or not executable content; cwd is not a directory
  ///   invalid_argument   a NUL inside an argument, a name with '=', a descriptor that is not open, a number twice
  ///   too_large          arguments and environment are over the kernel's limit
  ///   exhausted, full    memory, descriptors; EAGAIN: the limit on processes
  [[nodiscard]] result<child> spawn() const;
  /// Spawns and waits for the end. Standard streams that were not chosen are inherited; a piped one is
  /// refused (invalid_argument), as nobody would read or feed it.
  [[nodiscard]] result<exit_report> status() const;
  /// Spawns, feeds, reads both streams at once and waits for the end. Streams that were not chosen: stdin is
  /// null, or a pipe when there is input; stdout and stderr are pipes. Errors: those of spawn();
  /// invalid_argument (input for a stdin that was led elsewhere); those of child::wait_with_output.
  [[nodiscard]] result<spawn::output> output(const output_options& options = {}) const;
  /// Becomes the program, in this process; returns only when that failed, with the error. All threads but the
  /// caller's end at the exec. Everything here applies as for a child; piped streams are refused
  /// (invalid_argument). Caveat: after a failure this process is left as the steps before the failing one
  /// made it: streams, directory, ids, limits and signals may have changed.
  [[nodiscard]] error exec() const;

 private:
  command_spec spec_;
};

}  // namespace troupe::spawn
