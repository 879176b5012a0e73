// spawn/internal/warden_table.hpp - the memory that a spawner, its children at birth and its warden share.
// Threads: entries are atomic; any process that maps the table may read and write.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace troupe::spawn::internal {

/// One group to be ended should the spawner's process die. The child writes it before its exec, the spawner
/// clears it before the leader is reaped: as long as it is set, the number is the group's.
struct warden_entry {
  std::atomic<std::int64_t> born_ns;  // CLOCK_BOOTTIME when it was written: its leader is no younger
  std::atomic<std::int32_t> group;    // 0: free
};

/// Entries of a table, and so children of a spawner at once. The memory is taken as entries are used.
inline constexpr std::size_t warden_entries = 65'536;

/// Descriptors of the warden program.
inline constexpr int warden_table_fd = 3;     // the table
inline constexpr int warden_lifeline_fd = 4;  // a pipe's read end: end of file when the spawner is gone
inline constexpr int warden_pidfd = 5;        // of the spawner's process: a fork of it may hold the pipe open

}  // namespace troupe::spawn::internal
