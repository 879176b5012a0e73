#include <troupe/runtime/director/staffing.hpp>

#include <gtest/gtest.h>

namespace troupe::runtime::staffing_test {
namespace {

using namespace std::chrono_literals;
using state = staff_member::state;
using kind = staff_step::kind;
using steps = std::vector<staff_step>;

constexpr auto look_every = 50ms;

member_plan stage_of(std::uint32_t min, std::uint32_t max) {
  member_plan stage;
  stage.in_process = true;
  stage.min_workers = min;
  stage.workers = max;
  stage.idle = 1s;
  return stage;
}

std::vector<staff_member> at_work(std::uint32_t count) {
  std::vector<staff_member> all(count);
  for (std::uint32_t i = 0; i < count; ++i) all[i].slot = i;
  return all;
}

/// The first steps that come of so many looks at the same.
steps first_of(staffing& staff, const std::vector<staff_member>& all, bool pressed, int looks) {
  for (int i = 0; i < looks; ++i)
    if (auto got = staff.look(all, pressed, look_every); !got.empty()) return got;
  return {};
}

TEST(staffing, leaves_a_fixed_number_alone) {
  staffing staff(stage_of(3, 3));
  EXPECT_EQ(first_of(staff, at_work(3), true, 1000), steps{});
  EXPECT_EQ(first_of(staff, at_work(3), false, 1000), steps{});
}

TEST(staffing, replaces_worn_ones_as_long_as_there_are_spare_slots) {
  staffing staff(stage_of(8, 8));  // two spare slots
  auto all = at_work(8);
  for (const auto i : {1U, 4U, 6U}) all[i].worn = true;
  EXPECT_EQ(staff.look(all, false, look_every), (steps{{kind::replace, 1}, {kind::replace, 4}}));
}

TEST(staffing, does_not_replace_one_whose_successor_is_coming) {
  staffing staff(stage_of(4, 4));
  auto all = at_work(4);
  all[2].worn = true;
  all[2].has_successor = true;
  all.push_back({.now = state::successor, .slot = 4});
  EXPECT_EQ(staff.look(all, false, look_every), steps{});
}

TEST(staffing, replaces_outdated_ones_one_at_a_time_from_start_to_end) {
  staffing staff(stage_of(8, 8));
  auto all = at_work(8);
  for (auto& each : all) each.outdated = true;
  EXPECT_EQ(staff.look(all, false, look_every), (steps{{kind::replace, 0}}));
  all[0].has_successor = true;
  all.push_back({.now = state::successor, .slot = 8});
  EXPECT_EQ(staff.look(all, false, look_every), steps{}) << "it is being started";
  all.back() = {.slot = 8};
  all[0].now = state::leaving;
  EXPECT_EQ(staff.look(all, false, look_every), steps{}) << "the old one finishes what it holds";
  all.erase(all.begin());
  EXPECT_EQ(staff.look(all, false, look_every), (steps{{kind::replace, 1}}));
}

TEST(staffing, pauses_when_a_successor_could_not_be_started) {
  staffing staff(stage_of(2, 2));
  auto all = at_work(2);
  all[0].worn = true;
  staff.pause_replacing(200ms);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(staff.look(all, false, look_every), steps{}) << i;
  EXPECT_EQ(staff.look(all, false, look_every), (steps{{kind::replace, 0}}));
}

TEST(staffing, starts_one_more_after_half_a_second_of_pressure) {
  staffing staff(stage_of(1, 4));
  for (int i = 0; i < 9; ++i) EXPECT_EQ(staff.look(at_work(1), true, look_every), steps{}) << i;
  EXPECT_EQ(staff.look(at_work(1), true, look_every), (steps{{kind::start, 0}}));
  for (int i = 0; i < 9; ++i)
    EXPECT_EQ(staff.look(at_work(2), true, look_every), steps{}) << "it begins anew";
}

TEST(staffing, does_not_take_a_moment_for_pressure) {
  staffing staff(stage_of(1, 4));
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(staff.look(at_work(1), i % 2 == 0, look_every), steps{}) << i;
}

TEST(staffing, waits_for_the_one_that_is_coming_and_stops_at_the_most) {
  staffing staff(stage_of(1, 3));
  auto all = at_work(1);
  all.push_back({.now = state::coming, .slot = 1});
  EXPECT_EQ(first_of(staff, all, true, 1000), steps{});
  EXPECT_EQ(first_of(staff, at_work(3), true, 1000), steps{});
}

TEST(staffing, starts_the_first_of_a_stage_that_has_none_at_once) {
  staffing staff(stage_of(0, 2));
  EXPECT_EQ(staff.look({}, false, look_every), steps{});
  EXPECT_EQ(staff.look({}, true, look_every), (steps{{kind::start, 0}}));
}

TEST(staffing, retires_as_many_as_were_idle_all_the_time_but_never_below_the_least) {
  staffing staff(stage_of(1, 4));
  auto all = at_work(4);
  all[1].busy = true;
  for (int i = 0; i < 19; ++i) EXPECT_EQ(staff.look(all, false, look_every), steps{}) << i;
  EXPECT_EQ(staff.look(all, false, look_every),
            (steps{{kind::retire, 3}, {kind::retire, 2}, {kind::retire, 0}}));
  EXPECT_EQ(first_of(staff, at_work(1), false, 1000), steps{}) << "one stays";
}

TEST(staffing, retires_nobody_while_all_are_busy_now_and_then) {
  staffing staff(stage_of(1, 2));
  auto idle = at_work(2), busy = at_work(2);
  for (auto& each : busy) each.busy = true;
  for (int i = 0; i < 1000; ++i)
    EXPECT_EQ(staff.look(i % 10 == 9 ? busy : idle, false, look_every), steps{}) << i;
}

TEST(staffing, does_not_count_pressure_as_idleness) {
  staffing staff(stage_of(1, 2));
  auto all = at_work(2);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(staff.look(all, i % 10 == 9, look_every), steps{}) << i;
}

TEST(a_pulse, is_missed_after_the_patience_of_the_one_who_looks) {
  pulse_watch watch;
  EXPECT_FALSE(watch.is_frozen(1, 50ms, 100ms));
  EXPECT_FALSE(watch.is_frozen(1, 50ms, 100ms));
  EXPECT_FALSE(watch.is_frozen(2, 5s, 100ms)) << "it beat meanwhile";
  EXPECT_FALSE(watch.is_frozen(2, 99ms, 100ms));
  EXPECT_TRUE(watch.is_frozen(2, 1ms, 100ms));
}

}  // namespace
}  // namespace troupe::runtime::staffing_test
