// The wire in memory when it is a bad one: each ill by itself, in virtual time.
#include "recorder.hpp"

#include <troupe/base/clock.hpp>
#include <troupe/transport/memory_post.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace troupe::transport::memory_network_test {
namespace {

constexpr std::uint32_t always = 10'000;

class memory_networks : public ::testing::Test {
 protected:
  /// A link from left to right that came up on a perfect wire.
  link_id link_up(post_options right_options = options_of("right", "right")) {
    left.emplace(network, options_of("left", "left"), left_events, one_channel());
    right.emplace(network, std::move(right_options), right_events, one_channel());
    const auto link = left->connect("right", {"right", 1}, one_channel());
    network.run_until_idle();
    return link;
  }
  /// Sends so many records, each in a frame of its own.
  void send(link_id link, int records) {
    for (int i = 0; i < records; ++i) {
      left->send(link, 1, {}, text(std::to_string(i)));
      network.step();
    }
  }

  memory_network network;
  recorder left_events, right_events;
  std::optional<memory_post> left, right;
};

TEST_F(memory_networks, a_delayed_frame_arrives_when_it_is_due) {
  const auto link = link_up();
  network.become({.delay_min = milliseconds(10), .delay_max = milliseconds(10)});
  send(link, 1);
  network.advance(milliseconds(9));
  EXPECT_TRUE(right_events.records.empty());
  EXPECT_EQ(network.on_their_way(), 1u);
  network.advance(milliseconds(1));
  EXPECT_EQ(right_events.records.size(), 1u);
  EXPECT_EQ(network.on_their_way(), 0u);
}

TEST_F(memory_networks, delays_of_chance_keep_the_order) {
  const auto link = link_up();
  network.become({.seed = 5, .delay_max = milliseconds(100)});
  send(link, 50);
  network.advance(milliseconds(100));
  const auto arrived = right_events.texts();
  ASSERT_EQ(arrived.size(), 50u);
  EXPECT_TRUE(right_events.downs.empty());
  EXPECT_EQ(right->duplicates(), 0u);
}

TEST_F(memory_networks, a_dropped_frame_is_missed_when_the_next_one_comes) {
  const auto link = link_up();
  network.become({.drop = always});
  send(link, 2);
  network.become({});
  send(link, 1);
  network.run_until_idle();
  EXPECT_TRUE(right_events.records.empty());
  const auto why = right_events.wait_down();
  EXPECT_EQ(why.code, errc::peer_lost);
  EXPECT_NE(why.context.find("frames 1 to 2 from node 'left' to node 'right'"), std::string::npos)
      << why.message();
  EXPECT_EQ(left_events.wait_down().code, errc::peer_lost);
}

TEST_F(memory_networks, a_dropped_frame_without_a_successor_is_missed_by_the_next_question) {
  const auto link = link_up();
  network.become({.drop = always});
  send(link, 1);
  network.become({});
  network.advance(milliseconds(999));
  EXPECT_TRUE(right_events.downs.empty());
  network.advance(milliseconds(1));
  EXPECT_EQ(right_events.wait_down().code, errc::peer_lost);
  EXPECT_EQ(left_events.wait_down().code, errc::peer_lost);
}

TEST_F(memory_networks, lost_credit_does_not_stall_a_link_for_ever) {
  auto narrow = options_of("right", "right");
  narrow.receive = {1, 10};
  const auto link = link_up(narrow);
  left->send(link, 1, {}, text("a"));
  left->send(link, 1, {}, text("b"));
  network.run_until_idle();
  network.become({.drop = always});
  right->dequeued(right_events.ups[0].link, 1, 1, 1);
  network.run_until_idle();
  network.become({});
  network.advance(milliseconds(1000));
  EXPECT_EQ(left_events.wait_down().code, errc::peer_lost);
}

TEST_F(memory_networks, every_frame_twice_is_every_record_once) {
  const auto link = link_up();
  network.become({.duplicate = always});
  send(link, 10);
  network.run_until_idle();
  EXPECT_EQ(right_events.texts().size(), 10u);
  EXPECT_EQ(right->duplicates(), 10u);
  EXPECT_TRUE(right_events.downs.empty());
}

TEST_F(memory_networks, a_handshake_twice_is_one_link) {
  network.become({.duplicate = always});
  link_up();
  EXPECT_EQ(left_events.ups.size(), 1u);
  EXPECT_EQ(right_events.ups.size(), 1u);
  EXPECT_EQ(left->duplicates() + right->duplicates(), 2u);
}

TEST_F(memory_networks, an_overtaken_frame_ends_the_link) {
  const auto link = link_up();
  network.become({.reorder = always});
  send(link, 1);
  network.become({});
  send(link, 1);
  network.advance(milliseconds(10));
  EXPECT_TRUE(right_events.records.empty());
  EXPECT_EQ(right_events.wait_down().code, errc::peer_lost);
  EXPECT_EQ(right_events.downs.size(), 1u);
}

TEST_F(memory_networks, a_cut_by_chance_is_a_lost_peer_on_both_sides) {
  const auto link = link_up();
  network.become({.cut = always});
  send(link, 1);
  network.run_until_idle();
  EXPECT_EQ(left_events.wait_down().code, errc::peer_lost);
  EXPECT_EQ(right_events.wait_down().code, errc::peer_lost);
}

TEST_F(memory_networks, a_greeting_that_is_lost_ends_with_the_handshake_timeout) {
  network.become({.drop = always});
  link_up();
  network.advance(milliseconds(4999));
  EXPECT_TRUE(left_events.downs.empty());
  network.advance(milliseconds(1));
  EXPECT_EQ(left_events.wait_down().code, errc::timed_out);
}

TEST_F(memory_networks, an_idle_link_lives_as_long_as_both_do) {
  link_up();
  network.advance(std::chrono::hours(1));
  EXPECT_TRUE(left_events.downs.empty());
  EXPECT_TRUE(right_events.downs.empty());
}

TEST_F(memory_networks, a_wire_that_swallows_everything_costs_both_sides_the_link) {
  link_up();
  network.become({.drop = always});
  network.advance(milliseconds(6000));
  EXPECT_EQ(left_events.wait_down().code, errc::timed_out);
  EXPECT_EQ(right_events.wait_down().code, errc::timed_out);
}

TEST_F(memory_networks, a_pause_of_the_machine_kills_nobody) {
  const auto link = link_up();
  for (int night = 0; night < 3; ++night) {
    network.advance(milliseconds(500));
    network.pause(std::chrono::hours(8));
  }
  left->send(link, 1, {}, text("good morning"));
  network.advance(milliseconds(100));
  EXPECT_EQ(right_events.texts().size(), 1u);
  EXPECT_TRUE(left_events.downs.empty());
  EXPECT_TRUE(right_events.downs.empty());
}

/// What arrives of a hundred records on a wire with some of every ill, and its trace.
std::pair<std::vector<std::string>, std::uint64_t> one_run(std::uint64_t seed) {
  memory_network network(
      {.seed = seed, .drop = 50, .duplicate = 1000, .reorder = 50, .cut = 10, .delay_max = milliseconds(20)});
  recorder left_events, right_events;
  memory_post left(network, options_of("left", "left"), left_events, one_channel());
  memory_post right(network, options_of("right", "right"), right_events, one_channel());
  const auto link = left.connect("right", {"right", 1}, one_channel());
  for (int i = 0; i < 100; ++i) {
    left.send(link, 1, {}, text(std::to_string(i)));
    network.advance(milliseconds(1));
  }
  network.advance(milliseconds(10'000));
  return {right_events.texts(), network.trace()};
}

TEST_F(memory_networks, the_same_seed_gives_the_same_trace) {
  std::set<std::uint64_t> traces;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const auto one = one_run(seed);
    EXPECT_EQ(one, one_run(seed));
    traces.insert(one.second);
  }
  EXPECT_EQ(traces.size(), 20u) << "and another seed another";
}

}  // namespace
}  // namespace troupe::transport::memory_network_test
