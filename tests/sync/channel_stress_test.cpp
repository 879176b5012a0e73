#include <troupe/sync/channel.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

namespace channel_stress_test {
namespace {

using namespace std::chrono_literals;
using troupe::deadline;
using troupe::sync::channel;
using troupe::sync::channel_ends;
using troupe::sync::recv_error;
using troupe::sync::sender;
using troupe::sync::sync_channel;

struct item {
  std::size_t from = 0;
  std::uint64_t number = 0;
  std::unique_ptr<std::uint64_t> proof;  // what is moved twice, or not at all, has none
};

constexpr std::size_t senders = 4;

void send_all(sender<item> to, std::size_t me, std::uint64_t each) {
  for (std::uint64_t i = 0; i < each; ++i) {
    item next{me, i, std::make_unique<std::uint64_t>(i)};
    if ((i + me) % 3 != 0) {
      ASSERT_TRUE(to.send(std::move(next)));
      continue;
    }
    auto sent =
        i % 2 == 0 ? to.try_send(std::move(next)) : to.send_until(std::move(next), deadline::after(1us));
    while (!sent) sent = to.send_until(std::move(sent.error().value), deadline::after(1ms));
  }
}

/// Whether each value of each sender comes once and in order, with receives of all kinds.
void count_all(channel_ends<item> ends, std::uint64_t each) {
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < senders; ++i) threads.emplace_back(send_all, ends.sender, i, each);
  { const auto last = std::move(ends.sender); }
  std::vector<std::uint64_t> next(senders);
  std::uint64_t wrong = 0;
  for (std::uint64_t looks = 0;; ++looks) {
    auto got = looks % 3 == 0   ? ends.receiver.recv()
               : looks % 3 == 1 ? ends.receiver.try_recv()
                                : ends.receiver.recv_until(deadline::after(1us));
    if (!got && got.error() == recv_error::closed) break;
    if (!got) continue;
    if (got->number != next[got->from]++ || got->proof == nullptr || *got->proof != got->number) ++wrong;
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0U);
  EXPECT_EQ(next, std::vector<std::uint64_t>(senders, each));
}

TEST(channel_stress, an_unbounded_one_loses_and_doubles_nothing) {
  count_all(channel<item>(), 500);
}

TEST(channel_stress, a_bounded_one_loses_and_doubles_nothing) {
  count_all(sync_channel<item>(3), 300);
}

TEST(channel_stress, one_of_a_single_place_loses_and_doubles_nothing) {
  count_all(sync_channel<item>(1), 200);
}

TEST(channel_stress, one_without_a_place_loses_and_doubles_nothing) {
  count_all(sync_channel<item>(0), 200);
}

/// Values alive, wherever they are.
struct counted {
  explicit counted(std::shared_ptr<int> of) : alive(std::move(of)) {}
  std::shared_ptr<int> alive;
};

TEST(channel_stress, a_receiver_that_goes_in_the_midst_leaves_no_value_and_no_sender_behind) {
  for (const std::size_t capacity :
       {std::size_t{0}, std::size_t{2}, std::numeric_limits<std::size_t>::max()}) {
    const auto alive = std::make_shared<int>(0);
    auto ends = std::make_unique<channel_ends<counted>>(sync_channel<counted>(capacity));
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < senders; ++i)
      threads.emplace_back([to = ends->sender, &alive]() mutable {
        while (to.send(counted(alive))) {
        }
      });
    for (int i = 0; i < 20; ++i) ASSERT_TRUE(ends->receiver.recv());
    ends.reset();
    for (auto& thread : threads) thread.join();
    threads.clear();
    EXPECT_EQ(alive.use_count(), 1);
  }
}

}  // namespace
}  // namespace channel_stress_test
