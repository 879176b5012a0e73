#include <troupe/runtime/delivery/outbox.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>

namespace troupe::runtime::outbox_test {
namespace {

constexpr edge_id edge = 7;
constexpr member_id consumer = 2;
const instance first{consumer, 0, 1}, second{consumer, 1, 1}, reborn{consumer, 0, 2};

struct sent_item {
  instance to;
  item_header header;
};

class recorder : public outbox_owner {
 public:
  void carry(const instance& to, edge_id, const item_header& header, const bytes&) override {
    sent.push_back({to, header});
  }
  void completed(edge_id, const kept_item& item) override { done.push_back(item.token); }
  void hand_in(edge_id, const kept_item& item) override { handed_in.push_back(item); }
  std::vector<kept_item> split(edge_id, const kept_item& batch) override {
    std::vector<kept_item> parts;
    for (std::uint32_t i = 0; i < batch.item.span; ++i) {
      parts.push_back({batch.item, batch.payload, batch.token + i, false});
      parts.back().item.seq += i;
      parts.back().item.span = 1;
    }
    return parts;
  }
  std::vector<sent_item> sent;
  std::vector<std::uint64_t> done;
  std::vector<kept_item> handed_in;
};

class outbox_test : public ::testing::Test {
 protected:
  outbox make(window limit = {}) { return outbox({edge, consumer, 0, limit, true}, charges, post); }
  outbox make_spreading(window limit = {}) {
    return outbox({edge, consumer, 0, limit, true, true}, charges, post);
  }
  /// How many went to `who` in all.
  [[nodiscard]] std::ptrdiff_t sent_to(const instance& who) const {
    return std::count_if(post.sent.begin(), post.sent.end(),
                         [&](const sent_item& each) { return each.to == who; });
  }
  static kept_item item(std::uint64_t seq, std::uint32_t span = 1, std::size_t size = 10) {
    return {child_of({1, seq, span, {}}, edge, 0, 1), bytes::copy_of(as_bytes_view(std::string(size, 'x'))),
            seq, false};
  }
  static void acknowledge(outbox& box, const instance& who, std::uint64_t a, std::uint64_t b) {
    const number_range range{a, b};
    box.acknowledged(who, {&range, 1});
  }
  void decide(outbox& box, const lineage& what, charge state, const instance& from) {
    const verdict decision{consumer, what, state, from, "test"};
    charges.set(decision);
    box.judged(decision);
  }
  charge_table charges;
  recorder post;
};

TEST_F(outbox_test, one_that_retires_gets_nothing_more_and_is_released_by_its_last_answer) {
  auto box = make();
  box.consumer_up(first);
  box.consumer_up(second);
  for (std::uint64_t i = 0; i < 4; ++i) box.push(item(i));
  ASSERT_EQ(sent_to(first), 2);
  box.consumer_retires(first);
  for (std::uint64_t i = 4; i < 10; ++i) box.push(item(i));
  EXPECT_EQ(sent_to(first), 2);
  acknowledge(box, first, 1, 1);
  EXPECT_TRUE(box.take_released().empty());
  acknowledge(box, first, 2, 2);
  EXPECT_EQ(box.take_released(), (std::vector{first}));
  EXPECT_TRUE(box.take_released().empty()) << "once";
  box.consumer_lost(first, 2);
  EXPECT_TRUE(box.take_released().empty());
  EXPECT_EQ(box.redelivered(), 0U);
}

TEST_F(outbox_test, one_that_retires_and_holds_nothing_is_released_at_once) {
  auto box = make();
  box.consumer_retires(first);
  EXPECT_EQ(box.take_released(), (std::vector{first})) << "it was never there";
  box.consumer_up(first);
  box.push(item(0));
  EXPECT_TRUE(post.sent.empty()) << "its link came up late";
  EXPECT_FALSE(box.has_room());
}

TEST_F(outbox_test, the_items_of_one_that_retires_go_elsewhere_when_its_link_is_lost) {
  auto box = make();
  box.consumer_up(first);
  box.push(item(0));
  box.consumer_retires(first);
  box.consumer_unreachable(first);
  EXPECT_TRUE(box.take_released().empty()) << "it may still answer";
  box.consumer_up(second);
  box.consumer_up(first);
  EXPECT_EQ(sent_to(second), 1);
  EXPECT_EQ(box.take_released(), (std::vector{first}));
}

TEST_F(outbox_test, an_item_waits_until_a_consumer_is_there) {
  auto box = make();
  box.push(item(0));
  EXPECT_TRUE(post.sent.empty());
  EXPECT_FALSE(box.has_room());
  box.consumer_up(first);
  ASSERT_EQ(post.sent.size(), 1U);
  EXPECT_EQ(post.sent[0].header.number, 1U);
  EXPECT_EQ(post.sent[0].header.attempt, 1U);
}

TEST_F(outbox_test, the_least_loaded_consumer_gets_the_next_item) {
  auto box = make();
  box.consumer_up(first);
  box.consumer_up(second);
  box.push(item(0, 1, 1000));
  box.push(item(1, 1, 10));
  box.push(item(2, 1, 10));
  EXPECT_NE(post.sent[0].to, post.sent[1].to);
  EXPECT_EQ(post.sent[1].to, post.sent[2].to);
}

TEST_F(outbox_test, the_window_holds_items_back_and_an_acknowledgement_lets_them_go) {
  auto box = make({.items = 2, .bytes = 1000});
  box.consumer_up(first);
  for (std::uint64_t seq = 0; seq < 3; ++seq) box.push(item(seq));
  EXPECT_EQ(post.sent.size(), 2U);
  EXPECT_EQ(box.waiting(), 1U);
  acknowledge(box, first, 1, 1);
  EXPECT_EQ(post.sent.size(), 3U);
  EXPECT_EQ(post.done, (std::vector<std::uint64_t>{0}));
}

TEST_F(outbox_test, an_item_larger_than_the_window_goes_alone) {
  auto box = make({.items = 10, .bytes = 100});
  box.consumer_up(first);
  box.push(item(0, 1, 5000));
  box.push(item(1, 1, 5));
  EXPECT_EQ(post.sent.size(), 1U);
  acknowledge(box, first, 1, 1);
  EXPECT_EQ(post.sent.size(), 2U);
}

TEST_F(outbox_test, acknowledging_twice_or_what_was_never_sent_changes_nothing) {
  auto box = make();
  box.consumer_up(first);
  box.push(item(0));
  box.push(item(1));
  acknowledge(box, first, 0, 1'000'000'000'000);
  acknowledge(box, first, 1, 2);
  acknowledge(box, second, 1, 2);
  EXPECT_EQ(post.done.size(), 2U);
  EXPECT_TRUE(box.empty());
}

TEST_F(outbox_test, of_several_consumers_each_gets_something) {
  auto box = make_spreading();
  for (std::uint64_t seq = 0; seq < 4; ++seq) box.push(item(seq));
  box.consumer_up(first);
  EXPECT_EQ(sent_to(first), least_ahead) << "the first that is there does not get all";
  box.consumer_up(second);
  EXPECT_EQ(sent_to(second), least_ahead);
  EXPECT_FALSE(box.has_room());
  acknowledge(box, second, 1, 1);
  EXPECT_EQ(sent_to(second), least_ahead + 1) << "who gets it done gets the next one";
  EXPECT_EQ(sent_to(first), least_ahead);
}

TEST_F(outbox_test, a_consumer_that_has_worked_gets_more_though_nothing_is_acknowledged) {
  auto box = make_spreading();
  for (std::uint64_t seq = 0; seq < 8; ++seq) box.push(item(seq));
  box.consumer_up(first);
  box.acknowledged(first, {}, {.upto = 1});
  EXPECT_EQ(sent_to(first), 2);
  box.acknowledged(first, {}, {.upto = 1'000});
  EXPECT_EQ(sent_to(first), 3) << "more than it was sent it cannot have done";
  EXPECT_EQ(box.kept(), 8U);
}

TEST_F(outbox_test, the_work_before_a_consumer_is_what_it_gets_done_in_time) {
  auto box = make_spreading();
  for (std::uint64_t seq = 0; seq < 30'000; ++seq) box.push(item(seq));
  box.consumer_up(first);
  const auto stand_when_each_takes = [&](nanoseconds each) {  // it does all that it has
    const auto given = static_cast<std::uint64_t>(sent_to(first));
    const number_range all{1, given};
    box.acknowledged(first, {&all, 1}, {given, static_cast<std::uint64_t>(each.count())});
    return static_cast<std::uint64_t>(sent_to(first)) - given;
  };
  EXPECT_EQ(stand_when_each_takes(milliseconds(1)), 50U);
  EXPECT_EQ(stand_when_each_takes(nanoseconds(10)), window{}.items) << "no more than the window";
  EXPECT_EQ(stand_when_each_takes(milliseconds(20)), 2U);
  EXPECT_EQ(stand_when_each_takes(nanoseconds(0)), 2U) << "as before, when it does not say";
  EXPECT_EQ(stand_when_each_takes(std::chrono::hours(1)), least_ahead);
}

TEST_F(outbox_test, a_consumer_that_is_started_again_begins_where_the_others_are) {
  auto box = make_spreading();
  for (std::uint64_t seq = 0; seq < 20; ++seq) box.push(item(seq));
  box.consumer_up(first);
  const number_range one{1, 1};
  box.acknowledged(first, {&one, 1}, {1, 10'000'000});
  EXPECT_EQ(sent_to(first), 1 + 5);
  box.consumer_lost(first, 3);
  box.consumer_up(reborn);
  EXPECT_EQ(sent_to(reborn), 5);
}

TEST_F(outbox_test, a_consumer_whose_items_have_all_failed_gets_the_next_one) {
  auto box = make_spreading();
  for (std::uint64_t seq = 0; seq < 4; ++seq) box.push(item(seq));
  box.consumer_up(first);
  decide(box, post.sent[0].header.item, {.quarantined = true}, first);
  EXPECT_EQ(sent_to(first), 2);
}

TEST_F(outbox_test, after_a_lost_link_a_consumer_gets_its_share_again) {
  auto box = make_spreading();
  for (std::uint64_t seq = 0; seq < 8; ++seq) box.push(item(seq));
  box.consumer_up(first);
  box.consumer_unreachable(first);
  box.consumer_up(first);
  EXPECT_EQ(sent_to(first), 2 * least_ahead);
}

TEST_F(outbox_test, a_death_sends_what_was_not_acknowledged_elsewhere_in_order) {
  auto box = make();
  box.consumer_up(first);
  for (std::uint64_t seq = 0; seq < 4; ++seq) box.push(item(seq));
  acknowledge(box, first, 2, 2);
  box.consumer_lost(first, 0);
  EXPECT_EQ(box.redelivered(), 3U);
  post.sent.clear();
  box.consumer_up(second);
  ASSERT_EQ(post.sent.size(), 3U);
  EXPECT_EQ(post.sent[0].header.item.seq, 0U);
  EXPECT_EQ(post.sent[1].header.item.seq, 2U);
  EXPECT_EQ(post.sent[2].header.item.seq, 3U);
  EXPECT_EQ(post.sent[2].header.number, 3U) << "numbers are of the new channel";
}

TEST_F(outbox_test, a_late_acknowledgement_of_a_dead_epoch_is_ignored) {
  auto box = make();
  box.consumer_up(first);
  box.push(item(0));
  box.consumer_lost(first, 0);
  box.consumer_up(reborn);
  acknowledge(box, first, 1, 1);
  EXPECT_TRUE(post.done.empty());
  acknowledge(box, reborn, 1, 1);
  EXPECT_EQ(post.done.size(), 1U);
}

TEST_F(outbox_test, a_lost_link_sends_again_under_new_numbers_and_charges_nobody) {
  auto box = make();
  box.consumer_up(first);
  box.push(item(0));
  box.consumer_unreachable(first);
  EXPECT_FALSE(box.has_room());
  box.consumer_up(first);
  ASSERT_EQ(post.sent.size(), 2U);
  EXPECT_EQ(post.sent[1].header.number, 2U);
  EXPECT_EQ(post.sent[1].header.attempt, 1U);
  acknowledge(box, first, 1, 1);
  EXPECT_TRUE(post.done.empty()) << "the first copy is not the one that is kept";
  acknowledge(box, first, 2, 2);
  EXPECT_EQ(post.done.size(), 1U);
}

TEST_F(outbox_test, a_charged_item_is_sent_with_its_attempt) {
  auto box = make();
  box.consumer_up(first);
  box.push(item(0));
  charges.set({consumer, post.sent[0].header.item, {.charges = 1, .kills = 1}, first, "test"});
  box.consumer_lost(first, 0);
  box.consumer_up(second);
  EXPECT_EQ(post.sent[1].header.attempt, 3U);
}

TEST_F(outbox_test, a_quarantined_item_is_handed_in_and_counts_as_acknowledged_without_any_consumer) {
  auto box = make();
  box.consumer_up(first);
  box.push(item(0));
  const auto what = post.sent[0].header.item;
  charges.set({consumer, what, {.charges = 3, .quarantined = true}, first, "test"});
  box.consumer_lost(first, 0);
  decide(box, what, {.charges = 3, .quarantined = true}, first);
  ASSERT_EQ(post.handed_in.size(), 1U);
  EXPECT_FALSE(post.handed_in[0].may_be_delivered);
  EXPECT_EQ(post.done.size(), 1U);
  EXPECT_TRUE(box.empty());
}

TEST_F(outbox_test, a_verdict_from_one_worker_settles_the_copy_at_another) {
  auto box = make();
  box.consumer_up(second);
  box.push(item(0));
  decide(box, post.sent[0].header.item, {.charges = 1, .quarantined = true}, first);
  ASSERT_EQ(post.handed_in.size(), 1U);
  EXPECT_TRUE(post.handed_in[0].may_be_delivered) << "the other copy may be running";
  EXPECT_TRUE(box.empty());
}

TEST_F(outbox_test, a_failed_batch_is_sent_item_by_item) {
  auto box = make();
  box.consumer_up(first);
  box.push(item(10, 3));
  EXPECT_TRUE(post.sent[0].header.may_split);
  decide(box, post.sent[0].header.item, {.alone = true}, first);
  ASSERT_EQ(post.sent.size(), 4U);
  EXPECT_EQ(post.sent[1].header.item.seq, 10U);
  EXPECT_EQ(post.sent[3].header.item.seq, 12U);
  EXPECT_FALSE(post.sent[1].header.may_split);
  acknowledge(box, first, 2, 4);
  EXPECT_TRUE(box.empty());
  EXPECT_EQ(post.done, (std::vector<std::uint64_t>{10, 11, 12}));
}

TEST_F(outbox_test, a_batch_that_may_have_been_delivered_is_never_split) {
  auto box = make();
  box.consumer_up(first);
  box.push(item(10, 3));
  const auto what = post.sent[0].header.item;
  box.consumer_lost(first, 1);  // number 1 was completed: its outputs may have left
  box.consumer_up(second);
  EXPECT_FALSE(post.sent[1].header.may_split);
  decide(box, what, {.alone = true}, second);
  ASSERT_EQ(post.sent.size(), 3U);
  EXPECT_EQ(post.sent[2].header.item.span, 3U);
}

}  // namespace
}  // namespace troupe::runtime::outbox_test
