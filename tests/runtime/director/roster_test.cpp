#include "../scene.hpp"

#include <troupe/runtime/director/roster.hpp>

namespace troupe::runtime::roster_test {
namespace {

using condition = slot_state::condition;

roster three_workers() {
  auto of = small_plan();
  of.members[1].workers = 3;
  return roster(of);
}

TEST(roster, has_a_slot_per_worker_process_and_none_for_members_of_the_director) {
  auto all = three_workers();
  EXPECT_EQ(all.slots().size(), 4U) << "and one for a successor";
  for (const auto& [key, slot] : all.slots()) {
    EXPECT_EQ(key.first, stage_id);
    EXPECT_EQ(slot.now, condition::down);
    EXPECT_EQ(slot.who, (instance{stage_id, key.second, 0})) << "nobody has lived there";
  }
}

TEST(roster, finds_a_worker_by_its_current_life_only) {
  auto all = three_workers();
  all.slots().at({stage_id, 1}).who.epoch = 2;
  EXPECT_EQ(all.find({stage_id, 1, 2}), &all.slots().at({stage_id, 1}));
  EXPECT_EQ(all.find({stage_id, 1, 1}), nullptr) << "that life is over";
  EXPECT_EQ(all.find({stage_id, 1, 3}), nullptr);
  EXPECT_EQ(all.find({stage_id, 4, 0}), nullptr);
  EXPECT_EQ(all.find(the_sink), nullptr);
}

TEST(roster, has_a_free_slot_where_nobody_lives_or_is_about_to) {
  auto all = three_workers();
  all.slots().at({stage_id, 0}).now = condition::ready;
  all.slots().at({stage_id, 1}).comes_back = true;
  ASSERT_NE(all.free_slot(stage_id), nullptr);
  EXPECT_EQ(all.free_slot(stage_id)->who.slot, 2U);
  for (auto& [key, slot] : all.slots()) slot.now = condition::stopping;
  EXPECT_EQ(all.free_slot(stage_id), nullptr);
  EXPECT_EQ(all.free_slot(sink_id), nullptr);
}

TEST(roster, knows_who_is_started_in_whose_place) {
  auto all = three_workers();
  auto& coming = all.slots().at({stage_id, 3});
  coming.now = condition::starting;
  EXPECT_EQ(all.successor_of({stage_id, 1, 0}), nullptr);
  coming.replaces = 1;
  EXPECT_EQ(all.successor_of({stage_id, 1, 0}), &coming);
  EXPECT_EQ(all.successor_of({stage_id, 0, 0}), nullptr);
}

TEST(roster, counts_by_condition) {
  auto all = three_workers();
  EXPECT_EQ(all.count(condition::down), 4U);
  all.slots().at({stage_id, 0}).now = condition::ready;
  all.slots().at({stage_id, 2}).now = condition::ready;
  EXPECT_EQ(all.count(condition::ready), 2U);
  EXPECT_EQ(all.count(condition::down), 2U);
  EXPECT_EQ(all.count(condition::stopping), 0U);
}

}  // namespace
}  // namespace troupe::runtime::roster_test
