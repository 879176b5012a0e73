#include <troupe/base/clock.hpp>

#include <gtest/gtest.h>

namespace clock_test {
namespace {

using namespace std::chrono_literals;
using troupe::deadline;

TEST(deadline, never_does_not_pass_and_waits_for_ever) {
  const deadline never = deadline::never();
  EXPECT_TRUE(never.is_never());
  EXPECT_FALSE(never.passed());
  EXPECT_EQ(never.left(), troupe::nanoseconds::max());
  EXPECT_EQ(never.poll_ms(), -1);
}

TEST(deadline, of_the_past_has_passed_with_nothing_left) {
  const deadline past = deadline::at(troupe::steady::now() - 1s);
  EXPECT_TRUE(past.passed());
  EXPECT_EQ(past.left(), 0ns);
  EXPECT_EQ(past.poll_ms(), 0);
}

TEST(deadline, patience_beyond_the_clock_is_never) {
  EXPECT_TRUE(deadline::after(troupe::nanoseconds::max()).is_never());
}

TEST(deadline, of_the_future_has_not_passed) {
  const deadline soon = deadline::after(1h);
  EXPECT_FALSE(soon.passed());
  EXPECT_GT(soon.left(), 59min);
  EXPECT_LE(soon.left(), 1h);
}

TEST(deadline, poll_rounds_up_so_that_it_does_not_spin) {
  const deadline soon = deadline::after(1h);
  EXPECT_GT(soon.poll_ms(), 59 * 60 * 1000);
  EXPECT_LE(soon.poll_ms(), 60 * 60 * 1000);
  EXPECT_EQ(deadline::after(24h * 365).poll_ms(), 1'000'000'000) << "what poll(2) takes as int";
}

TEST(clock, monotonic_ns_does_not_go_back) {
  const auto first = troupe::monotonic_ns();
  EXPECT_GE(troupe::monotonic_ns(), first);
}

}  // namespace
}  // namespace clock_test
