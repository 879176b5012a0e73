#include "together.hpp"

#include <troupe/sync/channel.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace channel_test {
namespace {

using namespace std::chrono_literals;
using troupe::deadline;
using troupe::sync::channel;
using troupe::sync::recv_error;
using troupe::sync::send_refusal;
using troupe::sync::sync_channel;
template <class T>
using sender = troupe::sync::sender<T>;
template <class T>
using receiver = troupe::sync::receiver<T>;

static_assert(std::is_copy_constructible_v<sender<std::unique_ptr<int>>>);
static_assert(!std::is_copy_constructible_v<receiver<int>>);
static_assert(std::is_nothrow_move_constructible_v<receiver<int>>);

TEST(channel, moves_values_in_their_order) {
  auto [to, from] = channel<std::unique_ptr<int>>();
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(to.send(std::make_unique<int>(i)));
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(**from.recv(), i);
  EXPECT_EQ(from.try_recv().error(), recv_error::empty);
}

TEST(channel, a_receive_says_closed_after_the_last_value_of_the_last_sender) {
  for (const std::size_t capacity : {std::size_t{1}, std::size_t{9}}) {
    auto ends = std::make_optional(sync_channel<int>(capacity));
    auto from = std::move(ends->receiver);
    auto copy = std::make_optional(ends->sender);
    ASSERT_TRUE(copy->send(1));
    copy.reset();
    EXPECT_EQ(from.recv(), 1);
    EXPECT_EQ(from.try_recv().error(), recv_error::empty) << "one sender is left";
    ends.reset();
    EXPECT_EQ(from.recv().error(), recv_error::closed);
    EXPECT_EQ(from.try_recv().error(), recv_error::closed);
    EXPECT_EQ(from.recv_until(deadline::after(1min)).error(), recv_error::closed);
  }
}

TEST(channel, a_send_without_a_receiver_gives_the_value_back) {
  for (const auto capacity : {0, 1}) {
    auto [to, from] = sync_channel<std::unique_ptr<int>>(static_cast<std::size_t>(capacity));
    { const auto gone = std::move(from); }
    auto back = to.send(std::make_unique<int>(7));
    ASSERT_FALSE(back);
    EXPECT_EQ(back.error().why, send_refusal::closed);
    EXPECT_EQ(*back.error().value, 7);
    EXPECT_EQ(to.try_send(std::make_unique<int>(7)).error().why, send_refusal::closed);
    EXPECT_EQ(to.send_until(std::make_unique<int>(7), deadline::after(1min)).error().why,
              send_refusal::closed);
  }
}

TEST(channel, what_nobody_received_is_destroyed_with_the_receiver) {
  auto shared = std::make_shared<int>(1);
  auto [to, from] = channel<std::shared_ptr<int>>();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(to.send(shared));
  ASSERT_TRUE(from.recv());  // the others are on the receiver's side now
  ASSERT_TRUE(to.send(shared));
  EXPECT_EQ(shared.use_count(), 4);
  { const auto gone = std::move(from); }
  EXPECT_EQ(shared.use_count(), 1);
}

/// A value that keeps its own channel alive.
struct reply_to {
  std::optional<sender<reply_to>> back;
};

TEST(channel, a_channel_that_holds_its_own_sender_ends_with_its_receiver) {
  auto [to, from] = channel<reply_to>();
  ASSERT_TRUE(to.send(reply_to{to}));
  ASSERT_TRUE(to.send(reply_to{to}));
  { const auto gone = std::move(from); }
  EXPECT_FALSE(to.send(reply_to{}));
}

TEST(channel, full_is_told_from_closed_and_ends_with_the_next_receive) {
  auto [to, from] = sync_channel<int>(2);
  EXPECT_TRUE(to.try_send(1));
  EXPECT_TRUE(to.try_send(2));
  auto back = to.try_send(3);
  ASSERT_FALSE(back);
  EXPECT_EQ(back.error().why, send_refusal::full);
  EXPECT_EQ(back.error().value, 3);
  EXPECT_EQ(to.send_until(4, deadline::after(1ms)).error().why, send_refusal::timed_out);
  EXPECT_EQ(from.recv(), 1);
  EXPECT_TRUE(to.try_send(5)) << "one received makes room for one";
  EXPECT_EQ(to.try_send(6).error().why, send_refusal::full);
}

TEST(channel, a_sender_that_waits_for_room_goes_on_with_the_next_receive) {
  auto [to, from] = sync_channel<int>(1);
  ASSERT_TRUE(to.send(1));
  std::thread other([to = to]() mutable { EXPECT_TRUE(to.send(2)); });
  EXPECT_EQ(from.recv(), 1);
  EXPECT_EQ(from.recv(), 2);
  other.join();
}

TEST(channel, a_sender_that_waits_for_room_gets_its_value_back_when_the_receiver_goes) {
  for (const std::size_t capacity : {std::size_t{0}, std::size_t{1}}) {
    auto [to, from] = sync_channel<int>(capacity);
    if (capacity == 1) static_cast<void>(to.send(1));
    std::thread other([to = to]() mutable {
      const auto back = to.send(2);
      ASSERT_FALSE(back);
      EXPECT_EQ(back.error().value, 2);
    });
    { const auto gone = std::move(from); }
    other.join();
  }
}

TEST(channel, a_receiver_that_waits_gets_what_comes_and_learns_of_the_end) {
  for (const std::size_t capacity : {std::size_t{0}, std::size_t{1}}) {
    auto [to, from] = sync_channel<int>(capacity);
    EXPECT_EQ(from.recv_until(deadline::after(1ms)).error(), recv_error::timed_out);
    std::thread other([to = std::move(to)]() mutable {
      EXPECT_TRUE(to.send(5));
      const auto last = std::move(to);
    });
    EXPECT_EQ(from.recv(), 5);
    EXPECT_EQ(from.recv().error(), recv_error::closed);
    other.join();
  }
}

TEST(channel, is_iterated_until_it_is_closed) {
  auto ends = std::make_optional(channel<int>());
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(ends->sender.send(i));
  auto from = std::move(ends->receiver);
  ends.reset();
  std::vector<int> all;
  for (const int each : from) all.push_back(each);
  EXPECT_EQ(all, (std::vector<int>{0, 1, 2, 3, 4}));
}

TEST(rendezvous, a_send_does_not_end_before_its_receive) {
  auto [to, from] = sync_channel<std::unique_ptr<int>>(0);
  EXPECT_EQ(to.try_send(std::make_unique<int>(1)).error().why, send_refusal::full);
  auto back = to.send_until(std::make_unique<int>(2), deadline::after(1ms));
  ASSERT_FALSE(back);
  EXPECT_EQ(back.error().why, send_refusal::timed_out);
  EXPECT_EQ(*back.error().value, 2);
  EXPECT_EQ(from.try_recv().error(), recv_error::empty) << "what was given back is not received, too";
}

TEST(rendezvous, a_receive_takes_from_a_sender_that_waits) {
  auto [to, from] = sync_channel<int>(0);
  std::atomic<bool> sent = false;
  std::thread other([&sent, to = to]() mutable {
    EXPECT_TRUE(to.send(3));
    sent = true;
  });
  EXPECT_FALSE(sent);
  std::optional<int> got;
  troupe::test::await("a sender that waits", [&got, &from = from] {
    if (auto now = from.try_recv()) got = *now;
    return got.has_value();
  });
  other.join();
  EXPECT_EQ(got, 3);
}

TEST(rendezvous, try_send_meets_a_receiver_that_waits) {
  auto [to, from] = sync_channel<int>(0);
  std::thread other([&from = from] { EXPECT_EQ(from.recv(), 4); });
  troupe::test::await("a receiver that waits", [&to = to] { return to.try_send(4).has_value(); });
  other.join();
}

}  // namespace
}  // namespace channel_test
