#include <troupe/base/threads.hpp>

#include <atomic>
#include <cerrno>
#include <latch>
#include <memory>
#include <new>
#include <system_error>
#include <thread>
#include <vector>

namespace troupe {

result<> can_start_threads(std::size_t count) {
  const auto all = static_cast<std::ptrdiff_t>(count);
  std::latch together(all);
  std::vector<std::thread> threads;
  std::atomic<bool> starved{false};
  const auto body = [&] {
    // A thread's first allocation may reserve address space of its own, as its library's will.
    try {
      const auto own = std::make_unique<char>();
    } catch (const std::bad_alloc&) {
      starved = true;
    }
    together.arrive_and_wait();
  };
  int refused = 0;
  try {
    threads.reserve(count);
    while (threads.size() < count) threads.emplace_back(body);
  } catch (const std::system_error& no_thread) {
    refused = no_thread.code().value();
  } catch (const std::bad_alloc&) {
    refused = ENOMEM;
  }
  together.count_down(all - std::ssize(threads));
  for (auto& each : threads) each.join();
  if (refused == 0 && starved) refused = ENOMEM;
  if (refused != 0) return fail(errc::exhausted, "start " + std::to_string(count) + " threads", refused);
  return {};
}

}  // namespace troupe
