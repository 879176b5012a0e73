// spawn/processes.hpp - looking at any process of the machine: who it is, what it uses, what is below it.
// Threads: every function may be called from any thread.
// Source: proc(5): /proc/PID/stat and cmdline.
#pragma once
#include <troupe/base/error.hpp>

#include <sys/types.h>

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace troupe::spawn {

/// Names one process for as long as the machine is up: its number and when it started, in clock ticks since
/// boot (field 22 of /proc/PID/stat). A number alone is given to another process later; a process_handle
/// checks both. Caveat: two processes that had the same number within one tick (10 ms) are not told apart;
/// the kernel hands out all other numbers first, thousands of them.
struct process_key {
  pid_t id = 0;
  std::uint64_t started = 0;
  friend auto operator<=>(const process_key&, const process_key&) = default;
};

/// What the process's first thread does; other threads may be doing something else.
enum class process_state : std::uint8_t {
  running,     // on a processor or ready for one
  sleeping,    // waits, and a signal can wake it
  disk_sleep,  // waits, and no signal can wake it
  stopped,     // by SIGSTOP or another stop signal
  traced,      // stopped by a debugger
  zombie,      // has ended, nobody has reaped it (its other threads may run on: see process_info::threads)
  dead,        // is vanishing
  idle,        // a kernel thread without work
  unknown      // could not be read, or a letter that proc(5) does not name
};

/// The most that is read of a command line, in bytes; what is behind it is cut off.
inline constexpr std::size_t command_line_limit = 128 * 1024;

/// One process at the moment it was looked at. What may not be read (a /proc mounted with hidepid) is empty.
struct process_info {
  process_key key;
  pid_t parent = 0;  // 0: none, or one outside of our pid namespace
  pid_t group = 0;
  pid_t session = 0;
  process_state state = process_state::unknown;
  /// The first 15 bytes of the program's file name unless the process chose another: any bytes but NUL.
  std::string name;
  /// As the process shows it: it can overwrite it. Any bytes but NUL. Empty for kernel threads and zombies.
  std::vector<std::string> command_line;
  uid_t uid = 0;  // effective
  unsigned threads = 0;
  std::size_t resident_bytes = 0;  // the kernel counts this loosely, to about a MiB; shared pages included
  std::size_t virtual_bytes = 0;
  /// What all threads have used, those that ended included; in steps of one clock tick (10 ms).
  std::chrono::microseconds user_time{0};
  std::chrono::microseconds system_time{0};
  /// By the wall clock as it is set now; up to one tick early. Moves when the wall clock is set: to compare
  /// processes use key.started.
  std::chrono::system_clock::time_point started_at{};
  /// Time since the start, that spent suspended included; up to one tick too long.
  std::chrono::nanoseconds age{0};
  friend bool operator==(const process_info&, const process_info&) = default;
};

/// One process. Caveat: may wait while the kernel keeps that process's memory locked, as ps does.
/// Errors: not_found (also: hidden from us, or the number of a thread), invalid_argument (an id below 1),
/// permission_denied (hidepid), unsupported (/proc is not mounted or shows another pid namespace), exhausted.
[[nodiscard]] result<process_info> inspect(pid_t id);

/// All processes that we may see, by id. Not a picture of one moment: a process that lives from the beginning
/// to the end of the scan is in it, one that starts or ends meanwhile may be missing; two entries may be of
/// different moments. Whose fields are hidden has its id and uid only, and a key that opens no handle.
/// Errors: unsupported, exhausted.
[[nodiscard]] result<std::vector<process_info>> list_processes();

/// The living processes below `root`, without it: generation by generation, so parents before children.
/// Misses what the scan missed: a process started meanwhile, and one whose parent ended meanwhile or
/// before, as it is not below `root` any more. So who signals a tree stops each process before its children
/// are looked for, and looks again until nothing new is found. Zombies are left out.
/// Errors: not_found (no such process; for a key also: another one by now), those of list_processes.
[[nodiscard]] result<std::vector<process_info>> tree_below(pid_t root);
[[nodiscard]] result<std::vector<process_info>> tree_below(process_key root);

/// The same from a list taken before; empty when `root` is not in it. A parent that is younger than its child
/// is taken for a stranger with a reused number, so even a list with a loop in it has an end.
[[nodiscard]] std::vector<process_info> tree_below(process_key root, const std::vector<process_info>& all);

}  // namespace troupe::spawn

template <>
struct std::hash<troupe::spawn::process_key> {
  std::size_t operator()(const troupe::spawn::process_key& key) const noexcept {
    return std::hash<std::uint64_t>()(key.started * 0x9e3779b97f4a7c15U ^ static_cast<std::uint64_t>(key.id));
  }
};
