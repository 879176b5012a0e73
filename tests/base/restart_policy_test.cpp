#include <troupe/base/restart_policy.hpp>

#include <gtest/gtest.h>

#include <vector>

namespace restart_policy_test {
namespace {

using namespace std::chrono_literals;
using troupe::decide_restart;
using troupe::restart_decision;
using troupe::restart_event;
using troupe::restart_history;
using troupe::restart_options;
using troupe::restart_verdict;
using troupe::restart_when;
using troupe::steady;

constexpr steady::time_point start{1h};

restart_event death(troupe::nanoseconds at, double random = 0.999'999'999) {
  return {.now = start + at, .random = random};
}

struct row {
  restart_when policy;
  bool failed, did_work, charged;
  restart_verdict verdict;
  bool delayed;
};

TEST(restart_policy, every_way_of_ending_under_every_policy) {
  constexpr auto always = restart_when::always, on_failure = restart_when::on_failure,
                 never = restart_when::never;
  constexpr auto restart = restart_verdict::restart, stay_down = restart_verdict::stay_down;
  const std::vector<row> table = {
      // policy    failed did_work charged
      {always, false, false, false, restart, false},       {always, false, true, false, restart, false},
      {always, true, false, false, restart, true},         {always, true, true, false, restart, false},
      {always, true, false, true, restart, false},         {always, true, true, true, restart, false},
      {on_failure, false, false, false, stay_down, false}, {on_failure, false, true, false, stay_down, false},
      {on_failure, true, false, false, restart, true},     {on_failure, true, true, false, restart, false},
      {on_failure, true, false, true, restart, false},     {on_failure, true, true, true, restart, false},
      {never, false, false, false, stay_down, false},      {never, true, false, false, stay_down, false},
      {never, true, true, false, stay_down, false},        {never, true, false, true, stay_down, false},
  };
  for (const row& each : table) {
    const restart_event event{start, each.failed, each.did_work, each.charged, 0.5};
    const restart_decision got = decide_restart({.policy = each.policy}, {}, event);
    EXPECT_EQ(got.verdict, each.verdict);
    EXPECT_EQ(got.after > 0ns, each.delayed);
    EXPECT_EQ(got.history.counted.size(), each.delayed ? 1U : 0U);
  }
}

TEST(restart_policy, the_burst_is_tolerated_and_one_more_gives_up) {
  const restart_options options{.burst = 3};
  restart_history history;
  for (int i = 0; i < 3; ++i) {
    restart_decision got = decide_restart(options, history, death(i * 1ms));
    EXPECT_EQ(got.verdict, restart_verdict::restart) << i;
    history = got.history;
  }
  EXPECT_EQ(decide_restart(options, history, death(4ms)).verdict, restart_verdict::give_up);
}

TEST(restart_policy, a_burst_of_none_gives_up_at_the_first_counted_death) {
  EXPECT_EQ(decide_restart({.burst = 0}, {}, death(0ns)).verdict, restart_verdict::give_up);
}

TEST(restart_policy, deaths_before_the_window_are_forgotten) {
  const restart_options options{.burst = 1, .window = 10s};
  const restart_history history = decide_restart(options, {}, death(0s)).history;
  EXPECT_EQ(decide_restart(options, history, death(9'999ms)).verdict, restart_verdict::give_up);
  const restart_decision later = decide_restart(options, history, death(10s + options.delay));
  EXPECT_EQ(later.verdict, restart_verdict::restart);
  EXPECT_EQ(later.history.counted.size(), 1U);
  EXPECT_EQ(later.history.consecutive, 1U);
}

TEST(restart_policy, delays_do_not_carry_deaths_in_a_row_out_of_the_window) {
  const restart_options options{.burst = 5, .window = 10s, .delay = 10s, .max_delay = 1h};
  restart_history history;
  troupe::nanoseconds now{0};
  for (int i = 0; i < 5; ++i) {
    restart_decision got = decide_restart(options, history, death(now));
    ASSERT_EQ(got.verdict, restart_verdict::restart) << i;
    EXPECT_EQ(got.history.counted.size(), 1U) << "the one before is out of the window";
    history = got.history;
    now += got.after + 3s;  // it lives for three seconds
  }
  EXPECT_EQ(decide_restart(options, history, death(now)).verdict, restart_verdict::give_up);
}

TEST(restart_policy, a_child_that_lived_for_a_window_starts_a_new_row) {
  const restart_options options{.burst = 2, .window = 10s};
  restart_history history;
  troupe::nanoseconds now{0};
  for (int i = 0; i < 20; ++i) {
    restart_decision got = decide_restart(options, history, death(now));
    ASSERT_EQ(got.verdict, restart_verdict::restart) << i;
    history = got.history;
    now += got.after + 10s;
  }
}

TEST(restart_policy, deaths_that_worked_or_charged_an_item_never_give_up) {
  const restart_options options{.burst = 1};
  restart_history history = decide_restart(options, {}, death(0ns)).history;
  for (int i = 0; i < 100; ++i) {
    restart_event event = death(1ms);
    (i % 2 == 0 ? event.did_work : event.charged) = true;
    const restart_decision got = decide_restart(options, history, event);
    ASSERT_EQ(got.verdict, restart_verdict::restart);
    ASSERT_EQ(got.after, 0ns);
    history = got.history;
  }
  EXPECT_EQ(history.counted.size(), 1U) << "the first one still counts";
}

TEST(restart_policy, the_delay_doubles_up_to_its_limit) {
  const restart_options options{.burst = 100, .delay = 100ms, .max_delay = 1s};
  restart_history history;
  for (const auto expected : {100ms, 200ms, 400ms, 800ms, 1000ms, 1000ms}) {
    const restart_decision got = decide_restart(options, history, death(0ns));
    EXPECT_NEAR(static_cast<double>(got.after.count()),
                static_cast<double>(troupe::nanoseconds(expected).count()), 1e4);
    history = got.history;
  }
}

TEST(restart_policy, the_delay_starts_over_after_a_death_that_did_not_count) {
  const restart_options options{.burst = 100, .delay = 100ms};
  restart_history history = decide_restart(options, {}, death(0ns)).history;
  history = decide_restart(options, history, death(0ns)).history;
  restart_event worked = death(0ns);
  worked.did_work = true;
  history = decide_restart(options, history, worked).history;
  EXPECT_LE(decide_restart(options, history, death(0ns)).after, 100ms);
}

TEST(restart_policy, jitter_is_from_a_half_to_the_whole_delay) {
  const restart_options options{.delay = 100ms};
  EXPECT_EQ(decide_restart(options, {}, death(0ns, 0.0)).after, 50ms);
  EXPECT_EQ(decide_restart(options, {}, death(0ns, 0.5)).after, 75ms);
  EXPECT_LE(decide_restart(options, {}, death(0ns, 1.0)).after, 100ms);
}

TEST(restart_policy, the_longest_delays_do_not_overflow) {
  const restart_options options{.burst = 1000,
                                .delay = troupe::milliseconds(1'000'000'000'000),
                                .max_delay = troupe::milliseconds::max()};
  restart_history history;
  for (int i = 0; i < 200; ++i) {
    const restart_decision got = decide_restart(options, history, death(0ns));
    ASSERT_GT(got.after, 0ns);
    history = got.history;
  }
}

}  // namespace
}  // namespace restart_policy_test
