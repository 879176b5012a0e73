#include <troupe/base/clock.hpp>
#include <troupe/runtime/node/call_offs.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace troupe::runtime::call_offs_test {
namespace {

TEST(call_offs, runs_what_nobody_has_called_off) {
  call_offs offs;
  EXPECT_TRUE(offs.begin(1));
  EXPECT_FALSE(offs.flag());
}

TEST(call_offs, does_not_run_what_was_called_off_before) {
  call_offs offs;
  offs.add(2);
  EXPECT_TRUE(offs.begin(1));
  EXPECT_FALSE(offs.flag());
  EXPECT_FALSE(offs.begin(2));
  EXPECT_TRUE(offs.begin(3));
}

TEST(call_offs, tells_the_one_that_runs_and_not_the_next) {
  call_offs offs;
  EXPECT_TRUE(offs.begin(1));
  offs.add(1);
  EXPECT_TRUE(offs.flag());
  EXPECT_TRUE(offs.begin(2));
  EXPECT_FALSE(offs.flag());
}

TEST(call_offs, does_not_tell_the_one_that_runs_of_others) {
  call_offs offs;
  EXPECT_TRUE(offs.begin(5));
  offs.add(4);
  offs.add(6);
  EXPECT_FALSE(offs.flag());
}

TEST(call_offs, what_comes_too_late_changes_nothing) {
  call_offs offs;
  EXPECT_TRUE(offs.begin(1));
  EXPECT_TRUE(offs.begin(2));
  offs.add(1);
  EXPECT_FALSE(offs.flag());
  EXPECT_TRUE(offs.begin(3));
}

TEST(call_offs, numbers_that_never_come_do_not_disturb_later_ones) {
  call_offs offs;
  for (const std::uint64_t number : {2, 3, 7}) offs.add(number);
  EXPECT_TRUE(offs.begin(5)) << "2 and 3 were quarantined on the way";
  EXPECT_TRUE(offs.begin(6));
  EXPECT_FALSE(offs.begin(7));
  EXPECT_TRUE(offs.begin(8));
}

/// False: the watchdog bit first.
template <class Condition>
bool spin_until(Condition&& holds) {
  const auto last = steady::now() + std::chrono::minutes(1);
  while (!holds()) {
    if (steady::now() > last) return false;
    std::this_thread::yield();
  }
  return true;
}

TEST(call_offs, each_item_is_told_or_not_run_when_another_thread_calls_it_off) {
  constexpr std::uint64_t count = 2000;
  call_offs offs;
  std::atomic<std::uint64_t> running = 0;
  std::atomic<bool> stuck = false;
  std::thread caller([&] {
    for (std::uint64_t number = 1; number <= count && !stuck; ++number) {
      // Every second one in its turn at the earliest, the others perhaps before it.
      if (number % 2 == 0 && !spin_until([&] { return running >= number || stuck; })) return;
      offs.add(number);
    }
  });
  for (std::uint64_t number = 1; number <= count && !stuck; ++number) {
    const bool wanted = offs.begin(number);
    running = number;
    if (wanted && !spin_until([&] { return offs.flag().load(); })) stuck = true;
  }
  caller.join();
  EXPECT_FALSE(stuck) << "one that ran was not told";
}

}  // namespace
}  // namespace troupe::runtime::call_offs_test
