// Peers that speak ZeroMQ but not our protocol, or not well: each costs itself its link and nobody else
// anything.
#include "raw_peers.hpp"

#include <troupe/transport/limits.hpp>

#include <gtest/gtest.h>

namespace troupe::transport::hostile_peer_test {
namespace {

TEST_F(zmq_posts, garbage_instead_of_a_greeting_is_turned_away_once) {
  right = start(right_options, right_events);
  raw_peer raw(right_options);
  for (int i = 0; i < 3; ++i) raw.say({std::byte{'G'}, std::byte{'E'}, std::byte{'T'}});
  EXPECT_EQ(std::get<refuse_frame>(raw.hear()).reason, refusal::malformed);
  raw_peer good(right_options);
  good.say(encode(hello_to(right_options)));
  EXPECT_TRUE(std::holds_alternative<welcome_frame>(good.hear())) << "others are still served";
  right_events.wait_up();
  EXPECT_EQ(right_events.turned_away.size(), 1u);
}

TEST_F(zmq_posts, a_greeting_in_several_parts_is_turned_away) {
  right = start(right_options, right_events);
  raw_peer raw(right_options);
  raw.socket().send(zmq::str_buffer("one"), zmq::send_flags::sndmore);
  raw.say(encode(hello_to(right_options)));
  EXPECT_EQ(std::get<refuse_frame>(raw.hear()).reason, refusal::malformed);
}

TEST_F(zmq_posts, a_routing_id_of_the_peers_choice_is_turned_away) {
  right = start(right_options, right_events);
  zmq::context_t context;
  zmq::socket_t socket(context, zmq::socket_type::dealer);
  socket.set(zmq::sockopt::linger, 0);
  socket.set(zmq::sockopt::routing_id, "left");
  socket.connect(right_options.endpoint);
  socket.send(zmq::buffer(encode(hello_to(right_options))));
  right_events.wait([&] { return right_events.turned_away.size() == 1; });
}

struct violation {
  const char* what;
  std::vector<std::byte> frame;
};

std::vector<violation> violations() {
  const auto data = [](std::uint32_t channel, std::size_t count) {
    data_writer writer;
    for (std::size_t i = 0; i < count; ++i) writer.append(channel, {}, as_bytes_view("x"));
    auto whole = writer.finish();
    stamp(whole, 1);
    return whole;
  };
  auto cut = data(1, 1);
  cut.pop_back();
  return {{"a frame cut short", cut},
          {"an unknown kind", {std::byte{99}}},
          {"an empty frame", {}},
          {"a frame without a number", encode(ping_frame{1, 0})},
          {"an undeclared channel", data(2, 1)},
          {"more than the window", data(1, 5)},
          {"credit for nothing", encode(credit_frame{{{1, {1, 1}}}, 1})},
          {"a second welcome", encode(welcome_frame{1, {"raw", 1}, {}})}};
}

TEST_F(zmq_posts, whatever_breaks_the_protocol_ends_that_link_and_no_other) {
  right_options.receive = {4, 1000};
  const auto link = link_up();
  std::size_t downs = 0;
  auto hello = hello_to(right_options);
  for (const auto& broken : violations()) {
    raw_peer raw(right_options);
    hello.link_epoch++;
    raw.say(encode(hello));
    ASSERT_TRUE(std::holds_alternative<welcome_frame>(raw.hear()));
    raw.say(broken.frame);
    raw.say(broken.frame);  // what comes after is ignored
    EXPECT_EQ(std::get<refuse_frame>(raw.hear()).reason, refusal::protocol) << broken.what;
    EXPECT_EQ(right_events.wait_down(++downs).code, errc::malformed) << broken.what;
  }
  left->send(link, 1, {}, text("still here"));
  right_events.wait_records(1);
  EXPECT_TRUE(left_events.downs.empty());
}

TEST_F(zmq_posts, a_frame_in_several_parts_ends_its_link) {
  right = start(right_options, right_events);
  raw_peer raw(right_options);
  raw.say(encode(hello_to(right_options)));
  (void)raw.hear();
  raw.socket().send(zmq::str_buffer("one"), zmq::send_flags::sndmore);
  raw.say(encode(ping_frame{77}));
  EXPECT_EQ(std::get<refuse_frame>(raw.hear()).reason, refusal::protocol);
  EXPECT_EQ(right_events.wait_down().code, errc::malformed);
}

TEST_F(zmq_posts, who_broke_the_protocol_and_stays_is_put_out) {
  right_options.handshake_timeout = milliseconds(50);
  right = start(right_options, right_events);
  raw_peer raw(right_options);
  zmq::socket_t monitor(raw.context(), zmq::socket_type::pair);
  ASSERT_EQ(::zmq_socket_monitor(raw.socket().handle(), "inproc://raw", ZMQ_EVENT_DISCONNECTED), 0);
  monitor.connect("inproc://raw");
  raw.say(encode(hello_to(right_options)));
  (void)raw.hear();
  raw.say({std::byte{99}});
  zmq::message_t gone;
  ASSERT_TRUE(monitor.recv(gone)) << "libzmq has no way to end a connection; we have";
}

TEST_F(zmq_posts, pings_are_answered) {
  right = start(right_options, right_events);
  raw_peer raw(right_options);
  raw.say(encode(hello_to(right_options)));
  (void)raw.hear();
  raw.say(encode(ping_frame{77, 1}));
  EXPECT_EQ(std::get<pong_frame>(raw.hear()).nonce, 77u);
}

TEST_F(zmq_posts, a_frame_over_the_limit_costs_its_sender_the_connection) {
  right = start(right_options, right_events);
  raw_peer raw(right_options);
  raw.say(encode(hello_to(right_options)));
  (void)raw.hear();
  raw.say(std::vector<std::byte>(limits::max_frame + 1));
  EXPECT_EQ(right_events.wait_down().code, errc::peer_lost);
}

}  // namespace
}  // namespace troupe::transport::hostile_peer_test
