// spawn/exit_status.hpp - how a child ended, and what it used, as values.
// Threads: plain values.
// Source: waitid(2), getrusage(2).
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace troupe::spawn {

/// How a process ended: it exited, a signal ended it, or the kernel no longer says. A code cannot be read
/// from a signalled child nor a signal from one that exited: each accessor answers for its own way of ending
/// only.
class exit_status {
 public:
  struct exited {
    int code = 0;  // 0 to 255
    friend bool operator==(const exited&, const exited&) = default;
  };
  struct signalled {
    int signal = 0;
    bool core_dumped = false;
    friend bool operator==(const signalled&, const signalled&) = default;
  };
  /// The process has ended but somebody else took its status: the host ignores SIGCHLD or calls waitpid(-1).
  struct unknown {
    std::string reason;
    friend bool operator==(const unknown&, const unknown&) = default;
  };

  exit_status() : how_(unknown{"nothing has been waited for"}) {}
  exit_status(exited how) : how_(how) {}
  exit_status(signalled how) : how_(how) {}
  exit_status(unknown how) : how_(std::move(how)) {}
  /// From si_code and si_status, as waitid(2) fills them for an ended child.
  [[nodiscard]] static exit_status of_siginfo(int code, int status);

  [[nodiscard]] const std::variant<exited, signalled, unknown>& how() const noexcept { return how_; }
  /// True only for exit code 0.
  [[nodiscard]] bool success() const noexcept { return code() == 0; }
  /// nullopt unless it exited.
  [[nodiscard]] std::optional<int> code() const noexcept;
  /// nullopt unless a signal ended it.
  [[nodiscard]] std::optional<int> signal() const noexcept;
  [[nodiscard]] bool core_dumped() const noexcept;
  [[nodiscard]] bool is_unknown() const noexcept { return std::holds_alternative<unknown>(how_); }
  /// "exited with code 3", "killed by SIGSEGV (core dumped)", "ended in an unknown way: …".
  [[nodiscard]] std::string describe() const;

  friend bool operator==(const exit_status&, const exit_status&) = default;

 private:
  std::variant<exited, signalled, unknown> how_;
};

/// What an ended process and the children it waited for have used.
struct usage {
  std::chrono::microseconds user{0};
  std::chrono::microseconds system{0};
  /// Bytes. nullopt when not known: the kernel starts the child's peak at the peak of the process that
  /// spawned it (the memory they share until exec), so a child that stayed below that cannot be told apart
  /// from it.
  std::optional<std::size_t> peak_rss;
  friend bool operator==(const usage&, const usage&) = default;
};

/// Who enforces resource_limits::memory_max.
enum class memory_guard : std::uint8_t { none, cgroup_v2, cgroup_v1, watched };

/// Whether memory was what a child died of. suspected: SIGKILL that we did not send, while the count of out-of-memory
/// kills in our memory group (where there is none: of the machine) rose since the child began. over_limit: it was killed
/// for its own memory_max, as its cgroup or our watch says.
enum class out_of_memory : std::uint8_t { no, suspected, over_limit };

/// All that is known about a child that has ended. All zero but the status when that is unknown.
struct exit_report {
  exit_status status;
  spawn::usage usage;
  out_of_memory oom = out_of_memory::no;
  /// none unless a memory_max was set.
  memory_guard memory = memory_guard::none;
  /// The last lines of standard error, oldest first, when a spawner captured them.
  std::vector<std::string> stderr_tail = {};
  friend bool operator==(const exit_report&, const exit_report&) = default;
};

}  // namespace troupe::spawn
