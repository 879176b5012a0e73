// Peers that speak ZeroMQ but not our protocol, or not well: each costs itself its link and nobody else
// anything.
#include "zmq_posts.hpp"

#include <troupe/base/shape.hpp>
#include <troupe/base/unique_fd.hpp>
#include <troupe/transport/frame.hpp>
#include <troupe/transport/ipc_directory.hpp>
#include <troupe/transport/limits.hpp>
#include <troupe/transport/zmq_post.hpp>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zmq.hpp>

#include <atomic>
#include <cstring>
#include <filesystem>
#include <thread>

namespace troupe::transport::hostile_peer_test {
namespace {

/// A peer that speaks ZeroMQ but not our protocol, or not well.
class raw_peer {
 public:
  explicit raw_peer(const post_options& to) : socket_(context_, zmq::socket_type::dealer) {
    socket_.set(zmq::sockopt::linger, 0);
    socket_.connect(to.endpoint);
  }
  void say(const std::vector<std::byte>& frame) { socket_.send(zmq::buffer(frame.data(), frame.size())); }
  /// The next frame that comes.
  frame hear() {
    zmq::message_t message;
    if (!socket_.recv(message)) std::abort();
    return decode(bytes::copy_of({message.data<std::byte>(), message.size()})).value();
  }
  zmq::socket_t& socket() { return socket_; }

 private:
  zmq::context_t context_;
  zmq::socket_t socket_;
};

hello_frame hello_to(const post_options& to) {
  hello_frame hello;
  hello.version_min = limits::version_min;
  hello.version_max = limits::version_max;
  hello.system = to.own.system;
  hello.key = to.own.key;
  hello.from = {"raw", 1};
  hello.to = to.own.self;
  hello.link_epoch = 1;
  hello.channels = {{1, one_channel()[0].name, shape_hash(one_channel()[0].shape), {1, 10}}};
  return hello;
}

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
