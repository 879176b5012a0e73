#include "peer_process.hpp"
#include "zmq_posts.hpp"

#include <troupe/base/shape.hpp>
#include <troupe/transport/frame.hpp>
#include <troupe/transport/ipc_directory.hpp>
#include <troupe/transport/limits.hpp>
#include <troupe/transport/zmq_post.hpp>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <zmq.hpp>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <filesystem>
#include <thread>

namespace troupe::transport::zmq_post_test {
namespace {

std::vector<std::byte> numbered(std::uint64_t number, std::uint64_t sender, std::size_t size) {
  std::vector<std::byte> made(size);
  std::memcpy(made.data(), &number, sizeof(number));
  std::memcpy(made.data() + 8, &sender, sizeof(sender));
  return made;
}

TEST_F(zmq_posts, a_link_comes_up_and_carries_records_both_ways) {
  const auto link = link_up();
  EXPECT_EQ(left_events.ups[0].who, (peer{"right", 1}));
  EXPECT_TRUE(left_events.ups[0].we_connected);
  EXPECT_EQ(right_events.ups[0].who, (peer{"left", 1}));
  left->send(link, 1, as_bytes_view("to "), text("right"));
  left->send(link, control_channel, as_bytes_view("ack"), {});
  right->send(theirs(), 1, {}, text("to left"));
  right_events.wait_records(2);
  left_events.wait_records(1);
  EXPECT_EQ(right_events.texts(), (std::vector<std::string>{"to right", "ack"}));
  EXPECT_EQ(left_events.texts(), (std::vector<std::string>{"to left"}));
}

TEST_F(zmq_posts, a_million_small_records_arrive_in_order_from_two_threads) {
  constexpr std::uint64_t each = 500'000;
  left = start(left_options, left_events);
  right = start(right_options, counted);
  counted.post = right.get();
  const auto link = left->connect(right_options.endpoint, {"right", 1}, one_channel());
  const auto send = [&](std::uint64_t sender) {
    for (std::uint64_t i = 0; i < each; ++i) {
      std::array<std::uint64_t, 3> record{i, sender, i};
      left->send(link, 1, std::as_bytes(std::span(record)), {});
    }
  };
  std::thread one([&] { send(0); });
  std::thread other([&] { send(1); });
  counted.wait_for(2 * each);
  one.join();
  other.join();
  EXPECT_EQ(counted.out_of_order, 0u);
  EXPECT_LT(counted.frames, each) << "records travel in batches";
}

TEST_F(zmq_posts, two_hundred_mebibyte_records_arrive_in_order) {
  constexpr std::size_t mib = 1u << 20;
  left = start(left_options, left_events);
  right = start(right_options, counted);
  counted.post = right.get();
  const auto link = left->connect(right_options.endpoint, {"right", 1}, one_channel());
  for (std::uint64_t i = 0; i < 200; ++i) {
    left->send(link, 1, as_bytes_view({reinterpret_cast<const char*>(&i), 8}),
               bytes::adopt(numbered(0, 0, mib - 8)));
  }
  counted.wait_for(200);
  EXPECT_EQ(counted.out_of_order, 0u);
  EXPECT_EQ(counted.bytes, 200 * mib);
}

TEST_F(zmq_posts, two_threads_may_use_different_links) {
  constexpr std::uint64_t each = 20'000;
  left = start(left_options, left_events);
  right = start(right_options, counted);
  counted.post = right.get();
  std::array<link_id, 2> links{};
  for (auto& link : links) link = left->connect(right_options.endpoint, {"right", 1}, one_channel());
  std::vector<std::thread> threads;
  for (std::uint64_t sender = 0; sender < links.size(); ++sender) {
    threads.emplace_back([&, sender] {
      for (std::uint64_t i = 0; i < each; ++i) left->send(links[sender], 1, numbered(i, sender, 16), {});
    });
  }
  counted.wait_for(2 * each);
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(counted.out_of_order, 0u);
}

TEST_F(zmq_posts, records_without_credit_wait_and_go_on) {
  right_options.receive = {4, 1000};
  const auto link = link_up();
  for (int i = 0; i < 10; ++i) left->send(link, 1, {}, text(std::to_string(i)));
  ASSERT_TRUE(left->flush(deadline::after(std::chrono::minutes(1))).has_value());
  EXPECT_EQ(right_events.texts().size(), 4u) << "all that was sent has arrived; the rest waits for credit";
  for (std::size_t taken = 0; taken < 10; ++taken) {
    right_events.wait_records(taken + 1);
    right->dequeued(theirs(), 1, 1, 1);
  }
  EXPECT_EQ(right_events.texts(),
            (std::vector<std::string>{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}));
}

TEST_F(zmq_posts, closing_ends_both_sides_with_their_reasons) {
  const auto link = link_up();
  left->send(link, 1, {}, text("last"));
  left->close(link);
  EXPECT_EQ(left_events.wait_down().code, errc::closed);
  EXPECT_EQ(right_events.wait_down().code, errc::end_of_file);
  EXPECT_EQ(right_events.texts(), (std::vector<std::string>{"last"}));
}

TEST_F(zmq_posts, the_accepting_side_may_close_too) {
  link_up();
  right->send(theirs(), 1, {}, text("last"));
  right->close(theirs());
  EXPECT_EQ(right_events.wait_down().code, errc::closed);
  EXPECT_EQ(left_events.wait_down().code, errc::end_of_file);
  EXPECT_EQ(left_events.texts(), (std::vector<std::string>{"last"}));
}

TEST_F(zmq_posts, a_post_that_ends_says_goodbye_on_every_link) {
  link_up();
  const auto back = right->connect(left_options.endpoint, {"left", 1}, one_channel());
  right_events.wait_up(2);
  left_events.wait_up(2);
  (void)back;
  right.reset();
  left_events.wait_down(2);
  for (const auto& down : left_events.downs)
    EXPECT_EQ(down.why.code, errc::end_of_file) << down.why.message();
  ASSERT_EQ(right_events.downs.size(), 2u) << "its own links end with on_down as well";
  for (const auto& down : right_events.downs) EXPECT_EQ(down.why.code, errc::closed);
}

TEST_F(zmq_posts, links_come_and_go_by_the_hundred) {
  left = start(left_options, left_events);
  right = start(right_options, right_events);
  constexpr std::size_t links = 300;
  for (std::size_t i = 0; i < links; ++i) {
    const auto link = left->connect(right_options.endpoint, {"right", 1}, one_channel());
    if (i % 3 == 0) left->close(link);  // at any stage of its life
    if (i % 3 == 1) left->send(link, 7, {}, {});
  }
  left_events.wait_down(links * 2 / 3);
  right_events.wait_up(links / 3);
  right.reset();
  left_events.wait_down(links);
}

TEST_F(zmq_posts, nobody_at_the_endpoint_is_a_link_that_goes_down) {
  left = start(left_options, left_events);
  (void)left->connect(directory.endpoint("nobody").value(), {"nobody", 1}, {});
  const auto why = left_events.wait_down();
  EXPECT_EQ(why.code, errc::not_found);
  EXPECT_NE(why.context.find("'nobody'"), std::string::npos) << why.message();
}

TEST_F(zmq_posts, somebody_who_never_answers_is_given_up_after_the_handshake_timeout) {
  zmq::context_t context;
  zmq::socket_t silent(context, zmq::socket_type::router);
  silent.bind(directory.endpoint("silent").value());
  left_options.handshake_timeout = milliseconds(50);
  left = start(left_options, left_events);
  (void)left->connect(directory.endpoint("silent").value(), {"silent", 1}, {});
  const auto why = left_events.wait_down();
  EXPECT_EQ(why.code, errc::timed_out);
  EXPECT_NE(why.context.find("within 50 ms"), std::string::npos) << why.message();
}

TEST_F(zmq_posts, an_endpoint_nobody_could_use_is_a_link_that_goes_down) {
  left = start(left_options, left_events);
  (void)left->connect("nonsense", {"x", 1}, {});
  EXPECT_EQ(left_events.wait_down().code, errc::invalid_argument);
}

TEST_F(zmq_posts, a_wrong_token_is_refused_and_told_on_both_sides) {
  right = start(right_options, right_events);
  left_options.own.key.secret[15] ^= std::byte{1};
  left = start(left_options, left_events);
  (void)left->connect(right_options.endpoint, {"right", 1}, one_channel());
  EXPECT_EQ(left_events.wait_down().code, errc::refused);
  right_events.wait([&] { return !right_events.turned_away.empty(); });
  EXPECT_TRUE(right_events.ups.empty());
}

TEST_F(zmq_posts, an_endpoint_belongs_to_one_living_post) {
  left = start(left_options, left_events);
  const auto second = zmq_post::start(left_options, right_events, {});
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, errc::busy);
  left.reset();
  EXPECT_TRUE(zmq_post::start(left_options, right_events, {}).has_value())
      << "the socket it left is replaced";
}

TEST_F(zmq_posts, names_outside_their_limits_do_not_start) {
  left_options.own.system.clear();
  EXPECT_EQ(zmq_post::start(left_options, left_events, {}).error().code, errc::invalid_argument);
  right_options.own.self.node = std::string(256, 'n');
  EXPECT_EQ(zmq_post::start(right_options, right_events, {}).error().code, errc::too_large);
}

TEST_F(zmq_posts, flush_returns_when_the_other_side_has_everything) {
  const auto link = link_up();
  for (int i = 0; i < 1000; ++i) left->send(link, control_channel, {}, text("c"));
  ASSERT_TRUE(left->flush(deadline::after(std::chrono::minutes(1))).has_value());
  EXPECT_EQ(right_events.texts().size(), 1000u);
}

TEST_F(zmq_posts, flush_without_links_returns_at_once) {
  left = start(left_options, left_events);
  EXPECT_TRUE(left->flush(deadline::never()).has_value());
}

TEST_F(zmq_posts, descriptors_are_raised_to_the_hard_limit) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit low = before;
  low.rlim_cur = std::min<rlim_t>(before.rlim_max, 256);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &low), 0);
  left = start(left_options, left_events);
  rlimit after{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &after), 0);
  EXPECT_EQ(after.rlim_cur, before.rlim_max);
}

TEST_F(zmq_posts, a_killed_peer_is_lost_and_its_successor_is_welcome) {
  peer_process first(options("left", 1), right_options);
  peer_process second(options("left", 2), right_options);
  right = start(right_options, right_events);
  first.go();
  right_events.wait_records(1);
  first.kill();
  EXPECT_EQ(right_events.wait_down().code, errc::peer_lost);
  second.go();
  right_events.wait_records(2);
  EXPECT_EQ(right_events.ups[1].who, (peer{"left", 2}));
}

TEST_F(zmq_posts, a_killed_acceptor_is_lost_to_its_connector) {
  peer_process other(options("right", 1), left_options);
  left = start(left_options, left_events);
  other.go();
  left_events.wait_records(1);  // so it listens
  (void)left->connect(right_options.endpoint, {"right", 1}, one_channel());
  left_events.wait_up(2);
  other.kill();
  left_events.wait_down(2);
  for (const auto& down : left_events.downs) EXPECT_EQ(down.why.code, errc::peer_lost) << down.why.message();
}

}  // namespace
}  // namespace troupe::transport::zmq_post_test
