// A receiver that stops: what it holds is bounded by its windows, and what the sender holds by what it was handed.
#include "raw_peers.hpp"

#include <troupe/transport/internal/link.hpp>

#include <gtest/gtest.h>

#include <numeric>

namespace troupe::transport::stalled_receiver_test {
namespace {

class stalled_receiver : public zmq_posts {
 protected:
  /// Takes nothing out, ever.
  std::uint64_t held_bytes() {
    return std::accumulate(right_events.records.begin(), right_events.records.end(), std::uint64_t{0},
                           [](auto sum, const auto& one) { return sum + one.second.payload.size(); });
  }
};

TEST_F(stalled_receiver, holds_no_more_records_than_its_window) {
  right_options.receive = {100, 1u << 20};
  const auto link = link_up();
  for (int i = 0; i < 20'000; ++i) left->send(link, 1, {}, text("x"));
  ASSERT_TRUE(left->flush(deadline::after(std::chrono::minutes(1))).has_value());
  right.reset();
  EXPECT_EQ(right_events.records.size(), 100u);
}

TEST_F(stalled_receiver, holds_no_more_bytes_than_its_window) {
  right_options.receive = {1u << 20, 64 * 1024};
  const auto link = link_up();
  for (int i = 0; i < 5'000; ++i)
    left->send(link, 1, as_bytes_view("head"), text(std::string(1000 + i % 100, 'x')));
  ASSERT_TRUE(left->flush(deadline::after(std::chrono::minutes(1))).has_value());
  right.reset();
  EXPECT_LE(held_bytes(), 64u * 1024);
  EXPECT_GT(held_bytes(), 62u * 1024) << "but all that fits";
}

TEST_F(stalled_receiver, has_a_window_for_each_channel) {
  constexpr std::uint32_t many = 10;
  std::vector<channel> channels;
  for (std::uint32_t i = 1; i <= many; ++i) channels.push_back({i, "c", ""});
  right_options.receive = {7, 1000};
  left = start(left_options, left_events, channels);
  right = start(right_options, right_events, channels);
  const auto link = left->connect(right_options.endpoint, {"right", 1}, channels);
  for (int i = 0; i < 1000; ++i) {
    for (std::uint32_t at = 1; at <= many; ++at) left->send(link, at, {}, text("x"));
  }
  left_events.wait_up();
  ASSERT_TRUE(left->flush(deadline::after(std::chrono::minutes(1))).has_value());
  right.reset();
  EXPECT_EQ(right_events.records.size(), 7u * many);
}

TEST_F(stalled_receiver, stalls_nobody_else) {
  right_options.receive = {10, 1000};
  const auto stalled = link_up();
  counter taking;
  auto other = start(options("other"), taking);
  taking.post = other.get();
  const auto flowing = left->connect(directory.endpoint("other").value(), {"other", 1}, one_channel());
  for (std::uint64_t i = 0; i < 20'000; ++i) {
    const std::array<std::uint64_t, 2> numbered{i, 0};
    left->send(stalled, 1, {}, text("x"));
    left->send(flowing, 1, std::as_bytes(std::span(numbered)), {});
  }
  taking.wait_for(20'000);
  right.reset();
  EXPECT_EQ(right_events.records.size(), 10u);
}

/// The sender's side alone: what has no credit waits in the link, and is taken out in the same amounts as the
/// receiver makes room.
TEST(parked_records, leave_as_credit_comes_and_not_before) {
  link sender(link_id{1}, {{1, window{}}});
  (void)sender.up({{"right", 1}, 1, 1, {{1, {4, 1000}}}});
  std::vector<outgoing> frames;
  const auto records_taken = [&] {
    frames.clear();
    (void)sender.take(frames);
    std::size_t count = 0;
    for (auto& one : frames) {
      stamp(one.head, 1);
      count += std::get<data_frame>(decode(bytes::copy_of(one.head)).value()).records.size();
    }
    return count;
  };
  for (int i = 0; i < 1000; ++i) (void)sender.send(1, {}, text("x"));
  EXPECT_EQ(records_taken(), 4u);
  EXPECT_EQ(records_taken(), 0u);
  auto wake = link::attention::no;
  ASSERT_TRUE(sender.granted({{{1, {3, 3}}}}, wake).has_value());
  EXPECT_EQ(records_taken(), 3u);
}

TEST_F(stalled_receiver, that_is_sent_more_than_its_window_ends_the_link_with_no_more_than_its_window) {
  right_options.receive = {3, 1000};
  right = start(right_options, right_events);
  raw_peer greedy(right_options);
  greedy.say(encode(hello_to(right_options)));
  (void)greedy.hear();
  for (std::uint64_t i = 1; i <= 100; ++i) {
    data_writer writer;
    writer.append(1, {}, as_bytes_view("x"));
    auto frame = writer.finish();
    stamp(frame, i);
    greedy.say(frame);
  }
  EXPECT_EQ(right_events.wait_down().code, errc::malformed);
  EXPECT_EQ(right_events.records.size(), 3u);
}

}  // namespace
}  // namespace troupe::transport::stalled_receiver_test
