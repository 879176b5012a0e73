#include <troupe/runtime/director/input_size.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <utility>
#include <vector>

namespace troupe::runtime::input_size_test {
namespace {

source_plan files_of(std::uint64_t bytes) {
  return {.from = config::files_source{{"in.txt"}}, .paths = {"in.txt"}, .total_bytes = bytes};
}

/// bytes_total and items_total.
std::pair<std::uint64_t, std::uint64_t> size_of(std::vector<source_plan> sources) {
  plan of;
  of.members.emplace_back();  // a stage
  for (auto& each : sources) {
    member_plan member;
    member.kind = member_kind::source;
    member.source = std::move(each);
    of.members.push_back(std::move(member));
  }
  run_counters counters;
  count_input(of, counters);
  return {counters.bytes_total, counters.items_total};
}

using both = std::pair<std::uint64_t, std::uint64_t>;

TEST(count_input, of_files_is_bytes_and_of_ranges_numbers) {
  EXPECT_EQ(size_of({files_of(5), files_of(7)}), both(12, 0));
  EXPECT_EQ(size_of({{.from = config::range_source{-3, 4}}, {.from = config::range_source{0, 1}}}),
            both(0, 8));
  EXPECT_EQ(size_of({{.from = config::range_source{INT64_MIN, INT64_MAX}}}), both(0, UINT64_MAX));
}

TEST(count_input, is_unknown_when_a_part_of_it_is) {
  EXPECT_EQ(size_of({files_of(5), {.from = config::stdin_source{}}}), both(0, 0));
  EXPECT_EQ(size_of({files_of(5), files_of(0)}), both(0, 0)) << "a device";
  EXPECT_EQ(size_of({files_of(5), {.from = config::range_source{0, 9}}}), both(0, 0));
  EXPECT_EQ(size_of({}), both(0, 0));
}

}  // namespace
}  // namespace troupe::runtime::input_size_test
