#include <troupe/base/mpsc_queue.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace mpsc_queue_test {
namespace {

using troupe::mpsc_queue;
using troupe::push_result;

struct item : troupe::mpsc_node {
  explicit item(int p, int n = 0, std::atomic<int>* a = nullptr) : producer(p), number(n), alive(a) {
    if (alive != nullptr) ++*alive;
  }
  item(const item&) = delete;
  item& operator=(const item&) = delete;
  ~item() {
    if (alive != nullptr) --*alive;
  }
  int producer;
  int number;
  std::atomic<int>* alive;
};

using queue = mpsc_queue<item>;

TEST(mpsc_queue, gives_back_in_the_order_of_pushing) {
  queue items;
  for (int i = 0; i < 5; ++i) EXPECT_EQ(items.push(std::make_unique<item>(i)), push_result::queued);
  EXPECT_EQ(items.take()->producer, 0);
  EXPECT_EQ(items.push(std::make_unique<item>(5)), push_result::queued);
  for (int i = 1; i < 6; ++i) EXPECT_EQ(items.take()->producer, i);
  EXPECT_EQ(items.take(), nullptr);
}

TEST(mpsc_queue, is_empty_until_something_is_pushed) {
  queue items;
  EXPECT_TRUE(items.empty());
  EXPECT_EQ(items.push(std::make_unique<item>(1)), push_result::queued);
  EXPECT_FALSE(items.empty());
  EXPECT_EQ(items.push(std::make_unique<item>(2)), push_result::queued);
  EXPECT_NE(items.take(), nullptr);
  EXPECT_FALSE(items.empty()) << "the second is held on the consumer's side";
}

TEST(mpsc_queue, the_first_push_to_an_idle_consumer_must_wake_it) {
  queue items;
  ASSERT_TRUE(items.go_idle());
  EXPECT_TRUE(items.empty());
  EXPECT_EQ(items.take(), nullptr) << "looking does not end idleness";
  EXPECT_EQ(items.push(std::make_unique<item>(1)), push_result::wake);
  EXPECT_EQ(items.push(std::make_unique<item>(2)), push_result::queued);
  EXPECT_EQ(items.take()->producer, 1);
  EXPECT_EQ(items.take()->producer, 2);
}

TEST(mpsc_queue, a_consumer_with_something_left_does_not_go_idle) {
  queue items;
  ASSERT_EQ(items.push(std::make_unique<item>(1)), push_result::queued);
  EXPECT_FALSE(items.go_idle());
  ASSERT_EQ(items.push(std::make_unique<item>(2)), push_result::queued);
  EXPECT_NE(items.take(), nullptr);
  EXPECT_FALSE(items.go_idle());
  EXPECT_NE(items.take(), nullptr);
  EXPECT_TRUE(items.go_idle());
}

TEST(mpsc_queue, a_closed_queue_leaves_the_node_with_its_owner) {
  queue items;
  items.close();
  EXPECT_TRUE(items.closed());
  auto node = std::make_unique<item>(1);
  EXPECT_EQ(items.push(std::move(node)), push_result::refused);
  EXPECT_NE(node, nullptr);  // NOLINT(bugprone-use-after-move): that it is still there is the promise
  EXPECT_EQ(items.take(), nullptr);
  EXPECT_FALSE(items.go_idle());
}

TEST(mpsc_queue, closing_gives_what_is_left_in_order) {
  queue items;
  for (int i = 0; i < 4; ++i) ASSERT_EQ(items.push(std::make_unique<item>(i)), push_result::queued);
  static_cast<void>(items.take());
  ASSERT_EQ(items.push(std::make_unique<item>(4)), push_result::queued);
  std::vector<int> left;
  EXPECT_EQ(items.close([&](std::unique_ptr<item> each) { left.push_back(each->producer); }), 4U);
  EXPECT_EQ(left, (std::vector<int>{1, 2, 3, 4}));
}

TEST(mpsc_queue, an_idle_queue_can_be_closed) {
  queue items;
  ASSERT_TRUE(items.go_idle());
  EXPECT_EQ(items.close(), 0U);
  EXPECT_EQ(items.push(std::make_unique<item>(1)), push_result::refused);
}

TEST(mpsc_queue, its_destructor_destroys_what_is_left) {
  std::atomic<int> alive = 0;
  {
    queue items;
    for (int i = 0; i < 3; ++i)
      ASSERT_EQ(items.push(std::make_unique<item>(i, 0, &alive)), push_result::queued);
    static_cast<void>(items.take());
    EXPECT_EQ(alive, 2);
  }
  EXPECT_EQ(alive, 0);
}

/// A consumer that sleeps when idle and is woken by whoever was told to.
class sleeper {
 public:
  void wake() {
    const std::lock_guard lock(mutex_);
    ++wakes_;
    woken_.notify_one();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    woken_.wait(lock, [&] { return wakes_ > 0; });
    --wakes_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable woken_;
  int wakes_ = 0;
};

TEST(mpsc_queue, many_producers_lose_nothing_and_keep_their_order_while_the_consumer_sleeps_and_wakes) {
  constexpr int producers = 4, each = 50'000;
  queue items;
  sleeper consumer;
  std::vector<std::thread> threads;
  for (int p = 0; p < producers; ++p) {
    threads.emplace_back([&items, &consumer, p] {
      for (int i = 0; i < each; ++i)
        if (items.push(std::make_unique<item>(p, i)) == push_result::wake) consumer.wake();
    });
  }
  std::vector<int> next(producers, 0);
  for (int seen = 0; seen < producers * each;) {
    if (const auto got = items.take()) {
      ASSERT_EQ(got->number, next[static_cast<std::size_t>(got->producer)]++);
      ++seen;
    } else if (items.go_idle()) {
      consumer.wait();
    }
  }
  for (std::thread& each_thread : threads) each_thread.join();
  EXPECT_TRUE(items.empty());
}

TEST(mpsc_queue, closing_while_producers_push_accounts_for_every_node) {
  for (int round = 0; round < 50; ++round) {
    std::atomic<int> alive = 0, accepted = 0, refused = 0;
    queue items;
    std::vector<std::thread> threads;
    for (int p = 0; p < 3; ++p) {
      threads.emplace_back([&] {
        for (int i = 0; i < 200; ++i)
          ++(items.push(std::make_unique<item>(0, i, &alive)) == push_result::refused ? refused : accepted);
      });
    }
    int taken = 0;
    while (taken < 100) taken += items.take() != nullptr ? 1 : 0;
    const std::size_t left = items.close();
    for (std::thread& each : threads) each.join();
    EXPECT_EQ(taken + static_cast<int>(left), accepted);
    EXPECT_EQ(accepted + refused, 600);
    EXPECT_EQ(alive, 0);
  }
}

TEST(mpsc_queue, the_consumer_may_move_between_threads_through_idleness) {
  // What the consumer wrote before it went idle is plain memory: whoever is told to wake it sees it. (TSan
  // checks.)
  queue items;
  int plain = 0;
  constexpr int turns = 2'000;
  std::atomic<int> running = 0;
  const auto consume = [&] {
    ASSERT_EQ(running.fetch_add(1), 0);
    do {
      while (items.take() != nullptr) ++plain;
      running.fetch_sub(1);
      if (items.go_idle()) return;
      running.fetch_add(1);
    } while (true);
  };
  ASSERT_TRUE(items.go_idle());
  std::vector<std::thread> threads;
  for (int p = 0; p < 3; ++p) {
    threads.emplace_back([&] {
      for (int i = 0; i < turns; ++i)
        if (items.push(std::make_unique<item>(0, i)) == push_result::wake) consume();
    });
  }
  for (std::thread& each : threads) each.join();
  EXPECT_EQ(plain, 3 * turns);
}

}  // namespace
}  // namespace mpsc_queue_test
