// spawn/internal/proc_stat.hpp - the text of /proc/PID/stat and /proc/PID/cmdline, taken apart.
// Threads: pure functions.
// Source: proc(5).
#pragma once
#include <troupe/base/error.hpp>
#include <troupe/spawn/processes.hpp>

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::spawn::internal {

/// What is used of one /proc/PID/stat, in the units of that file.
struct proc_stat {
  process_key key;
  std::string name;
  process_state state = process_state::unknown;
  pid_t parent = 0;
  pid_t group = 0;
  pid_t session = 0;
  unsigned threads = 0;
  std::uint64_t user_ticks = 0;
  std::uint64_t system_ticks = 0;
  std::uint64_t virtual_bytes = 0;
  std::uint64_t resident_pages = 0;
  friend bool operator==(const proc_stat&, const proc_stat&) = default;
};

/// The name is between the first '(' and the last ')', since the process chooses it and the kernel does not
/// escape it. Errors: malformed, with the text.
[[nodiscard]] result<proc_stat> parse_stat(std::string_view text);

/// One argument per NUL; what is behind the last NUL is one more. Empty arguments are kept.
[[nodiscard]] std::vector<std::string> split_command_line(std::string_view text);

}  // namespace troupe::spawn::internal
