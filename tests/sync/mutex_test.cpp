#include "together.hpp"

#include <troupe/sync/mutex.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace mutex_test {
namespace {

using namespace std::chrono_literals;
using troupe::deadline;
using troupe::errc;
using troupe::sync::even_if_poisoned;
using troupe::sync::mutex;
using troupe::sync::sound;

static_assert(!std::is_copy_constructible_v<mutex<int>::guard>);
static_assert(!std::is_move_constructible_v<mutex<int>>);

/// Changes one of two that should be equal, and throws.
void tear(mutex<std::pair<int, int>>& of) {
  try {
    auto pair = of.lock();
    ASSERT_TRUE(pair);
    (*pair)->first = 1;
    throw std::runtime_error("between the two");
  } catch (const std::runtime_error&) {
  }
}

TEST(mutex, gives_its_value_to_whoever_holds_it) {
  mutex<std::vector<int>> list({1, 2});
  { (*list.lock())->push_back(3); }
  auto held = list.lock();
  EXPECT_EQ(**held, (std::vector<int>{1, 2, 3}));
}

TEST(mutex, is_busy_while_a_guard_lives) {
  mutex<int> number(1);
  auto held = number.lock();
  EXPECT_EQ(number.try_lock().error().why().code, errc::busy);
  held->unlock();
  EXPECT_FALSE(held->holds());
  EXPECT_TRUE(number.try_lock());
  EXPECT_TRUE(number.try_lock()) << "the guard before ended with its expression";
}

TEST(mutex, waits_no_longer_than_the_deadline) {
  mutex<int> number(1);
  auto held = number.lock();
  EXPECT_EQ(number.lock_until(deadline::after(1ms)).error().why().code, errc::timed_out);
  EXPECT_EQ(number.lock_until(deadline::after(-1s)).error().why().code, errc::timed_out);
  held->unlock();
  EXPECT_TRUE(number.lock_until(deadline::after(-1s))) << "free, so nothing is waited for";
}

TEST(mutex, a_thread_that_waits_gets_it_when_the_guard_ends) {
  mutex<int> number(1);
  auto held = number.lock();
  std::thread other([&number] { **number.lock() += 10; });
  EXPECT_EQ(number.lock_until(deadline::after(5ms)).error().why().code, errc::timed_out);
  **held = 2;
  held->unlock();
  other.join();
  EXPECT_EQ(**number.lock(), 12);
}

TEST(mutex, a_guard_that_is_moved_holds_the_lock_once) {
  mutex<int> number(1), other(2);
  auto first = sound(number.lock());
  auto second = std::move(*first);
  EXPECT_FALSE(first->holds());  // NOLINT(bugprone-use-after-move): that it holds none is the promise
  EXPECT_FALSE(number.try_lock());
  second = std::move(*sound(other.lock()));
  EXPECT_TRUE(number.try_lock()) << "what it held before is given back";
  EXPECT_EQ(*second, 2);
}

TEST(mutex, an_exception_that_unwinds_a_guard_poisons) {
  mutex<std::pair<int, int>> equal;
  tear(equal);
  EXPECT_TRUE(equal.is_poisoned());
  EXPECT_EQ(sound(equal.lock()).error().code, errc::poisoned);
  EXPECT_EQ(sound(equal.try_lock()).error().code, errc::poisoned);
  EXPECT_EQ(sound(equal.lock_until(deadline::never())).error().code, errc::poisoned);
}

TEST(mutex, a_poisoned_value_can_be_reached_on_purpose_and_mended) {
  mutex<std::pair<int, int>> equal;
  tear(equal);
  {
    auto locked = equal.lock();
    ASSERT_FALSE(locked);
    auto held = std::move(*locked.error().poison()).into_inner();
    EXPECT_FALSE(equal.try_lock().error().is_poisoned()) << "it is the lock itself, held";
    EXPECT_EQ(held->first, 1);
    held->second = 1;
    equal.clear_poison();
  }
  EXPECT_EQ((*sound(equal.lock()))->second, 1);
}

TEST(mutex, poison_stays_until_it_is_cleared) {
  mutex<std::pair<int, int>> equal;
  tear(equal);
  EXPECT_TRUE(even_if_poisoned(equal.lock()));
  EXPECT_TRUE(equal.lock().error().is_poisoned());
  equal.clear_poison();
  EXPECT_TRUE(equal.lock());
}

TEST(mutex, a_failure_that_is_dropped_gives_the_lock_back) {
  mutex<std::pair<int, int>> equal;
  tear(equal);
  { auto ignored = equal.lock(); }
  EXPECT_TRUE(equal.try_lock().error().is_poisoned()) << "poisoned, and not busy";
}

/// Locks while an exception unwinds, and is done before it goes on.
struct locks_at_its_end {
  explicit locks_at_its_end(mutex<int>& which) : of(which) {}
  ~locks_at_its_end() { **of.lock() += 1; }
  locks_at_its_end(const locks_at_its_end&) = delete;
  locks_at_its_end& operator=(const locks_at_its_end&) = delete;
  mutex<int>& of;
};

TEST(mutex, a_destructor_that_locks_while_an_exception_unwinds_does_not_poison) {
  mutex<int> number(1);
  try {
    const locks_at_its_end last(number);
    throw std::runtime_error("elsewhere");
  } catch (const std::runtime_error&) {
  }
  EXPECT_FALSE(number.is_poisoned());
  EXPECT_EQ(**number.lock(), 2);
}

TEST(mutex, an_exception_that_is_caught_under_the_guard_does_not_poison) {
  mutex<int> number(1);
  {
    auto held = number.lock();
    try {
      throw std::runtime_error("caught");
    } catch (const std::runtime_error&) {
      **held = 5;
    }
  }
  EXPECT_FALSE(number.is_poisoned());
}

TEST(mutex, its_value_comes_out_in_the_end_poisoned_or_not) {
  mutex<std::unique_ptr<int>> sane(std::make_unique<int>(4));
  EXPECT_EQ(**std::move(sane).into_inner(), 4);
  mutex<std::pair<int, int>> torn;
  tear(torn);
  auto value = std::move(torn).into_inner();
  ASSERT_FALSE(value);
  EXPECT_EQ(value.error().inner(), (std::pair<int, int>{1, 0}));
}

TEST(mutex_stress, no_increment_is_lost) {
  constexpr int threads = 4;
  constexpr std::uint64_t rounds = 1000;
  mutex<std::uint64_t> sum;
  troupe::test::together(threads, [&sum](int me) {
    for (std::uint64_t i = 0; i < rounds; ++i) {
      if (me == 0) {
        auto held = sum.try_lock();
        if (!held) held = sum.lock_until(deadline::after(1us));
        while (!held) held = sum.lock_until(deadline::after(1ms));
        ++**held;
      } else {
        ++**sum.lock();
      }
    }
  });
  EXPECT_EQ(**sum.lock(), threads * rounds);
}

TEST(mutex_stress, every_torn_value_is_seen_as_poisoned) {
  constexpr int threads = 4;
  constexpr int rounds = 250;
  mutex<std::pair<std::uint64_t, std::uint64_t>> equal;
  troupe::sync::mutex<int> torn_unsaid(0);
  troupe::test::together(threads, [&equal, &torn_unsaid](int me) {
    for (int i = 0; i < rounds; ++i) try {
        auto locked = equal.lock();
        if (!locked) {
          auto& bad = locked.error().poison()->inner();
          bad->second = bad->first;
          equal.clear_poison();
          continue;
        }
        auto& pair = **locked;
        if (pair.first != pair.second) ++**torn_unsaid.lock();
        ++pair.first;
        if ((i + me) % 7 == 0) throw std::runtime_error("between the two");
        ++pair.second;
      } catch (const std::runtime_error&) {
      }
  });
  EXPECT_EQ(**torn_unsaid.lock(), 0);
}

}  // namespace
}  // namespace mutex_test
