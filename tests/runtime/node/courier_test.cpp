#include "two_nodes.hpp"

#include <troupe/runtime/node/courier.hpp>

namespace troupe::runtime::courier_test {
namespace {

TEST(to_ranges, joins_what_is_consecutive_in_any_order) {
  struct {
    std::vector<std::uint64_t> numbers;
    const char* ranges;
  } const cases[] = {
      {{}, ""},
      {{0}, "0"},
      {{5, 6, 7}, "5-7"},
      {{3, 1, 2}, "1-3"},
      {{1, 3, 5}, "1 3 5"},
      {{9, 1, 8, 2, 4}, "1-2 4 8-9"},
      {{4, 4, 5, 4}, "4-5"},
  };
  for (const auto& each : cases) EXPECT_EQ(to_text(to_ranges(each.numbers)), each.ranges);
}

class courier_test : public ::testing::Test {
 protected:
  void item(std::uint64_t number, const instance& to = the_sink) {
    post.item(to, to_sink, {0, to.slot, number, 1, false, {source_id, number, 1, {}}},
              encoded(static_cast<std::int64_t>(number)));
  }
  scene on;
  courier post{on.by, the_stage};
};

TEST_F(courier_test, keeps_what_is_for_this_node_until_the_turn_ends) {
  const auto& sink = on.place(the_sink);
  const auto& source = on.place(the_source);
  item(1);
  post.answer({the_source, to_stage, 0}, 1);
  on.settle();
  EXPECT_TRUE(sink.items.empty());
  EXPECT_TRUE(source.answered.empty());
  post.flush();
  on.settle();
  EXPECT_EQ(sink.items.size(), 1U);
  EXPECT_EQ(source.answered.size(), 1U);
}

TEST_F(courier_test, brings_the_items_of_a_turn_in_one_message_in_order) {
  const auto& sink = on.place(the_sink);
  for (std::uint64_t number = 1; number <= 3; ++number) item(number);
  post.flush();
  on.settle();
  EXPECT_EQ(sink.batches, 1U);
  ASSERT_EQ(sink.items.size(), 3U);
  for (std::uint64_t i = 0; i < 3; ++i) {
    EXPECT_EQ(sink.items[i].header.number, i + 1);
    EXPECT_EQ(decode<std::int64_t>(sink.items[i].payload), static_cast<std::int64_t>(i + 1));
  }
  EXPECT_EQ(sink.items[0].from.who, the_stage);
  EXPECT_EQ(sink.items[0].from.edge, to_sink);
  EXPECT_EQ(sink.items[0].from.link, 0U) << "it came from this node";
}

TEST_F(courier_test, tells_consumers_apart) {
  constexpr instance second{sink_id, 1, 1};
  const auto& one = on.place(the_sink);
  const auto& other = on.place(second);
  item(1);
  item(1, second);
  item(2);
  post.flush();
  on.settle();
  EXPECT_EQ(one.items.size(), 2U);
  EXPECT_EQ(other.items.size(), 1U);
}

TEST_F(courier_test, answers_in_ranges_channel_by_channel) {
  constexpr instance second{source_id, 1, 1};
  const auto& one = on.place(the_source);
  const auto& other = on.place(second);
  for (const std::uint64_t number : {3, 1, 2, 9}) post.answer({the_source, to_stage, 0}, number);
  post.answer({second, to_stage, 0}, 4);
  post.answer({the_source, 5, 0}, 1);
  post.flush();
  on.settle();
  ASSERT_EQ(one.answered.size(), 2U);
  EXPECT_EQ(one.answered[0].from, the_stage);
  EXPECT_EQ(one.answered[0].edge, to_stage);
  EXPECT_EQ(to_text(one.answered[0].numbers), "1-3 9");
  EXPECT_EQ(one.answered[1].edge, 5U);
  EXPECT_EQ(other.acknowledged(), "4");
}

TEST_F(courier_test, says_nothing_twice) {
  const auto& sink = on.place(the_sink);
  const auto& source = on.place(the_source);
  item(1);
  post.answer({the_source, to_stage, 0}, 1);
  post.flush();
  post.flush();
  on.settle();
  EXPECT_EQ(sink.batches, 1U);
  EXPECT_EQ(source.answered.size(), 1U);
}

TEST_F(courier_test, drops_what_is_for_nobody) {
  item(1, {sink_id, 0, 99});
  post.answer({{source_id, 0, 99}, to_stage, 0}, 1);
  post.flush();
  on.settle();
}

class courier_over_links : public two_nodes {
 protected:
  courier sending{here.by, the_source};
  courier answering{there.by, worker};
};

TEST_F(courier_over_links, sends_items_at_once) {
  const auto& stage = place(there.by, worker);
  reach_worker();
  sending.item(worker, to_stage, header(1), encoded(std::int64_t{5}));
  settle();
  ASSERT_EQ(stage.items.size(), 1U);
  EXPECT_NE(stage.items[0].from.link, 0U);
}

TEST_F(courier_over_links, answers_where_the_item_came_from) {
  const auto& source = place(here.by, the_source);
  const auto& stage = place(there.by, worker);
  reach_worker();
  send(1);
  send(2);
  settle();
  ASSERT_EQ(stage.items.size(), 2U);
  for (const auto& each : stage.items) answering.answer(each.from, each.header.number);
  settle();
  EXPECT_TRUE(source.answered.empty()) << "before the turn has ended";
  answering.flush();
  settle();
  ASSERT_EQ(source.answered.size(), 1U);
  EXPECT_EQ(source.answered[0].from, worker);
  EXPECT_EQ(source.acknowledged(), "1-2");
}

TEST_F(courier_over_links, gives_credit_back_for_what_was_dequeued) {
  const auto& stage = place(there.by, worker);
  reach_worker();
  for (std::uint64_t number = 1; number <= 4; ++number) send(number);
  settle();
  ASSERT_EQ(stage.items.size(), 2U) << "the window of the link";
  answering.dequeued(arrival(stage.items[0]));
  answering.dequeued(arrival(stage.items[1]));
  settle();
  EXPECT_EQ(stage.items.size(), 4U);
}

}  // namespace
}  // namespace troupe::runtime::courier_test
