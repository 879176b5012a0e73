// What exchange does about a node that breaks the protocol.
#include "two_nodes.hpp"

namespace troupe::runtime::hostile_neighbour_test {
namespace {

using transport::control_channel;

bytes eight_bytes() {
  return bytes::copy_of(std::as_bytes(std::span("12345678", 8)));
}

/// A peer that passes the handshake and then sends what no exchange would.
class hostile_neighbour : public two_nodes {
 protected:
  explicit hostile_neighbour(plan wired = small_plan()) : two_nodes(std::move(wired)) {
    settle();
    EXPECT_EQ(events.ups.size(), 1U);
  }
  void expect_closed(const std::string& why) {
    settle();
    ASSERT_EQ(events.downs.size(), 1U);
    EXPECT_EQ(events.downs[0].why.code, errc::end_of_file);
    EXPECT_NE(logged.find(" breaks the protocol, its link is closed: "), std::string::npos) << logged;
    EXPECT_NE(logged.find(why), std::string::npos) << logged;
  }
  const testimony& source = place(here.by, the_source);
  const testimony& sink = place(here.by, the_sink);
  transport::recorder events;
  transport::memory_post post{network, transport::options_of("work.1", "work.1"), events, channels_of(of)};
  const transport::link_id link = post.connect(director_node, {director_node, 1}, channels_of(of));
};

TEST_F(hostile_neighbour, is_heard_as_long_as_it_behaves) {
  const item_header good{1, 0, 1, 1, false, {source_id, 0, 1, {{to_stage, 0, 1}, {to_sink, 0, 1}}}};
  post.send(link, to_sink, encoded(good).view(), encoded(std::int64_t{1}));
  post.send(link, control_channel, encoded(control_record(answer_record{to_stage, 1, 0, {{1, 1}}})).view(),
            {});
  settle();
  EXPECT_TRUE(events.downs.empty());
  ASSERT_EQ(sink.items.size(), 1U);
  EXPECT_EQ(sink.items[0].from.who, (instance{stage_id, 1, 1}));
  EXPECT_EQ(source.acknowledged(), "1");
}

TEST_F(hostile_neighbour, is_closed_when_an_items_header_is_garbage) {
  post.send(link, to_sink, {}, encoded(std::string("no header")));
  expect_closed("the header of an item");
}

TEST_F(hostile_neighbour, is_closed_when_a_path_is_longer_than_any_plan) {
  item_header endless{0, 0, 1, 1, false, {source_id, 0, 1, {}}};
  endless.item.path.resize(max_path + 1);
  post.send(link, to_sink, encoded(endless).view(), {});
  expect_closed("too long a path");
}

TEST_F(hostile_neighbour, is_closed_when_an_answer_is_garbage) {
  post.send(link, control_channel, {}, encoded(std::string("no answer")));
  expect_closed("a record of the control channel");
}

TEST_F(hostile_neighbour, is_closed_when_it_answers_for_an_edge_that_is_not_there) {
  post.send(link, control_channel, encoded(control_record(answer_record{77, 0, 0, {{1, 1}}})).view(), {});
  expect_closed("a record of the control channel for edge 77");
}

TEST_F(hostile_neighbour, is_closed_when_bytes_stand_behind_an_answer) {
  post.send(link, control_channel, encoded(control_record(answer_record{to_stage, 0, 0, {{1, 1}}})).view(),
            eight_bytes());
  expect_closed("8 bytes behind a record of the control channel");
  EXPECT_EQ(source.acknowledged(), "");
}

TEST_F(hostile_neighbour, is_closed_when_it_returns_over_an_edge_that_does_not) {
  post.send(link, control_channel, encoded(control_record(return_record{to_stage, 1, 0, 1, 1, {}})).view(),
            eight_bytes());
  expect_closed("what came back of an item does not fit");
  EXPECT_TRUE(source.returned_items.empty());
}

TEST_F(hostile_neighbour, is_closed_when_it_calls_off_an_item_of_an_edge_that_does_not_return) {
  bool called_off = false;
  here.by.on_called_off([&](std::uint64_t) { called_off = true; });
  post.send(link, control_channel, encoded(control_record(call_off_record{to_stage, 1})).view(), {});
  expect_closed("a call-off on an edge that does not return");
  EXPECT_FALSE(called_off);
}

class hostile_worker : public hostile_neighbour {
 protected:
  hostile_worker() : hostile_neighbour(returning_plan()) {}
  void give_back(std::uint32_t count, std::vector<std::uint32_t> sizes, const bytes& outputs,
                 edge_id edge = to_stage) {
    const control_record said = return_record{edge, 1, 0, 5, count, std::move(sizes)};
    post.send(link, control_channel, encoded(said).view(), outputs);
  }
  void expect_nothing_returned(const std::string& why = "what came back of an item does not fit") {
    expect_closed(why);
    EXPECT_TRUE(source.returned_items.empty());
  }
};

TEST_F(hostile_worker, is_heard_as_long_as_it_behaves) {
  give_back(2, {3, 5}, eight_bytes());
  give_back(0, {}, {});
  give_back(1, {}, {});
  settle();
  EXPECT_TRUE(events.downs.empty()) << logged;
  ASSERT_EQ(source.returned_items.size(), 3U);
  EXPECT_EQ(source.returned_items[0].from, (instance{stage_id, 1, 1}));
}

TEST_F(hostile_worker, is_closed_when_the_sizes_are_less_than_what_stands_there) {
  give_back(2, {3, 4}, eight_bytes());
  expect_nothing_returned();
}

TEST_F(hostile_worker, is_closed_when_the_sizes_are_more_than_what_stands_there) {
  give_back(2, {8, 1}, eight_bytes());
  expect_nothing_returned();
}

TEST_F(hostile_worker, is_closed_when_the_sizes_add_up_only_in_32_bits) {
  give_back(2, {0xffff'ffff, 9}, eight_bytes());
  expect_nothing_returned();
}

TEST_F(hostile_worker, is_closed_when_there_are_fewer_sizes_than_outputs) {
  give_back(3, {4, 4}, eight_bytes());
  expect_nothing_returned();
}

TEST_F(hostile_worker, is_closed_when_there_are_more_sizes_than_outputs) {
  give_back(2, {4, 2, 2}, eight_bytes());
  expect_nothing_returned();
}

TEST_F(hostile_worker, is_closed_when_one_output_comes_with_sizes) {
  give_back(1, {8}, eight_bytes());
  expect_nothing_returned();
}

TEST_F(hostile_worker, is_closed_when_something_stands_behind_no_outputs) {
  give_back(0, {}, eight_bytes());
  expect_nothing_returned();
}

TEST_F(hostile_worker, is_closed_when_it_returns_over_an_edge_that_is_not_there) {
  give_back(1, {}, eight_bytes(), 77);
  expect_nothing_returned("a record of the control channel for edge 77");
}

TEST_F(hostile_worker, is_closed_when_it_returns_over_another_edge) {
  give_back(1, {}, eight_bytes(), to_sink);
  expect_nothing_returned();
}

TEST_F(hostile_worker, is_closed_when_bytes_stand_behind_a_call_off) {
  post.send(link, control_channel, encoded(control_record(call_off_record{to_stage, 1})).view(),
            eight_bytes());
  expect_closed("8 bytes behind a record of the control channel");
}

TEST_F(hostile_worker, is_closed_when_it_calls_off_an_item_of_an_edge_that_is_not_there) {
  post.send(link, control_channel, encoded(control_record(call_off_record{77, 1})).view(), {});
  expect_closed("a record of the control channel for edge 77");
}

TEST_F(hostile_worker, calls_off_what_nobody_here_runs) {
  post.send(link, control_channel, encoded(control_record(call_off_record{to_stage, 1})).view(), {});
  settle();
  EXPECT_TRUE(events.downs.empty()) << logged;
}

TEST_F(hostile_neighbour, is_heard_up_to_its_first_offence) {
  item_header header{0, 0, 1, 1, false, {source_id, 0, 1, {{to_stage, 0, 1}, {to_sink, 0, 1}}}};
  post.send(link, to_sink, encoded(header).view(), {});
  post.send(link, to_sink, {}, encoded(std::string("no header")));
  header.number = 3;
  post.send(link, to_sink, encoded(header).view(), {});
  expect_closed("the header of an item");
  ASSERT_EQ(sink.items.size(), 1U);
  EXPECT_EQ(sink.items[0].header.number, 1U);
}

TEST_F(hostile_neighbour, cannot_send_items_for_an_edge_that_is_not_there) {
  transport::recorder events_of_lax;
  const std::vector<transport::channel> more{{9, "a -> b", ""}};
  exchange lax(of, 1, log, [](const link_lost&) {});
  transport::memory_post its_post(network, transport::options_of("lax", "lax"), lax, more);
  lax.use(its_post);
  const auto to_lax = post.connect("lax", {"lax", 1}, more);
  post.send(to_lax, 9, {}, encoded(std::int64_t{1}));
  expect_closed("an item for edge 9");
}

}  // namespace
}  // namespace troupe::runtime::hostile_neighbour_test
