// runtime/delivery/failure_facts.hpp - what is known of the failure that ended an item's last attempt.
// Threads: plain values; portable.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace troupe::runtime {

/// Why a worker's call did not return, or did not return well.
enum class failure : std::uint8_t {
  crash,    // the worker died by itself, or the OOM killer ended it
  timeout,  // we killed it: the call ran longer than the stage's timeout
  killed,   // SIGKILL from outside: an operator's kill, not the item's fault
  thrown    // the stage threw; the worker lives
};

/// Of a worker that lives (thrown) only that text is known.
struct failure_facts {
  failure what = failure::crash;
  std::optional<std::int32_t> exit_code;
  std::optional<std::int32_t> signal;
  bool core_dumped = false;
  bool over_memory_max = false;        // killed for its own limit
  bool machine_out_of_memory = false;  // suspected: the kernel killed for want of memory while it died
  std::chrono::microseconds user{0};
  std::chrono::microseconds system{0};
  std::optional<std::uint64_t> peak_rss;  // bytes
  std::vector<std::string> stderr_tail;   // the last lines, oldest first
  std::string thrown;                     // "std::runtime_error: no such file"
};

}  // namespace troupe::runtime
