// What must not grow: mailboxes under a flood, and a process that starts and ends systems again and again.
#include "probe.hpp"

#include <troupe/base/sanitizers.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace endurance_test {
namespace {

using namespace std::chrono_literals;
using probe::double_it;
using probe::number;
using troupe::overflow;

struct tick {};

/// Never answers: who asks it pauses for as long as its patience lasts.
class silent {
 public:
  using receives = troupe::receives<double_it>;
  void operator()(double_it, troupe::promise<int> duty) { last_ = std::move(duty); }

 private:
  troupe::promise<int> last_;
};

/// Takes 100 ms for each message.
class slow {
 public:
  using receives = troupe::receives<number>;
  slow(troupe::address<double_it> pause, std::uint64_t& handled)
      : pause_(std::move(pause)), handled_(handled) {}
  troupe::task<> operator()(number) {
    ++handled_;
    auto answer = pause_.ask(double_it{}, 100ms);
    static_cast<void>(co_await answer);
  }

 private:
  const troupe::address<double_it> pause_;
  std::uint64_t& handled_;
};

/// Sends each millisecond.
class fast {
 public:
  using receives = troupe::receives<tick>;
  fast(troupe::context& self, troupe::address<number> to, std::uint64_t& sent)
      : to_(std::move(to)), sent_(sent) {
    self.every<fast>(1ms, tick{});
  }
  void operator()(tick) {
    ++sent_;
    to_.send(number{0});
  }

 private:
  const troupe::address<number> to_;
  std::uint64_t& sent_;
};

class flood : public testing::TestWithParam<overflow> {};

TEST_P(flood, a_hundred_times_too_fast_for_a_minute_stays_within_the_bound) {
  constexpr std::size_t capacity = 16;
  std::uint64_t sent = 0, handled = 0;
  troupe::test_system stage;
  const auto pause = stage.spawn<silent>();
  const auto to = stage.spawn<slow>(
      {.name = "slow", .mailbox = {.capacity = capacity, .overflow = GetParam()}}, pause, handled);
  const auto from = stage.spawn<fast>({.name = "fast"}, to, sent);
  for (auto passed = 0ms; passed < 60s; passed += 50ms) {
    stage.advance(50ms);
    for (const auto& each : stage.system().look()) {
      ASSERT_LE(each.queued, capacity + 1) << each.name << ": one may stand in line";
    }
  }
  EXPECT_GE(handled, 590U);
  if (GetParam() == overflow::wait)
    EXPECT_LT(sent, 700U) << "it was held up";
  else
    EXPECT_GE(sent, 59'000U) << "it was not";
  from.kill();
  stage.advance(10s);
  EXPECT_EQ(sent, handled + stage.system().dead_letters().total());
}

std::string name_of(overflow how) {
  switch (how) {
    case overflow::wait:
      return "waits";
    case overflow::reject:
      return "is_rejected";
    case overflow::drop_oldest:
      break;
  }
  return "drops_the_oldest";
}

INSTANTIATE_TEST_SUITE_P(that, flood,
                         testing::Values(overflow::wait, overflow::reject, overflow::drop_oldest),
                         [](const auto& made) { return name_of(made.param); });

std::size_t threads_now() {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator("/proc/self/task"),
                                                std::filesystem::directory_iterator()));
}

std::size_t resident_pages() {
  std::size_t size = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> size >> resident;
  return resident;
}

/// Everything is in flight when the system goes.
void start_and_end() {
  const auto system = probe::started();
  std::uint64_t handled = 0, sent = 0;
  const auto pause = system->spawn<silent>();
  const auto to = system->spawn<slow>({.name = "slow", .mailbox = {.capacity = 4}}, pause, handled);
  const auto from = system->spawn<fast>({}, to, sent);
  auto boss = system->supervise({.name = "boss"});
  const auto child = boss.spawn<silent>({.name = "child"});
  auto open = child.ask(double_it{}, 1h);
  for (int i = 0; i < 4; ++i) static_cast<void>(to.try_send(number{i}));
  auto call = system->call_blocking([] { return 1; });
  static_cast<void>(call.get());
  static_cast<void>(system->shutdown(0ms));
  EXPECT_FALSE(open.get());
}

TEST(endurance, a_thousand_systems_leave_threads_and_memory_where_they_were) {
  const int rounds = troupe::sanitized ? 100 : 1000;
  for (int i = 0; i < rounds / 4; ++i) start_and_end();
  const std::size_t threads = threads_now(), pages = resident_pages();
  for (int i = rounds / 4; i < rounds; ++i) start_and_end();
  // One that has been joined may still be listed for a moment, now as before.
  const auto until = probe::watchdog();
  while (threads_now() > threads && !until.passed()) std::this_thread::yield();
  EXPECT_LE(threads_now(), threads);
  // What an allocator keeps moves by some pages; a system that left something behind would show by its hundreds.
  if (!troupe::sanitized) {
    EXPECT_LE(resident_pages(), pages + 256);
  }
}

}  // namespace
}  // namespace endurance_test
