#include "../scene.hpp"

#include <troupe/runtime/director/completion.hpp>

namespace troupe::runtime::completion_test {
namespace {

using ids = std::vector<member_id>;

/// source 1 -> stage with state 2 -> sink 3
plan plan_with_state() {
  auto of = small_plan();
  of.members[1].keeps_state = true;
  of.members[2].origins = {stage_id};
  return of;
}

TEST(completion, a_terminal_may_finish_when_its_origins_have_ended) {
  const auto of = small_plan();
  completion run(of);
  EXPECT_EQ(run.ready_to_finish(), ids{});
  run.origin_ended(source_id);
  EXPECT_EQ(run.ready_to_finish(), ids{sink_id});
}

TEST(completion, a_terminal_is_named_once) {
  const auto of = small_plan();
  completion run(of);
  run.origin_ended(source_id);
  EXPECT_EQ(run.ready_to_finish(), ids{sink_id});
  run.origin_ended(source_id);
  EXPECT_EQ(run.ready_to_finish(), ids{});
}

TEST(completion, a_terminal_waits_for_all_of_its_origins) {
  auto of = small_plan();
  of.members.push_back(of.member(source_id));
  of.members.back().id = 4;
  of.members[2].origins = {source_id, 4};
  completion run(of);
  run.origin_ended(4);
  EXPECT_EQ(run.ready_to_finish(), ids{});
  run.origin_ended(source_id);
  EXPECT_EQ(run.ready_to_finish(), ids{sink_id});
}

TEST(completion, segments_finish_one_after_the_other) {
  const auto of = plan_with_state();
  completion run(of);
  run.origin_ended(source_id);
  EXPECT_EQ(run.ready_to_finish(), ids{stage_id}) << "the sink's origin is the stage";
  run.terminal_closed(stage_id);
  EXPECT_EQ(run.ready_to_finish(), ids{});
  run.origin_ended(stage_id);
  EXPECT_EQ(run.ready_to_finish(), ids{sink_id});
}

TEST(completion, is_done_when_every_origin_has_ended_and_every_terminal_is_closed) {
  const auto of = plan_with_state();
  for (int missing = 0; missing < 4; ++missing) {
    completion run(of);
    if (missing != 0) run.origin_ended(source_id);
    if (missing != 1) run.terminal_closed(stage_id);
    if (missing != 2) run.origin_ended(stage_id);
    if (missing != 3) run.terminal_closed(sink_id);
    EXPECT_FALSE(run.all_done()) << missing;
    run.origin_ended(source_id);
    run.terminal_closed(stage_id);
    run.origin_ended(stage_id);
    run.terminal_closed(sink_id);
    EXPECT_TRUE(run.all_done()) << missing;
  }
}

}  // namespace
}  // namespace troupe::runtime::completion_test
