#include "two_nodes.hpp"

namespace troupe::runtime::exchange_test {
namespace {

TEST(exchange, names_nodes_by_stage_and_slot) {
  EXPECT_EQ(node_name(small_plan(), {stage_id, 3, 9}), "work.3");
}

TEST(exchange, declares_a_channel_per_edge_with_its_shape) {
  const auto channels = channels_of(small_plan());
  ASSERT_EQ(channels.size(), 2U);
  EXPECT_EQ(channels[0], (transport::channel{to_stage, "work.from -> work", "i64"}));
  EXPECT_EQ(channels[1], (transport::channel{to_sink, "work -> work.to", "i64"}));
}

TEST(exchange, reaches_the_members_of_its_own_node_and_only_these) {
  scene on;
  const auto& source = on.place(the_source);
  const auto& sink = on.place(the_sink);
  EXPECT_TRUE(on.by.is_local(the_sink));
  EXPECT_FALSE(on.by.is_local({sink_id, 0, 2}));
  on.by.tell(the_sink, order{order_kind::finish});
  on.by.tell({sink_id, 1, 1}, order{order_kind::finish});
  on.by.tell_all(order{order_kind::no_more});
  on.settle();
  EXPECT_EQ(source.orders, (std::vector{order_kind::no_more}));
  EXPECT_EQ(sink.orders, (std::vector{order_kind::finish, order_kind::no_more}));
}

class exchange_test : public two_nodes {};

TEST_F(exchange_test, announces_consumers_when_their_link_is_up) {
  const auto& source = place(here.by, the_source);
  const auto& stage = place(there.by, worker);
  here.by.reach(way_to_worker());
  actors.run_until_idle();
  EXPECT_TRUE(source.news.empty()) << "the handshake has not begun";
  settle();
  ASSERT_EQ(source.news.size(), 1U);
  EXPECT_EQ(source.news[0].who, worker);
  EXPECT_TRUE(source.news[0].up);
  EXPECT_TRUE(stage.news.empty()) << "it did not ask for this link";
}

TEST_F(exchange_test, brings_items_to_the_member_of_the_other_node) {
  const auto& stage = place(there.by, worker);
  reach_worker();
  auto sent = header(4);
  sent.attempt = 2;
  sent.may_split = true;
  here.by.send_item(worker, to_stage, sent, encoded(std::int64_t{42}));
  settle();
  ASSERT_EQ(stage.items.size(), 1U);
  const auto& item = stage.items[0];
  EXPECT_EQ(item.from.who, the_source);
  EXPECT_EQ(item.from.edge, to_stage);
  EXPECT_NE(item.from.link, 0U);
  EXPECT_EQ(item.header.number, 4U);
  EXPECT_EQ(item.header.attempt, 2U);
  EXPECT_TRUE(item.header.may_split);
  EXPECT_EQ(item.header.item, sent.item);
  EXPECT_EQ(decode<std::int64_t>(item.payload), 42);
  EXPECT_GT(item.credit, item.payload.size()) << "the header counts, too";
}

TEST_F(exchange_test, brings_the_items_of_a_frame_in_one_message) {
  const auto& stage = place(there.by, worker);
  reach_worker();
  send(1);
  send(2);
  settle();
  EXPECT_EQ(stage.items.size(), 2U);
  EXPECT_EQ(stage.batches, 1U);
}

TEST_F(exchange_test, brings_answers_back_on_the_same_link) {
  const auto& source = place(here.by, the_source);
  const auto& stage = place(there.by, worker);
  reach_worker();
  send(1);
  settle();
  ASSERT_EQ(stage.items.size(), 1U);
  there.by.send_answers(stage.items[0].from, {worker, to_stage, {{1, 3}, {7, 7}}, {9, 1'234'567}});
  settle();
  ASSERT_EQ(source.answered.size(), 1U);
  EXPECT_EQ(source.answered[0].from, worker);
  EXPECT_EQ(source.answered[0].edge, to_stage);
  EXPECT_EQ(source.acknowledged(), "1-3 7");
  EXPECT_EQ(source.answered[0].done.upto, 9U);
  EXPECT_EQ(source.answered[0].done.each_ns, 1'234'567U);
}

TEST_F(exchange_test, tells_slots_apart) {
  constexpr instance second{stage_id, 1, worker_epoch};
  const auto& one = place(there.by, worker);
  const auto& other = place(there.by, second);
  auto both = way_to_worker();
  both.hosts.push_back(second);
  here.by.reach(both);
  settle();
  send(1, second);
  settle();
  EXPECT_TRUE(one.items.empty());
  EXPECT_EQ(other.items.size(), 1U);
}

TEST_F(exchange_test, drops_items_for_a_slot_that_is_not_there) {
  const auto& stage = place(there.by, worker);
  reach_worker();
  here.by.send_item(worker, to_stage, header(1, 5), encoded(std::int64_t{1}));
  send(2);
  settle();
  ASSERT_EQ(stage.items.size(), 1U) << "and the link stays";
  EXPECT_EQ(stage.items[0].header.number, 2U);
}

TEST_F(exchange_test, drops_items_for_whom_there_is_no_way) {
  send(1);
  settle();
  const auto& stage = place(there.by, worker);
  reach_worker();
  EXPECT_TRUE(stage.items.empty()) << "delivery sends it again, not the exchange";
}

TEST_F(exchange_test, says_that_a_consumer_is_unreachable_when_the_link_breaks) {
  const auto& source = place(here.by, the_source);
  const auto& stage = place(there.by, worker);
  reach_worker();
  here.post.cut(transport::link_id{1});
  settle();
  ASSERT_EQ(source.news.size(), 2U);
  EXPECT_EQ(source.news[1].who, worker);
  EXPECT_FALSE(source.news[1].up);
  ASSERT_EQ(losses.size(), 1U) << "of the side that had opened the link";
  EXPECT_EQ(losses[0].why.code, errc::peer_lost);
  EXPECT_EQ(losses[0].whom.hosts, (std::vector{worker}));
  send(1);
  settle();
  EXPECT_TRUE(stage.items.empty());
}

TEST_F(exchange_test, reaches_a_lost_neighbour_again) {
  const auto& source = place(here.by, the_source);
  const auto& stage = place(there.by, worker);
  reach_worker();
  here.post.cut(transport::link_id{1});
  settle();
  ASSERT_EQ(losses.size(), 1U);
  here.by.reach(losses[0].whom);
  settle();
  ASSERT_EQ(source.news.size(), 3U);
  EXPECT_TRUE(source.news[2].up);
  send(1);
  settle();
  EXPECT_EQ(stage.items.size(), 1U);
}

TEST_F(exchange_test, says_that_nobody_listens) {
  here.by.reach({{"work.1", 1}, "nowhere", {{stage_id, 1, 1}}});
  settle();
  ASSERT_EQ(losses.size(), 1U);
  EXPECT_EQ(losses[0].why.code, errc::not_found);
}

TEST_F(exchange_test, closes_the_way_to_the_dead_and_never_opens_it_again) {
  const auto& source = place(here.by, the_source);
  const auto& stage = place(there.by, worker);
  reach_worker();
  here.by.forget(worker);
  send(1);
  settle();
  here.by.reach(way_to_worker());
  settle();
  send(2);
  settle();
  EXPECT_TRUE(stage.items.empty());
  EXPECT_EQ(source.news.size(), 1U) << "the death notice says the rest";
  EXPECT_TRUE(losses.empty()) << "nobody is to open it again";
}

TEST_F(exchange_test, closes_the_link_to_the_dead) {
  transport::recorder events;
  transport::memory_post post(network, transport::options_of("work.1", "work.1"), events, channels_of(of));
  constexpr instance second{stage_id, 1, 1};
  here.by.reach({{"work.1", 1}, "work.1", {second}});
  settle();
  EXPECT_TRUE(events.downs.empty());
  here.by.forget(second);
  settle();
  ASSERT_EQ(events.downs.size(), 1U);
  EXPECT_EQ(events.downs[0].why.code, errc::end_of_file);
}

TEST_F(exchange_test, forgets_one_of_two_without_closing_the_way_to_the_other) {
  constexpr instance second{stage_id, 1, worker_epoch};
  const auto& one = place(there.by, worker);
  const auto& other = place(there.by, second);
  auto both = way_to_worker();
  both.hosts.push_back(second);
  here.by.reach(both);
  settle();
  here.by.forget(worker);
  send(1);
  send(1, second);
  settle();
  EXPECT_TRUE(one.items.empty());
  EXPECT_EQ(other.items.size(), 1U);
}

TEST_F(exchange_test, does_not_announce_who_died_during_the_handshake) {
  const auto& source = place(here.by, the_source);
  here.by.reach(way_to_worker());
  here.by.forget(worker);
  settle();
  EXPECT_TRUE(source.news.empty());
  EXPECT_TRUE(losses.empty());
}

TEST_F(exchange_test, says_whom_it_turned_away) {
  transport::recorder stranger;
  auto options = transport::options_of("work.9", "work.9");
  options.own.key.secret[0] ^= std::byte{1};
  transport::memory_post post(network, options, stranger, {});
  static_cast<void>(post.connect(director_node, {director_node, 1}, {}));
  settle();
  EXPECT_EQ(stranger.downs.size(), 1U);
  EXPECT_NE(logged.find("turned a connection away: "), std::string::npos) << logged;
}

class exchange_that_returns : public two_nodes {
 protected:
  exchange_that_returns() : two_nodes(returning_plan()) {
    there.by.on_called_off([this](std::uint64_t number) { called_off.push_back(number); });
  }
  static std::vector<bytes> numbers(std::int64_t count) {
    std::vector<bytes> all;
    for (std::int64_t n = 0; n < count; ++n) all.push_back(encoded(n));
    return all;
  }
  std::vector<std::uint64_t> called_off;
};

TEST_F(exchange_that_returns, brings_back_what_an_item_gave) {
  const auto& source = place(here.by, the_source);
  const auto& stage = place(there.by, worker);
  reach_worker();
  send(1);
  settle();
  ASSERT_EQ(stage.items.size(), 1U);
  for (const std::int64_t outputs : {0, 1, 3})
    there.by.send_return(stage.items[0].from, worker, static_cast<std::uint64_t>(outputs + 5),
                         pack(numbers(outputs)));
  settle();
  ASSERT_EQ(source.returned_items.size(), 3U);
  std::size_t at = 0;
  for (const std::int64_t outputs : {0, 1, 3}) {
    const auto& back = source.returned_items[at++];
    EXPECT_EQ(back.from, worker);
    EXPECT_EQ(back.edge, to_stage);
    EXPECT_EQ(back.number, static_cast<std::uint64_t>(outputs + 5));
    const auto apart = unpack(back.outputs);
    ASSERT_EQ(apart.size(), static_cast<std::size_t>(outputs));
    for (std::int64_t n = 0; n < outputs; ++n)
      EXPECT_EQ(decode<std::int64_t>(apart[static_cast<std::size_t>(n)]), n);
  }
}

TEST_F(exchange_that_returns, calls_an_item_off_where_it_was_sent) {
  static_cast<void>(place(there.by, worker));
  reach_worker();
  here.by.call_off(worker, to_stage, 7);
  here.by.call_off({stage_id, 1, worker_epoch}, to_stage, 8);
  settle();
  EXPECT_EQ(called_off, (std::vector<std::uint64_t>{7})) << "for the other there is no way";
}

}  // namespace
}  // namespace troupe::runtime::exchange_test
