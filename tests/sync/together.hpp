// tests/sync/together.hpp - threads for tests of what threads share.
// Threads: said for each function.
#pragma once
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <thread>
#include <vector>

namespace troupe::test {

/// Runs body(0) … body(count - 1), each in a thread of its own that begins when all are there.
inline void together(int count, const std::function<void(int)>& body) {
  std::atomic<int> missing = count;
  std::vector<std::thread> threads;
  threads.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i)
    threads.emplace_back([&body, &missing, i] {
      --missing;
      while (missing != 0) std::this_thread::yield();
      body(i);
    });
  for (auto& each : threads) each.join();
}

/// Looks until `seen` is true. Ends the program after a minute: threads that wait for what never comes cannot
/// be joined.
inline void await(const char* what, const std::function<bool()>& seen) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!seen()) {
    if (std::chrono::steady_clock::now() > end) {
      std::fprintf(stderr, "never seen: %s\n", what);
      std::_Exit(1);
    }
    std::this_thread::yield();
  }
}

}  // namespace troupe::test
