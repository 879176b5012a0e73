#include "../scene.hpp"

#include <troupe/runtime/node/lifeline_messages.hpp>

namespace troupe::runtime::lifeline_messages_test {
namespace {

/// What the other side reads.
template <class Variant, class M>
M sent_through(M message) {
  auto received = decode<Variant>(encode_frame<Variant>(std::move(message)));
  EXPECT_TRUE(received) << received.error().message();
  EXPECT_TRUE(std::holds_alternative<M>(*received));
  return std::get<M>(std::move(*received));
}

const lineage an_item{source_id, 12, 3, {{to_stage, 0, 1}}};
const verdict a_verdict{stage_id, an_item, {2, 1, true, false}, {stage_id, 4, 5}, "killed by SIGSEGV"};

TEST(lifeline_messages, an_assignment_brings_everything_that_a_worker_needs) {
  assignment work{"run-1", {}, "/run/x", {stage_id, 2, 9}, small_plan(), {a_verdict}};
  work.token[15] = std::byte{0xab};
  const auto got = sent_through<to_worker>(work);
  EXPECT_EQ(got.run_id, "run-1");
  EXPECT_EQ(got.token, work.token);
  EXPECT_EQ(got.ipc_path, "/run/x");
  EXPECT_EQ(got.own, work.own);
  ASSERT_EQ(got.of.members.size(), 3U);
  EXPECT_EQ(got.of.member(stage_id).call, "repeat");
  EXPECT_EQ(got.of.edge(to_sink).shape, "i64");
  ASSERT_EQ(got.charges.size(), 1U);
  EXPECT_EQ(got.charges[0].item, an_item);
  EXPECT_EQ(got.charges[0].state, a_verdict.state);
}

TEST(lifeline_messages, a_neighbour_comes_with_its_endpoint_and_hosts) {
  const auto got = sent_through<to_worker>(neighbour_up{{{"work.1", 3}, "ipc:x", {the_sink, the_source}}});
  EXPECT_EQ(got.whom.node, (transport::peer{"work.1", 3}));
  EXPECT_EQ(got.whom.endpoint, "ipc:x");
  EXPECT_EQ(got.whom.hosts, (std::vector{the_sink, the_source}));
}

TEST(lifeline_messages, a_death_comes_with_marks_and_verdicts) {
  const auto got = sent_through<to_worker>(
      death_notice{{stage_id, 4, 5}, {{the_source, to_stage, 17}}, false, {a_verdict}});
  EXPECT_EQ(got.who, (instance{stage_id, 4, 5}));
  ASSERT_EQ(got.marks.size(), 1U);
  EXPECT_EQ(got.marks[0].from, the_source);
  EXPECT_EQ(got.marks[0].completed, 17U);
  EXPECT_FALSE(got.marks_complete);
  ASSERT_EQ(got.verdicts.size(), 1U);
  EXPECT_EQ(got.verdicts[0].cause, a_verdict.cause);
  EXPECT_EQ(got.verdicts[0].from, a_verdict.from);
}

TEST(lifeline_messages, a_verdict_and_the_order_to_stop_arrive_as_such) {
  EXPECT_EQ(sent_through<to_worker>(verdict_notice{{a_verdict}}).verdicts.size(), 1U);
  sent_through<to_worker>(stop_now{});
  EXPECT_EQ(sent_through<to_worker>(consumer_retires{the_stage}).who, the_stage);
}

TEST(lifeline_messages, a_ready_worker_says_where_it_listens) {
  EXPECT_EQ(sent_through<from_worker>(worker_ready{"ipc:y"}).endpoint, "ipc:y");
}

TEST(lifeline_messages, every_report_arrives_as_what_it_was) {
  const std::vector<report_body> bodies{origin_ended{source_id},
                                        terminal_closed{sink_id},
                                        item_failed{stage_id, an_item, true, "threw"},
                                        item_handed_in{stage_id, an_item, encoded(std::int64_t{5}), true},
                                        trouble{trouble_kind::output, "disk"},
                                        remark{"odd"},
                                        broken_protocol{the_stage, "noise"},
                                        item_settled{stage_id, an_item},
                                        consumer_released{the_stage},
                                        watermark_notice{source_id, 7}};
  static_assert(std::variant_size_v<report_body> == 10);
  for (const auto& body : bodies) {
    const auto got = sent_through<from_worker>(report{the_stage, body});
    EXPECT_EQ(got.from, the_stage);
    EXPECT_EQ(got.body.index(), body.index());
  }
}

TEST(lifeline_messages, the_bytes_of_an_item_are_handed_in_whole) {
  const auto payload = encoded(std::string(100'000, 'x'));
  const auto got =
      sent_through<from_worker>(report{the_source, item_handed_in{stage_id, an_item, payload, true}});
  const auto& item = std::get<item_handed_in>(got.body);
  EXPECT_EQ(item.payload.text(), payload.text());
  EXPECT_EQ(item.item, an_item);
  EXPECT_TRUE(item.may_be_delivered);
}

TEST(lifeline_messages, a_frame_that_was_cut_is_malformed_at_every_length) {
  const auto whole = encode_frame<to_worker>(neighbour_up{{{"work.1", 3}, "ipc:x", {the_sink}}});
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const auto got = decode<to_worker>(whole.slice(0, length));
    ASSERT_FALSE(got) << length;
    EXPECT_EQ(got.error().code, errc::malformed) << length;
  }
}

TEST(lifeline_messages, no_direction_takes_the_words_of_the_other) {
  const auto longer = encode_frame<to_worker>(death_notice{the_stage, {}, true, {}});
  EXPECT_FALSE(decode<from_worker>(longer));
}

}  // namespace
}  // namespace troupe::runtime::lifeline_messages_test
