// bench/workload.hpp - what every side of a benchmark needs that times itself: a clock, an end, a line of output.
// Threads: said for each function.
#pragma once
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <future>
#include <string_view>

namespace bench {

using clock_type = std::chrono::steady_clock;

/// Far above what any workload takes on a busy machine: one that lost a message is to fail, not to hang.
inline constexpr std::chrono::minutes watchdog{5};

/// Where the last actor leaves what the workload came to. set() once, from any thread; wait() on the main thread.
class outcome {
 public:
  void set(std::uint64_t check) { promise_.set_value(check); }
  /// Ends the program with status 1 when the watchdog's time is over: threads that wait for lost messages
  /// cannot be joined.
  [[nodiscard]] std::uint64_t wait() {
    std::future<std::uint64_t> result = promise_.get_future();
    if (result.wait_for(watchdog) == std::future_status::ready) return result.get();
    std::fputs("the workload has not ended: messages are lost, or it is too large\n", stderr);
    std::_Exit(1);
  }

 private:
  std::promise<std::uint64_t> promise_;
};

/// One line, "value check": what rows read. Returns the exit status of success.
inline int say(double value, std::uint64_t check) {
  std::printf("%.6f %llu\n", value, static_cast<unsigned long long>(check));
  return 0;
}

/// The seconds since `began`, and the check.
inline int say_since(clock_type::time_point began, std::uint64_t check) {
  return say(std::chrono::duration<double>(clock_type::now() - began).count(), check);
}

/// Of this process, in bytes; exact to some hundred KiB.
[[nodiscard]] inline double resident_bytes() {
  std::ifstream file("/proc/self/statm");
  double pages_in_all = 0, pages_resident = 0;
  file >> pages_in_all >> pages_resident;
  return pages_resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

/// A count of the command line; 0 for what is none.
[[nodiscard]] inline std::uint64_t count_in(const char* text) {
  return std::strtoull(text, nullptr, 10);
}

}  // namespace bench
