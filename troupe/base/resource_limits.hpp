// base/resource_limits.hpp - what one process may use of the machine.
// Threads: plain values.
// Source: getrlimit(2), cgroups(7).
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace troupe {

/// Each limit is off unless set. All but memory_max and tasks_max are the kernel's per process, soft and hard at once (of
/// cpu_time the hard one comes a second later), and are inherited: a process cannot raise them again, and each
/// descendant gets the whole amount.
struct resource_limits {
  /// Bytes of memory in use, of the process and its descendants together. Over it the process is killed.
  std::optional<std::size_t> memory_max = {};
  std::optional<std::size_t> address_space = {};  // RLIMIT_AS, bytes; allocations over it fail
  std::optional<std::uint64_t> open_files =
      {};                                     // RLIMIT_NOFILE; descriptors from this number on cannot be had
  std::optional<std::size_t> core_size = {};  // RLIMIT_CORE, bytes; 0: no core file
  std::optional<std::chrono::seconds> cpu_time = {};  // RLIMIT_CPU; over it SIGXCPU, a second later SIGKILL
  std::optional<std::uint64_t> processes =
      {};  // RLIMIT_NPROC: of the user, on the whole machine; not for root
  /// Threads and processes at the same time, of the process and its descendants together; what starts one more fails. By
  /// a pids control group; where none can be made, RLIMIT_NPROC stands in, which root cannot be held by.
  std::optional<std::uint64_t> tasks_max = {};
  std::optional<std::size_t> file_size = {};  // RLIMIT_FSIZE, bytes; writing over it is SIGXFSZ
  std::optional<std::size_t> stack = {};      // RLIMIT_STACK, bytes; also bounds arguments and environment
  friend bool operator==(const resource_limits&, const resource_limits&) = default;
};

}  // namespace troupe
