#include "recorder.hpp"

#include <troupe/transport/limits.hpp>
#include <troupe/transport/memory_post.hpp>

#include <gtest/gtest.h>

namespace troupe::transport::memory_post_test {
namespace {

struct memory_posts : ::testing::Test {
  memory_network network;
  recorder left_events, right_events;
  post_options left_options = options_of("left", "left");
  post_options right_options = options_of("right", "right");
  std::optional<memory_post> left, right;

  void start() {
    left.emplace(network, left_options, left_events, one_channel());
    right.emplace(network, right_options, right_events, one_channel());
  }
  link_id link_up() {
    start();
    const auto link = left->connect("right", {"right", 1}, one_channel());
    network.run_until_idle();
    EXPECT_EQ(right_events.ups.size(), 1u);
    return link;
  }
};

TEST_F(memory_posts, a_link_comes_up_on_both_sides) {
  const auto link = link_up();
  ASSERT_EQ(left_events.ups.size(), 1u);
  EXPECT_EQ(left_events.ups[0].link, link);
  EXPECT_EQ(left_events.ups[0].who, (peer{"right", 1}));
  EXPECT_TRUE(left_events.ups[0].we_connected);
  EXPECT_EQ(right_events.ups[0].who, (peer{"left", 1}));
  EXPECT_FALSE(right_events.ups[0].we_connected);
}

TEST_F(memory_posts, records_travel_both_ways) {
  const auto link = link_up();
  left->send(link, 1, as_bytes_view("to "), text("right"));
  right->send(right_events.ups[0].link, 1, {}, text("to left"));
  network.run_until_idle();
  EXPECT_EQ(right_events.texts(), (std::vector<std::string>{"to right"}));
  EXPECT_EQ(left_events.texts(), (std::vector<std::string>{"to left"}));
}

TEST_F(memory_posts, what_is_sent_before_the_link_is_up_waits_for_it) {
  start();
  const auto link = left->connect("right", {"right", 1}, one_channel());
  left->send(link, 1, {}, text("data"));
  left->send(link, control_channel, {}, text("control"));
  network.run_until_idle();
  EXPECT_EQ(right_events.records.size(), 2u);
}

TEST_F(memory_posts, what_gathers_leaves_as_one_frame) {
  const auto link = link_up();
  for (int i = 0; i < 100; ++i) left->send(link, 1, {}, text(std::to_string(i)));
  network.run_until_idle();
  EXPECT_EQ(right_events.records.size(), 100u);
  EXPECT_EQ(right_events.frames, 1u);
}

TEST_F(memory_posts, frames_are_sealed_at_64_kib) {
  right_options.receive = {1000, 1u << 30};
  const auto link = link_up();
  const std::string kib(1024, 'k');
  for (int i = 0; i < 128; ++i) left->send(link, 1, {}, text(kib));
  network.run_until_idle();
  EXPECT_EQ(right_events.records.size(), 128u);
  EXPECT_EQ(right_events.frames, 3u) << "63 records of 1032 bytes fit in 64 KiB";
}

TEST_F(memory_posts, large_records_keep_their_place_among_small_ones) {
  right_options.receive = {1000, 1u << 30};
  const auto link = link_up();
  std::vector<std::string> sent;
  for (int i = 0; i < 20; ++i) {
    sent.push_back(std::to_string(i) + std::string(i % 3 == 0 ? 200'000 : 10, 'x'));
    left->send(link, 1, as_bytes_view(sent.back().substr(0, 1)), text(sent.back().substr(1)));
  }
  network.run_until_idle();
  EXPECT_EQ(right_events.texts(), sent);
}

TEST_F(memory_posts, records_without_credit_wait_until_others_are_dequeued) {
  right_options.receive = {4, 1000};
  const auto link = link_up();
  for (int i = 0; i < 10; ++i) left->send(link, 1, {}, text(std::to_string(i)));
  network.run_until_idle();
  ASSERT_EQ(right_events.records.size(), 4u);
  const auto theirs = right_events.ups[0].link;
  right->dequeued(theirs, 1, 2, 2);
  network.run_until_idle();
  ASSERT_EQ(right_events.records.size(), 6u);
  right->dequeued(theirs, 1, 4, 4);
  network.run_until_idle();
  EXPECT_EQ(right_events.texts(),
            (std::vector<std::string>{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}));
}

TEST_F(memory_posts, control_records_need_no_credit) {
  right_options.receive = {1, 1};
  const auto link = link_up();
  left->send(link, 1, {}, text("a"));
  left->send(link, 1, {}, text("parked"));
  for (int i = 0; i < 50; ++i) left->send(link, control_channel, {}, text("c"));
  network.run_until_idle();
  EXPECT_EQ(right_events.records.size(), 51u);
}

TEST_F(memory_posts, a_record_larger_than_the_window_passes_alone) {
  right_options.receive = {10, 100};
  const auto link = link_up();
  const std::string first(25, 'a'), big(5000, 'b');  // a lot of credit, and more than there is
  left->send(link, 1, {}, text(first));
  left->send(link, 1, {}, text(big));
  network.run_until_idle();
  ASSERT_EQ(right_events.records.size(), 1u);
  right->dequeued(right_events.ups[0].link, 1, 1, 25);
  network.run_until_idle();
  EXPECT_EQ(right_events.texts(), (std::vector<std::string>{first, big}));
}

TEST_F(memory_posts, closing_sends_what_has_credit_and_ends_both_sides) {
  right_options.receive = {1, 100};
  const auto link = link_up();
  left->send(link, 1, {}, text("leaves"));
  left->send(link, 1, {}, text("is dropped"));
  left->close(link);
  left->send(link, 1, {}, text("too late"));
  network.run_until_idle();
  EXPECT_EQ(right_events.texts(), (std::vector<std::string>{"leaves"}));
  ASSERT_EQ(left_events.downs.size(), 1u);
  EXPECT_EQ(left_events.downs[0].why.code, errc::closed);
  ASSERT_EQ(right_events.downs.size(), 1u);
  EXPECT_EQ(right_events.downs[0].why.code, errc::end_of_file);
}

TEST_F(memory_posts, both_may_close_at_once) {
  const auto link = link_up();
  left->close(link);
  right->close(right_events.ups[0].link);
  network.run_until_idle();
  EXPECT_EQ(left_events.downs.size(), 1u);
  EXPECT_EQ(right_events.downs.size(), 1u);
}

TEST_F(memory_posts, calls_on_a_link_that_is_down_are_dropped) {
  const auto link = link_up();
  left->close(link);
  network.run_until_idle();
  left->send(link, 1, {}, text("x"));
  left->dequeued(link, 1, 1, 1);
  left->close(link);
  left->send(link_id{999}, 1, {}, text("x"));
  network.run_until_idle();
  EXPECT_TRUE(right_events.records.empty());
  EXPECT_EQ(left_events.downs.size(), 1u);
}

TEST_F(memory_posts, a_cut_is_a_loss_on_both_sides_and_of_what_was_on_its_way) {
  const auto link = link_up();
  left->send(link, 1, {}, text("lost"));
  ASSERT_TRUE(network.step()) << "the frame is on its way";
  left->cut(link);
  network.run_until_idle();
  EXPECT_TRUE(right_events.records.empty());
  ASSERT_EQ(left_events.downs.size(), 1u);
  ASSERT_EQ(right_events.downs.size(), 1u);
  EXPECT_EQ(left_events.downs[0].why.code, errc::peer_lost);
  EXPECT_EQ(right_events.downs[0].why.code, errc::peer_lost);
}

TEST_F(memory_posts, after_a_cut_a_new_link_comes_up) {
  const auto link = link_up();
  left->cut(link);
  network.run_until_idle();
  const auto again = left->connect("right", {"right", 1}, one_channel());
  left->send(again, 1, {}, text("again"));
  network.run_until_idle();
  EXPECT_NE(link, again);
  EXPECT_EQ(right_events.texts(), (std::vector<std::string>{"again"}));
}

TEST_F(memory_posts, a_post_that_ends_is_lost_to_its_peers) {
  link_up();
  right.reset();
  network.run_until_idle();
  ASSERT_EQ(left_events.downs.size(), 1u);
  EXPECT_EQ(left_events.downs[0].why.code, errc::peer_lost);
}

TEST_F(memory_posts, nobody_at_the_endpoint_is_not_found) {
  start();
  (void)left->connect("nowhere", {"nobody", 1}, {});
  network.run_until_idle();
  ASSERT_EQ(left_events.downs.size(), 1u);
  EXPECT_EQ(left_events.downs[0].why.code, errc::not_found);
}

TEST_F(memory_posts, a_refused_handshake_is_one_down_and_one_turned_away) {
  left_options.own.key.secret[0] ^= std::byte{1};
  start();
  (void)left->connect("right", {"right", 1}, one_channel());
  network.run_until_idle();
  ASSERT_EQ(left_events.downs.size(), 1u);
  EXPECT_EQ(left_events.downs[0].why.code, errc::refused);
  EXPECT_TRUE(right_events.ups.empty());
  EXPECT_TRUE(right_events.downs.empty());
  ASSERT_EQ(right_events.turned_away.size(), 1u);
  EXPECT_EQ(right_events.turned_away[0].code, errc::refused);
}

TEST_F(memory_posts, a_different_shape_takes_the_link_down_with_the_difference) {
  start();
  (void)left->connect("right", {"right", 1}, {{1, "parse -> count", "hit{url:u64}"}});
  network.run_until_idle();
  ASSERT_EQ(left_events.downs.size(), 1u);
  EXPECT_EQ(left_events.downs[0].why.code, errc::type_mismatch);
  EXPECT_NE(left_events.downs[0].why.context.find("url"), std::string::npos)
      << left_events.downs[0].why.message();
}

TEST_F(memory_posts, a_send_on_an_undeclared_channel_takes_the_link_down) {
  const auto link = link_up();
  left->send(link, 2, {}, text("x"));
  network.run_until_idle();
  ASSERT_EQ(left_events.downs.size(), 1u);
  EXPECT_EQ(left_events.downs[0].why.code, errc::invalid_argument);
}

TEST_F(memory_posts, a_record_over_the_limit_takes_the_link_down) {
  const auto link = link_up();
  const std::vector<std::byte> huge(limits::max_record + 1);
  left->send(link, 1, huge, {});
  network.run_until_idle();
  ASSERT_EQ(left_events.downs.size(), 1u);
  EXPECT_EQ(left_events.downs[0].why.code, errc::too_large);
  ASSERT_EQ(right_events.downs.size(), 1u);
}

/// Sends 10,000 records through a window of 100 that a slow receiver empties; returns the steps that took.
std::size_t steps_of_one_run(const post_options& from, post_options to) {
  to.receive = {100, 1000};
  memory_network network;
  recorder from_events, to_events;
  memory_post sender(network, from, from_events, one_channel());
  memory_post receiver(network, to, to_events, one_channel());
  const auto link = sender.connect(to.endpoint, to.own.self, one_channel());
  for (int i = 0; i < 10'000; ++i) sender.send(link, 1, {}, text("12345"));
  std::size_t steps = network.run_until_idle();
  for (std::size_t taken = 0; taken < to_events.records.size(); steps += network.run_until_idle()) {
    receiver.dequeued(to_events.ups[0].link, 1, 1, 5);
    ++taken;
  }
  EXPECT_EQ(to_events.records.size(), 10'000u);
  return steps;
}

TEST_F(memory_posts, the_same_calls_give_the_same_trace) {
  EXPECT_EQ(steps_of_one_run(left_options, right_options), steps_of_one_run(left_options, right_options));
}

}  // namespace
}  // namespace troupe::transport::memory_post_test
