#include <troupe/base/threads.hpp>

#include <latch>
#include <system_error>
#include <thread>
#include <vector>

namespace troupe {

result<> can_start_threads(std::size_t count) {
  const auto all = static_cast<std::ptrdiff_t>(count);
  std::latch together(all);
  std::vector<std::thread> threads;
  threads.reserve(count);
  result<> answer;
  try {
    while (threads.size() < count) threads.emplace_back([&together] { together.arrive_and_wait(); });
  } catch (const std::system_error& refused) {
    answer = fail(errc::exhausted, "start " + std::to_string(count) + " threads", refused.code().value());
    together.count_down(all - std::ssize(threads));
  }
  for (auto& each : threads) each.join();
  return answer;
}

}  // namespace troupe
