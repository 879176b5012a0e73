#include "together.hpp"

#include <troupe/sync/semaphore.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <thread>
#include <utility>

namespace semaphore_test {
namespace {

using namespace std::chrono_literals;
using troupe::deadline;
using troupe::errc;
using troupe::sync::permits;
using troupe::sync::semaphore;

TEST(semaphore, gives_as_many_permits_as_it_has) {
  semaphore three(3);
  auto two = three.acquire(2);
  auto one = three.try_acquire();
  ASSERT_TRUE(two && one);
  EXPECT_EQ(two->count(), 2U);
  EXPECT_EQ(three.available(), 0U);
  EXPECT_EQ(three.try_acquire().error().code, errc::busy);
  EXPECT_EQ(three.acquire_until(deadline::after(1ms)).error().code, errc::timed_out);
  two->give_back();
  EXPECT_EQ(two->count(), 0U);
  EXPECT_EQ(three.available(), 2U);
}

TEST(semaphore, takes_permits_back_with_the_guard_however_it_was_moved) {
  semaphore three(3);
  {
    auto first = three.acquire(1);
    permits moved = std::move(*first);
    EXPECT_EQ(first->count(), 0U);  // NOLINT(bugprone-use-after-move): that it has none is the promise
    moved = std::move(*three.acquire(2));
    EXPECT_EQ(three.available(), 1U);
  }
  EXPECT_EQ(three.available(), 3U);
}

TEST(semaphore, more_than_there_are_in_all_is_refused_at_once) {
  semaphore three(3);
  const auto refused = three.acquire(4);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message(),
            "acquire 4 permits of a semaphore that has 3 in all: that is not a valid argument");
  EXPECT_EQ(three.try_acquire(4).error().code, errc::invalid_argument);
}

TEST(semaphore, who_asks_for_many_is_not_overtaken) {
  semaphore three(3);
  auto one = three.acquire(1);
  std::thread many([&three] { EXPECT_EQ(three.acquire(3)->count(), 3U); });
  troupe::test::await("one who waits for three", [&three] { return !three.try_acquire(1); });
  EXPECT_EQ(three.available(), 2U);
  EXPECT_EQ(three.acquire_until(deadline::after(1ms), 1).error().code, errc::timed_out);
  one->give_back();
  many.join();
  EXPECT_TRUE(three.try_acquire(3));
}

TEST(semaphore, who_gives_up_lets_those_behind_go_on) {
  semaphore three(3);
  auto one = three.acquire(1);
  std::thread many([&three] { EXPECT_FALSE(three.acquire_until(deadline::after(20ms), 3)); });
  std::thread few([&three] { EXPECT_EQ(three.acquire(2)->count(), 2U); });
  few.join();
  many.join();
  EXPECT_EQ(three.available(), 2U);
}

TEST(semaphore_stress, never_more_permits_are_out_than_there_are_and_all_come_back) {
  constexpr std::size_t total = 3;
  constexpr int rounds = 250;
  semaphore some(total);
  std::atomic<std::size_t> out = 0, over = 0, got = 0;
  troupe::test::together(4, [&](int me) {
    for (int i = 0; i < rounds; ++i) {
      const std::size_t count = 1 + static_cast<std::size_t>(i + me) % total;
      auto mine = i % 5 == 0 ? some.acquire_until(deadline::after(1us), count) : some.acquire(count);
      if (!mine) continue;
      ++got;
      if (out.fetch_add(count) + count > total) ++over;
      out -= count;
    }
  });
  EXPECT_EQ(over, 0U);
  EXPECT_GE(got, 4U * rounds * 4 / 5);
  EXPECT_EQ(some.available(), total);
}

}  // namespace
}  // namespace semaphore_test
