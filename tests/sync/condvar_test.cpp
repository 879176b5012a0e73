#include "together.hpp"

#include <troupe/sync/condvar.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <stdexcept>
#include <thread>
#include <utility>

namespace condvar_test {
namespace {

using namespace std::chrono_literals;
using troupe::deadline;
using troupe::errc;
using troupe::sync::condvar;
using troupe::sync::mutex;

constexpr auto is_set = [](const int& value) { return value != 0; };

TEST(condvar, does_not_wait_for_what_is_so_already) {
  mutex<int> value(1);
  condvar changed;
  auto held = value.lock();
  EXPECT_TRUE(changed.wait(*held, is_set));
  EXPECT_TRUE(changed.wait_until(*held, deadline::after(-1s), is_set));
}

TEST(condvar, returns_with_the_lock_when_a_notified_value_is_as_wanted) {
  mutex<int> value(0);
  condvar changed;
  std::atomic<bool> waits = false;
  std::thread other([&] {
    troupe::test::await("the first look at the value", [&waits] { return waits.load(); });
    **value.lock() = 5;
    changed.notify_one();
  });
  auto held = value.lock();
  ASSERT_TRUE(changed.wait(*held, [&waits](const int& now) { return waits = true, now != 0; }));
  EXPECT_EQ(**held, 5);
  EXPECT_FALSE(value.try_lock());
  other.join();
}

TEST(condvar, notify_all_wakes_all) {
  mutex<int> value(0);
  condvar changed;
  std::atomic<int> looks = 0;
  std::thread other([&] {
    troupe::test::await("three that have looked", [&looks] { return looks >= 3; });
    **value.lock() = 1;
    changed.notify_all();
  });
  troupe::test::together(3, [&](int) {
    auto held = value.lock();
    EXPECT_TRUE(changed.wait(*held, [&looks](const int& now) { return ++looks, now != 0; }));
  });
  other.join();
}

TEST(condvar, waits_no_longer_than_the_deadline_and_holds_the_lock_then) {
  mutex<int> value(0);
  condvar changed;
  auto held = value.lock();
  EXPECT_EQ(changed.wait_until(*held, deadline::after(1ms), is_set).error().code, errc::timed_out);
  EXPECT_TRUE(held->holds());
  EXPECT_FALSE(value.try_lock());
}

TEST(condvar, the_guard_of_another_mutex_is_refused) {
  mutex<int> value(1);
  mutex<int> stranger(1);
  condvar changed;
  auto held = value.lock();
  ASSERT_TRUE(changed.wait(*held, is_set));
  auto wrong = stranger.lock();
  const auto refused = changed.wait(*wrong, is_set);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::invalid_argument);
  EXPECT_NE(refused.error().message().find("the guard of another mutex"), std::string::npos);
  EXPECT_TRUE(wrong->holds());
}

TEST(condvar, a_guard_that_holds_nothing_is_refused) {
  mutex<int> value(1);
  condvar changed;
  auto held = value.lock();
  held->unlock();
  EXPECT_EQ(changed.wait(*held, is_set).error().code, errc::invalid_argument);
}

TEST(condvar, says_when_the_value_was_poisoned_meanwhile) {
  mutex<int> value(0);
  condvar changed;
  std::atomic<bool> waits = false;
  std::thread other([&] {
    troupe::test::await("the first look at the value", [&waits] { return waits.load(); });
    try {
      auto held = value.lock();
      throw std::runtime_error("before it was set");
    } catch (const std::runtime_error&) {
    }
    changed.notify_one();
  });
  auto held = value.lock();
  const auto waited = changed.wait(*held, [&waits](const int& now) { return waits = true, now != 0; });
  other.join();
  ASSERT_FALSE(waited);
  EXPECT_EQ(waited.error().code, errc::poisoned);
  EXPECT_TRUE(held->holds());
}

TEST(condvar, what_the_predicate_throws_passes_through_and_poisons) {
  mutex<int> value(0);
  condvar changed;
  EXPECT_THROW(
      {
        auto held = value.lock();
        static_cast<void>(
            changed.wait(*held, [](const int&) -> bool { throw std::runtime_error("looking"); }));
      },
      std::runtime_error);
  EXPECT_TRUE(value.is_poisoned());
}

TEST(condvar_stress, every_value_of_a_bounded_queue_is_taken_once) {
  constexpr std::uint64_t each = 250;
  constexpr std::size_t room = 3;
  mutex<std::deque<std::uint64_t>> queue;
  condvar changed;
  std::atomic<std::uint64_t> sum = 0;
  troupe::test::together(4, [&](int me) {
    for (std::uint64_t i = 1; i <= each; ++i) {
      auto held = queue.lock();
      if (me % 2 == 0) {
        EXPECT_TRUE(changed.wait(*held, [](const auto& now) { return now.size() < room; }));
        (*held)->push_back(i);
      } else {
        while (
            !changed.wait_until(*held, deadline::after(1ms), [](const auto& now) { return !now.empty(); })) {
        }
        sum += (*held)->front();
        (*held)->pop_front();
      }
      held->unlock();
      changed.notify_all();
    }
  });
  EXPECT_EQ(sum, 2 * each * (each + 1) / 2);
}

TEST(condvar_stress, a_ball_for_each_is_enough_when_one_is_notified_for_each) {
  constexpr int balls = 400;
  mutex<int> there(0);
  condvar thrown;
  std::atomic<int> caught = 0;
  troupe::test::together(4, [&](int me) {
    for (int i = 0; i < balls; ++i) {
      auto held = there.lock();
      if (me % 2 == 0) {
        ++**held;
        held->unlock();
        thrown.notify_one();
      } else {
        EXPECT_TRUE(thrown.wait(*held, [](const int& now) { return now > 0; }));
        --**held;
        ++caught;
      }
    }
  });
  EXPECT_EQ(caught, 2 * balls);
  EXPECT_EQ(**there.lock(), 0);
}

}  // namespace
}  // namespace condvar_test
