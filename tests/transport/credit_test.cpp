#include <troupe/transport/credit.hpp>

#include <gtest/gtest.h>

#include <random>

namespace troupe::transport::credit_test {
namespace {

TEST(credit, records_pass_until_items_are_spent) {
  credit_account account(window{2, 1000});
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(account.room(10));
    account.spend(10);
  }
  EXPECT_FALSE(account.room(0));
}

TEST(credit, records_pass_until_bytes_are_spent) {
  credit_account account(window{100, 100});
  account.spend(60);
  EXPECT_TRUE(account.room(40));
  EXPECT_FALSE(account.room(41));
}

TEST(credit, a_record_larger_than_the_window_passes_when_nothing_is_out) {
  credit_account account(window{100, 100});
  ASSERT_TRUE(account.room(5000));
  account.spend(5000);
  EXPECT_FALSE(account.room(1));
  ASSERT_TRUE(account.grant(window{1, 5000}));
  EXPECT_TRUE(account.room(1));
}

TEST(credit, a_window_without_items_lets_nothing_pass) {
  EXPECT_FALSE(credit_account().room(0));
}

TEST(credit, more_than_is_out_cannot_be_granted) {
  credit_account account(window{10, 100});
  account.spend(10);
  account.spend(10);
  EXPECT_FALSE(account.grant(window{3, 20}));
  EXPECT_FALSE(account.grant(window{1, 21}));
  EXPECT_FALSE(account.grant(window{2, 19})) << "all items back, but not all bytes";
  EXPECT_EQ(account.out(), (window{2, 20}));
}

TEST(credit, the_receiver_notices_a_sender_without_credit) {
  credit_returns returns(window{1, 100});
  EXPECT_TRUE(returns.arrived(1));
  EXPECT_FALSE(returns.arrived(1));
}

TEST(credit, it_returns_in_lots_of_a_quarter) {
  credit_returns returns(window{8, 1000});
  for (int i = 0; i < 8; ++i) ASSERT_TRUE(returns.arrived(10));
  ASSERT_TRUE(returns.dequeued(window{1, 10}));
  EXPECT_EQ(returns.take(), std::nullopt);
  ASSERT_TRUE(returns.dequeued(window{1, 10}));
  EXPECT_EQ(returns.take(), (window{2, 20}));
  EXPECT_EQ(returns.take(), std::nullopt);
}

TEST(credit, less_than_a_lot_waits_though_nothing_is_left_undequeued) {
  credit_returns returns(window{100, 1000});
  ASSERT_TRUE(returns.arrived(249));
  ASSERT_TRUE(returns.dequeued(window{1, 249}));
  EXPECT_EQ(returns.take(), std::nullopt);
  ASSERT_TRUE(returns.arrived(1));
  ASSERT_TRUE(returns.dequeued(window{1, 1}));
  EXPECT_EQ(returns.take(), (window{2, 250}));
}

TEST(credit, a_large_record_passes_while_less_than_a_lot_is_out) {
  credit_account account(window{100, 1000});
  account.spend(249);
  EXPECT_TRUE(account.room(900));
  account.spend(1);
  EXPECT_FALSE(account.room(900));
  EXPECT_TRUE(account.room(750));
}

TEST(credit, more_than_arrived_cannot_be_dequeued) {
  credit_returns returns(window{100, 1000});
  ASSERT_TRUE(returns.arrived(3));
  EXPECT_FALSE(returns.dequeued(window{2, 3}));
  EXPECT_FALSE(returns.dequeued(window{1, 4}));
}

// Whatever sizes and windows: a receiver that dequeues everything lets everything through.
TEST(credit, nothing_waits_for_ever_while_the_receiver_dequeues) {
  std::mt19937_64 random(7);
  for (int run = 0; run < 2000; ++run) {
    const window size{static_cast<std::uint32_t>(1 + random() % 9), random() % 200};
    credit_account sender(size);
    credit_returns receiver(size);
    for (int sent = 0; sent < 100;) {
      const std::uint64_t bytes = random() % 300;
      while (!sender.room(bytes)) {
        const auto out = sender.out();
        ASSERT_TRUE(receiver.dequeued(out)) << "everything that is out was still undequeued";
        const auto back = receiver.take();
        ASSERT_TRUE(back.has_value());
        ASSERT_TRUE(sender.grant(*back));
      }
      sender.spend(bytes);
      ASSERT_TRUE(receiver.arrived(bytes));
      ++sent;
    }
  }
}

}  // namespace
}  // namespace troupe::transport::credit_test
