#include "together.hpp"

#include <troupe/sync/once.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <vector>

namespace once_test {
namespace {

using troupe::errc;
using troupe::sync::once;

void throw_in(once& which) {
  EXPECT_THROW(static_cast<void>(which.call([] { throw std::runtime_error("half-way"); })),
               std::runtime_error);
}

TEST(once, calls_the_first_function_and_no_other) {
  once first;
  int calls = 0;
  EXPECT_FALSE(first.is_done());
  EXPECT_TRUE(first.call([&calls] { ++calls; }));
  EXPECT_TRUE(first.call([&calls] { calls += 10; }));
  EXPECT_TRUE(first.is_done());
  EXPECT_EQ(calls, 1);
}

TEST(once, one_that_throws_poisons_and_later_ones_are_refused) {
  once first;
  throw_in(first);
  EXPECT_TRUE(first.is_poisoned());
  bool called = false;
  const auto refused = first.call([&called] { called = true; });
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::poisoned);
  EXPECT_FALSE(called);
}

TEST(once, can_be_mended_by_one_that_is_told) {
  once first;
  throw_in(first);
  bool told = false;
  first.call_anyway([&told](bool poisoned) { told = poisoned; });
  EXPECT_TRUE(told);
  EXPECT_TRUE(first.is_done());
  EXPECT_TRUE(first.call([] {}));
  first.call_anyway([&told](bool) { told = false; });
  EXPECT_TRUE(told) << "it is done, so nothing is called";
}

TEST(once, who_calls_anyway_first_is_told_that_nothing_failed) {
  once first;
  bool told = true;
  first.call_anyway([&told](bool poisoned) { told = poisoned; });
  EXPECT_FALSE(told);
}

TEST(once_stress, each_is_done_once_and_all_see_what_it_wrote) {
  struct made {
    once first;
    int calls = 0, written = 0;  // plain: that they are seen is the promise
  };
  constexpr int count = 100;
  std::vector<std::unique_ptr<made>> all;
  for (int i = 0; i < count; ++i) all.push_back(std::make_unique<made>());
  std::atomic<int> unseen = 0;
  troupe::test::together(4, [&](int) {
    for (auto& each : all) {
      EXPECT_TRUE(each->first.call([&each] { ++each->calls, each->written = 7; }));
      if (each->written != 7) ++unseen;
    }
  });
  EXPECT_EQ(unseen, 0);
  for (auto& each : all) EXPECT_EQ(each->calls, 1);
}

}  // namespace
}  // namespace once_test
