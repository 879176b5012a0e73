#include <troupe/runtime/jobs/job_deadlines.hpp>

#include <gtest/gtest.h>

#include <string>

namespace troupe::runtime::job_deadlines_test {
namespace {

steady::time_point at(int ms) {
  return steady::time_point() + milliseconds(ms);
}

job_deadlines some(std::initializer_list<std::pair<int, std::uint64_t>> all) {
  job_deadlines made;
  for (const auto& [ms, id] : all) made.add({at(ms), id, milliseconds(ms)});
  return made;
}

std::string due(job_deadlines& from, int ms) {
  std::string text;
  while (const auto one = from.take_due(at(ms))) text += std::to_string(one->id) + ' ';
  return text;
}

TEST(job_deadlines, gives_those_that_have_come_the_earliest_first) {
  auto all = some({{30, 1}, {10, 2}, {20, 3}, {40, 4}});
  EXPECT_EQ(due(all, 9), "");
  EXPECT_EQ(due(all, 30), "2 3 1 ");
  EXPECT_EQ(all.next(), at(40));
}

TEST(job_deadlines, gives_those_of_one_moment_in_the_order_of_their_jobs) {
  auto all = some({{10, 3}, {10, 1}, {10, 2}});
  EXPECT_EQ(due(all, 10), "1 2 3 ");
  EXPECT_TRUE(all.empty());
  EXPECT_FALSE(all.next());
}

TEST(job_deadlines, keeps_no_more_than_about_two_for_each_open_job) {
  job_deadlines all;
  std::size_t most = 0;
  for (std::uint64_t id = 1; id <= 100'000; ++id) {
    all.add({at(1'000'000), id, milliseconds(1)});
    const auto is_open = [&](std::uint64_t each) { return each + 10 > id || each == 7; };
    all.tidy(11, is_open);
    most = std::max(most, all.size());
  }
  EXPECT_LE(most, 1025U);
  EXPECT_EQ(due(all, 1'000'000).substr(0, 2), "7 ") << "that of an open job stays, whatever its age";
}

}  // namespace
}  // namespace troupe::runtime::job_deadlines_test
