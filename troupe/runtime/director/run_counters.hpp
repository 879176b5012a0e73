// runtime/director/run_counters.hpp - what a run counts while it goes, for the progress bar and the summary.
// Threads: relaxed atomics; any thread reads.
#pragma once
#include <atomic>
#include <cstdint>

namespace troupe::runtime {

struct run_counters {
  std::atomic<std::uint64_t> items_read{0};  // by the sources
  std::atomic<std::uint64_t> items_done{0};  // complete: acknowledged or quarantined
  std::atomic<std::uint64_t> bytes_read{0};
  std::atomic<std::uint64_t> bytes_total{0};    // of the input, where all of it is files; 0: unknown
  std::atomic<std::uint64_t> items_total{0};    // where all of it is ranges; 0: unknown
  std::atomic<std::uint64_t> not_utf8{0};       // lines
  std::atomic<std::uint64_t> items_written{0};  // by the sinks
  std::atomic<std::uint64_t> redelivered{0};
  std::atomic<std::uint64_t> restarts{0};
  std::atomic<std::uint64_t> quarantined{0};
  std::atomic<std::uint32_t> workers_wanted{0};
  std::atomic<std::uint32_t> workers_ready{0};
};

}  // namespace troupe::runtime
