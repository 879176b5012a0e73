// spawn/internal/process_table.hpp - reading /proc, or a folder that looks like it.
// Threads: one thread per table.
// Source: proc(5), pidfd_open(2).
#pragma once
#include <troupe/base/error.hpp>
#include <troupe/base/unique_fd.hpp>
#include <troupe/spawn/internal/proc_stat.hpp>
#include <troupe/spawn/processes.hpp>

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::spawn::internal {

/// Errors: not_found (no such process; the number of a thread), invalid_argument (below 1), exhausted.
[[nodiscard]] result<unique_fd> open_pidfd(pid_t id);

class process_table {
 public:
  /// Errors: unsupported unless the folder's `self` leads to this process. In the /proc of another pid
  /// namespace the same numbers are other processes, which we would show, and signal, instead.
  [[nodiscard]] static result<process_table> open(const std::string& folder = "/proc");

  /// Errors: not_found, permission_denied, exhausted, malformed.
  [[nodiscard]] result<process_info> read(pid_t id);
  [[nodiscard]] result<process_key> key_of(pid_t id);
  [[nodiscard]] result<std::vector<process_info>> list();

 private:
  process_table(unique_fd folder, std::chrono::system_clock::time_point boot);
  result<std::string_view> read_file(int folder, const char* name, std::size_t limit);
  result<proc_stat> read_stat(int folder, pid_t id);
  process_info hidden(pid_t id) const;

  unique_fd folder_;
  std::chrono::system_clock::time_point boot_;
  std::vector<std::byte> buffer_;  // of the file read last
};

}  // namespace troupe::spawn::internal
