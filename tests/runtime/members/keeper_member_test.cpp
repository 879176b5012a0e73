#include "scripted_body.hpp"

#include <troupe/base/sanitizers.hpp>
#include <troupe/runtime/members/keeper_member.hpp>

namespace troupe::runtime::keeper_member_test {
namespace {

class keeper_member_test : public scripted_member_test {
 protected:
  keeper_member_test() {
    on.of.members[1].keeps_state = true;
    on.of.members[1].in_process = false;
    on.of.members[2].origins = {stage_id};
  }
  keeper_member make() {
    return {on.setting(), the_stage, std::make_unique<scripted_body>(play), [this] { ++turns_asked_for; }};
  }
};

TEST_F(keeper_member_test, acknowledges_when_the_call_has_returned) {
  play.call = [this](const bytes&, std::vector<bytes>& outputs) -> result<> {
    EXPECT_EQ(acknowledged(), "");
    outputs.push_back(encoded(std::int64_t{1}));
    return {};
  };
  auto keeper = make();
  tell(keeper, consumer_news{the_sink, true});
  tell(keeper, items(1));
  EXPECT_EQ(acknowledged(), "1") << "its outputs are its own from now on";
}

TEST_F(keeper_member_test, numbers_its_outputs_as_an_origin) {
  play.call = times(2);
  auto keeper = make();
  tell(keeper, consumer_news{the_sink, true});
  tell(keeper, items(2));
  on.settle();
  std::vector<std::string> names;
  for (const auto& each : sink.items) names.push_back(to_string(each.header.item));
  EXPECT_EQ(names, (std::vector<std::string>{"2:0/2.0", "2:1/2.0", "2:2/2.0", "2:3/2.0"}));
}

TEST_F(keeper_member_test, takes_a_copy_once_and_acknowledges_it_each_time) {
  auto keeper = make();
  tell(keeper, consumer_news{the_sink, true});
  tell(keeper, items(1));
  auto copy = item(1);
  copy.header.number = 2;
  tell(keeper, arrivals{{copy}});
  EXPECT_EQ(play.calls, 1U);
  EXPECT_EQ(acknowledged(), "1-2");
}

TEST_F(keeper_member_test, drops_what_the_watermark_says_is_complete) {
  auto keeper = make();
  tell(keeper, consumer_news{the_sink, true});
  tell(keeper, watermark_notice{source_id, 1});
  tell(keeper, items(2));
  EXPECT_EQ(play.calls, 1U);
  EXPECT_EQ(acknowledged(), "1-2");
}

TEST_F(keeper_member_test, remarks_on_stages_that_give_another_number_of_outputs_the_second_time) {
  auto keeper = make();
  tell(keeper, consumer_news{the_sink, true});
  tell(keeper, items(1));
  auto other = item(1);
  other.header.item.path.back().count = 2;
  tell(keeper, arrivals{{other}});
  ASSERT_EQ(on.reported<remark>().size(), 1U);
  EXPECT_NE(on.reported<remark>()[0].text.find("the stages before 'work' are not deterministic"),
            std::string::npos);
  EXPECT_EQ(play.calls, 1U);
}

TEST_F(keeper_member_test, tells_its_watermark_as_its_outputs_are_acknowledged) {
  auto keeper = make();
  tell(keeper, consumer_news{the_sink, true});
  tell(keeper, items(3));
  tell(keeper, answers{the_sink, to_sink, {{2, 2}}});
  on.settle();
  EXPECT_TRUE(sink.watermarks.empty()) << "the first is not complete";
  tell(keeper, answers{the_sink, to_sink, {{1, 1}}});
  tell(keeper, answers{the_sink, to_sink, {{3, 3}}});
  on.settle();
  EXPECT_EQ(sink.watermarks, (std::vector<std::uint64_t>{2, 3}));
}

TEST_F(keeper_member_test, calls_nothing_while_its_outputs_would_have_to_wait) {
  on.of.edges[1].limit = {.items = 1, .bytes = 1000};
  auto keeper = make();
  tell(keeper, items(3));
  EXPECT_EQ(play.calls, 0U);
  tell(keeper, consumer_news{the_sink, true});
  EXPECT_EQ(play.calls, 1U);
  tell(keeper, answers{the_sink, to_sink, {{1, 1}}});
  EXPECT_EQ(play.calls, 2U);
}

TEST_F(keeper_member_test, takes_items_in_their_order_where_that_is_asked) {
  on.of.edges[0].ordered = true;
  std::vector<std::int64_t> called;
  play.call = [&](const bytes& input, std::vector<bytes>&) -> result<> {
    called.push_back(*decode<std::int64_t>(input));
    return {};
  };
  auto keeper = make();
  tell(keeper, consumer_news{the_sink, true});
  tell(keeper, arrivals{{item(3), item(2)}});
  EXPECT_TRUE(called.empty()) << "the first may still come";
  EXPECT_EQ(acknowledged(), "2-3") << "or the first could not come";
  tell(keeper, arrivals{{item(1)}});
  tell(keeper, watermark_notice{source_id, 2});
  EXPECT_EQ(called.size(), 2U);
  tell(keeper, watermark_notice{source_id, 3});
  EXPECT_EQ(called, (std::vector<std::int64_t>{1, 2, 3}));
}

TEST_F(keeper_member_test, finishes_when_what_is_next_in_order_has_had_its_room) {
  on.of.edges[0].ordered = true;
  on.of.edges[1].limit = {.items = 1, .bytes = 1000};
  play.call = times(1);
  auto keeper = make();
  tell(keeper, consumer_news{the_sink, true});
  tell(keeper, items(3));
  tell(keeper, watermark_notice{source_id, 3});
  tell(keeper, order{order_kind::finish});
  EXPECT_EQ(play.calls, 1U);
  EXPECT_TRUE(on.reported<terminal_closed>().empty());
  tell(keeper, arrivals{{item(4), item(5)}});
  tell(keeper, answers{the_sink, to_sink, {{1, 1}}});
  EXPECT_EQ(play.calls, 2U);
  EXPECT_EQ(acknowledged(), "1-3") << "what has its turn is worked on before more is taken";
  tell(keeper, answers{the_sink, to_sink, {{2, 2}}});
  EXPECT_EQ(play.calls, 3U);
  EXPECT_EQ(on.reported<terminal_closed>().size(), 1U);
}

TEST_F(keeper_member_test, looks_at_its_mailbox_between_long_calls) {
  play.call = [](const bytes&, std::vector<bytes>&) -> result<> {
    use_up_a_turn();
    return {};
  };
  auto keeper = make();
  keeper.on(consumer_news{the_sink, true});
  keeper.on(items(2));
  EXPECT_EQ(play.calls, 1U);
  EXPECT_EQ(turns_asked_for, 1);
  keeper.on(order{order_kind::work});
  EXPECT_EQ(play.calls, 2U);
  EXPECT_EQ(acknowledged(), "1-2");
}

TEST_F(keeper_member_test, finishes_once_and_ends_when_all_is_acknowledged) {
  play.call = times(0);
  play.finish = [](std::vector<bytes>& outputs) -> result<> {
    outputs = {encoded(std::int64_t{1}), encoded(std::int64_t{2})};
    return {};
  };
  auto keeper = make();
  tell(keeper, consumer_news{the_sink, true});
  tell(keeper, items(1));
  tell(keeper, order{order_kind::finish});
  tell(keeper, order{order_kind::finish});
  on.settle();
  EXPECT_EQ(sink.items.size(), 2U);
  ASSERT_EQ(on.reported<terminal_closed>().size(), 1U);
  EXPECT_EQ(on.reported<terminal_closed>()[0].terminal, stage_id);
  EXPECT_TRUE(on.reported<origin_ended>().empty());
  tell(keeper, answers{the_sink, to_sink, {{1, 2}}});
  tell(keeper, answers{the_sink, to_sink, {}});
  ASSERT_EQ(on.reported<origin_ended>().size(), 1U);
  EXPECT_EQ(on.reported<origin_ended>()[0].origin, stage_id);
}

TEST_F(keeper_member_test, ends_at_once_when_there_is_nothing_to_acknowledge) {
  on.of.members[1].out.clear();
  auto keeper = make();
  tell(keeper, items(2));
  EXPECT_EQ(acknowledged(), "1-2");
  EXPECT_TRUE(on.reported<origin_ended>().empty()) << "more may come";
  tell(keeper, order{order_kind::finish});
  EXPECT_EQ(on.reported<terminal_closed>().size(), 1U);
  EXPECT_EQ(on.reported<origin_ended>().size(), 1U);
}

TEST_F(keeper_member_test, stops_the_run_over_a_throw_because_its_state_may_be_half_written) {
  play.call = [](const bytes&, std::vector<bytes>&) -> result<> {
    return fail(errc::handler_failed, "threw std::bad_alloc: no");
  };
  auto keeper = make();
  tell(keeper, consumer_news{the_sink, true});
  tell(keeper, items(2));
  tell(keeper, order{order_kind::finish});
  EXPECT_EQ(play.calls, 1U) << "it is not called again";
  EXPECT_EQ(acknowledged(), "");
  ASSERT_EQ(on.reports.size(), 1U);
  const auto said = on.reported<trouble>().at(0);
  EXPECT_EQ(said.kind, trouble_kind::stage);
  EXPECT_EQ(
      said.what,
      "stage 'work' threw std::bad_alloc: no, on item 1:0/1.0; its state may be half-written, so the run "
      "stops");
}

TEST_F(keeper_member_test, stops_the_run_over_a_throw_in_finish) {
  play.finish = [](std::vector<bytes>&) -> result<> { return fail(errc::handler_failed, "threw"); };
  auto keeper = make();
  tell(keeper, order{order_kind::finish});
  ASSERT_EQ(on.reports.size(), 1U);
  EXPECT_NE(on.reported<trouble>().at(0).what.find(", in finish()"), std::string::npos);
}

TEST_F(keeper_member_test, stops_the_run_over_an_output_that_cannot_travel) {
  play.finish = [](std::vector<bytes>& outputs) -> result<> {
    outputs.push_back(too_large_to_travel());
    return {};
  };
  auto keeper = make();
  tell(keeper, order{order_kind::finish});
  ASSERT_EQ(on.reports.size(), 1U);
  EXPECT_NE(on.reported<trouble>().at(0).what.find("can travel"), std::string::npos);
}

TEST_F(keeper_member_test, hands_in_an_output_that_no_consumer_may_try_again) {
  auto keeper = make();
  tell(keeper, consumer_news{the_sink, true});
  tell(keeper, items(1));
  const auto output = child_of({stage_id, 0, 1, {}}, to_sink, 0, 1);
  tell(keeper, verdict_notice{{{sink_id, output, {.charges = 1, .quarantined = true}, the_sink, "test"}}});
  EXPECT_EQ(on.reported<item_handed_in>().size(), 1U);
  tell(keeper, order{order_kind::finish});
  EXPECT_EQ(on.reported<origin_ended>().size(), 1U) << "quarantine has answered for it";
}

/// What terminals have to remember is bounded, also while one output is late and the window has room.
TEST_F(keeper_member_test, waits_when_its_numbers_are_far_above_the_lowest_open_one) {
  if (thread_sanitizer) GTEST_SKIP() << "volume, not interleaving: the other suites run it";
  on.of.edges[1].limit = {2 * usual_spread, 64U << 20U};
  play.call = times(usual_spread);
  auto keeper = make();
  tell(keeper, consumer_news{the_sink, true});
  tell(keeper, items(2));
  EXPECT_EQ(play.calls, 1U);
  tell(keeper, from_sink(2, usual_spread));
  EXPECT_EQ(play.calls, 1U) << "the first is still open";
  play.call = times(1);
  tell(keeper, from_sink(1, 1));
  EXPECT_EQ(play.calls, 2U);
}

}  // namespace
}  // namespace troupe::runtime::keeper_member_test
