// spawn/command.hpp - what to start and how, gathered first and then spawned.
// Threads: a value; spawn() may be called from any thread. Source: clone(2), execve(2), close_range(2),
// prctl(2).
#pragma once
#include <troupe/base/error.hpp>
#include <troupe/base/unique_fd.hpp>
#include <troupe/spawn/child.hpp>

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace troupe::spawn {

/// Where a standard stream of the child leads.
class stdio {
 public:
  enum class kind : std::uint8_t { inherited, null, piped, descriptor, into_stdout };

  /// The parent's own stream; /dev/null where the parent has it closed, so that the child's first open()
  /// cannot land on a standard number.
  [[nodiscard]] static stdio inherit() { return stdio(kind::inherited); }
  [[nodiscard]] static stdio null() { return stdio(kind::null); }
  /// A new pipe; the other end is in the child handle.
  [[nodiscard]] static stdio piped() { return stdio(kind::piped); }
  /// For stderr only: wherever stdout goes.
  [[nodiscard]] static stdio into_stdout() { return stdio(kind::into_stdout); }
  /// `fd` stays open in the parent until the command is destroyed: a parent that keeps the write end of a
  /// pipe never sees its end of file.
  [[nodiscard]] static stdio owned(unique_fd fd);
  /// `fd` must stay open until spawn() has returned.
  [[nodiscard]] static stdio borrowed(int fd);

  [[nodiscard]] kind what() const noexcept { return kind_; }
  /// -1 unless what() is descriptor.
  [[nodiscard]] int fd() const noexcept { return number_; }

 private:
  explicit stdio(kind what) : kind_(what) {}
  kind kind_;
  unique_fd owned_;
  int number_ = -1;
};

/// One more descriptor for the child, under a number of the caller's choice.
struct passed_fd {
  unique_fd owned;  // empty when borrowed
  int source = -1;
  int number = -1;
};

/// Whose process group the child is in. Only a group of its own can be killed as one.
enum class grouping : std::uint8_t { parents, own_group, own_session };

/// Everything a command holds; each default is what execvp would do.
struct command_spec {
  std::string program;
  std::optional<std::string> arg0;  // default: program
  std::vector<std::string> args;
  std::vector<std::pair<std::string, std::optional<std::string>>> env;  // changes in order; nullopt removes
  bool env_cleared = false;        // start from nothing, then the changes
  std::optional<std::string> cwd;  // default: the parent's
  stdio in = stdio::inherit();
  stdio out = stdio::inherit();
  stdio err = stdio::inherit();
  std::vector<passed_fd> fds;
  grouping group = grouping::parents;
  int death_signal = 0;  // 0: none
};

/// Builds a command_spec and spawns it, as often as wanted.
/// The child has the descriptors 0, 1, 2 and those passed, and no other; every signal is unblocked and has
/// its default disposition.
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
  /// The child gets this signal when the thread that spawned it ends (PR_SET_PDEATHSIG): a thread, not the
  /// process, so spawn such children on a thread that lasts, as a spawner does. Grandchildren do not get it,
  /// and exec of a set-uid program clears it.
  command& death_signal(int signal);

  [[nodiscard]] const command_spec& spec() const noexcept { return spec_; }

  /// Starts the child and returns when its exec has succeeded or failed; the caller waits for that. On error
  /// nothing is left behind: no zombie, no descriptor. Errors name the step and the path:
  ///   not_found          the program, its interpreter or the working directory does not exist
  ///   permission_denied  no execute permission; no access to the directory
  ///   wrong_kind         the program is a directory or not executable content; cwd is not a directory
  ///   invalid_argument   a NUL inside an argument, a name with '=', a descriptor that is not open, a number
  ///   twice too_large          arguments and environment are over the kernel's limit exhausted processes,
  ///   memory or descriptors ran out (full: EAGAIN, the limit on processes)
  [[nodiscard]] result<child> spawn() const;

 private:
  command_spec spec_;
};

}  // namespace troupe::spawn
