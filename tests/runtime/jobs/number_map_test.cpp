#include <troupe/runtime/jobs/number_map.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <random>

namespace troupe::runtime::number_map_test {
namespace {

TEST(number_map, holds_what_was_pushed_until_it_is_erased) {
  number_map<int> map;
  EXPECT_TRUE(map.empty());
  EXPECT_FALSE(map.lowest());
  for (int n = 10; n < 14; ++n) map.push(static_cast<std::uint64_t>(n), n);
  map.erase(11);
  EXPECT_EQ(map.find(11), nullptr);
  EXPECT_EQ(map.find(9), nullptr);
  EXPECT_EQ(map.find(14), nullptr);
  EXPECT_EQ(*map.find(12), 12);
  EXPECT_EQ(map.lowest(), 10U);
  map.erase(10);
  EXPECT_EQ(map.lowest(), 12U);
  EXPECT_EQ(map.size(), 2U);
}

TEST(number_map, begins_anew_after_it_was_empty) {
  number_map<int> map;
  map.push(1, 1);
  map.erase(1);
  map.push(2, 2);
  EXPECT_EQ(*map.find(2), 2);
  EXPECT_EQ(map.size(), 1U);
}

TEST(number_map, does_the_same_as_a_plain_map_whatever_stays_behind) {
  std::mt19937_64 random(7);
  number_map<std::uint64_t> map;
  std::map<std::uint64_t, std::uint64_t> plain;
  constexpr std::uint64_t last = 100'000;
  for (std::uint64_t number = 1; number <= last; ++number) {
    map.push(number, number);
    plain.emplace(number, number);
    const auto gone = number - random() % std::min<std::uint64_t>(number, 50);
    if (gone % 1000 == 1) continue;  // some stay for ever
    map.erase(gone);
    plain.erase(gone);
  }
  EXPECT_EQ(map.size(), plain.size());
  EXPECT_EQ(map.lowest(), plain.begin()->first);
  for (std::uint64_t number = 1; number <= last + 1; ++number) {
    const auto* found = map.find(number);
    ASSERT_EQ(found != nullptr, plain.contains(number)) << number;
    ASSERT_TRUE(found == nullptr || *found == number);
  }
  std::map<std::uint64_t, std::uint64_t> seen;
  map.for_each([&](std::uint64_t number, std::uint64_t value) { seen.emplace(number, value); });
  EXPECT_EQ(seen, plain);
  while (const auto lowest = map.lowest()) {
    ASSERT_EQ(*lowest, plain.begin()->first);
    map.erase(*lowest);
    plain.erase(plain.begin());
  }
  EXPECT_TRUE(plain.empty());
}

}  // namespace
}  // namespace troupe::runtime::number_map_test
