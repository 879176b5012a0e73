#include "together.hpp"

#include <troupe/sync/barrier.hpp>

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>

namespace barrier_test {
namespace {

using namespace std::chrono_literals;
using troupe::deadline;
using troupe::errc;
using troupe::sync::barrier;

TEST(barrier, of_one_or_of_none_lets_pass_at_once_as_the_leader) {
  for (const std::uint32_t parties : {0U, 1U}) {
    barrier alone(parties);
    EXPECT_TRUE(alone.wait().leader);
    EXPECT_EQ(alone.wait().generation, 1U);
  }
}

TEST(barrier, nobody_passes_before_all_are_there) {
  barrier both(2);
  std::atomic<bool> passed = false;
  EXPECT_EQ(both.wait_until(deadline::after(1ms)).error().code, errc::timed_out);
  std::thread other([&] {
    both.wait();
    passed = true;
  });
  EXPECT_FALSE(passed) << "the arrival that was given up does not count";
  both.wait();
  other.join();
}

TEST(barrier, who_comes_in_time_passes_with_a_deadline_too) {
  barrier both(2);
  std::thread other([&] { both.wait(); });
  EXPECT_TRUE(both.wait_until(deadline::after(1min)));
  other.join();
}

TEST(barrier_stress, each_generation_has_one_leader_and_nobody_is_a_generation_ahead) {
  constexpr int threads = 4;
  constexpr std::size_t rounds = 100;
  barrier all(threads);
  std::array<std::atomic<int>, rounds> leaders{}, arrived{};
  std::atomic<int> ahead = 0, wrong_generation = 0;
  troupe::test::together(threads, [&](int me) {
    for (std::size_t i = 0; i < rounds; ++i) {
      ++arrived[i];
      auto passed = me == 0 ? all.wait_until(deadline::after(1us)) : all.wait();
      while (!passed) passed = all.wait_until(deadline::after(100us));
      if (arrived[i] != threads) ++ahead;
      if (passed->generation != i) ++wrong_generation;
      if (passed->leader) ++leaders[i];
    }
  });
  EXPECT_EQ(ahead, 0);
  EXPECT_EQ(wrong_generation, 0);
  for (const auto& each : leaders) EXPECT_EQ(each, 1);
}

}  // namespace
}  // namespace barrier_test
