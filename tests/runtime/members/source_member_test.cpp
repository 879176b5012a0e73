#include "../scene.hpp"

#include <troupe/runtime/members/source_member.hpp>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>

namespace troupe::runtime::source_member_test {
namespace {

constexpr auto watchdog = std::chrono::minutes(1);

/// Deliveries of a reader's thread, for the test to pass on.
class letter_box {
 public:
  void put(portions one) {
    const std::lock_guard lock(mutex_);
    ++received_;
    letters_.push_back(std::move(one));
    changed_.notify_all();
  }
  portions take() {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, watchdog, [this] { return !letters_.empty(); }))
      throw std::runtime_error("the reader delivers nothing");
    auto one = std::move(letters_.front());
    letters_.pop_front();
    return one;
  }
  [[nodiscard]] std::size_t received() const {
    const std::lock_guard lock(mutex_);
    return received_;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<portions> letters_;
  std::size_t received_ = 0;
};

/// Gives so many items, one per delivery; then waits to be stopped, or ends.
class counting_source final : public item_source {
 public:
  counting_source(std::size_t items, bool waits) : left_(items), waits_(waits) {}
  result<std::optional<portion>> next() override {
    std::unique_lock lock(mutex_);
    if (left_ == 0 && waits_) stopped_.wait_for(lock, watchdog, [this] { return stop_; });
    if (left_ == 0 || stop_) return std::nullopt;
    --left_;
    return portion{1, encoded(std::int64_t{1}), 10, 0};
  }
  [[nodiscard]] bool would_wait() const override { return true; }
  void stop() override {
    const std::lock_guard lock(mutex_);
    stop_ = true;
    stopped_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable stopped_;
  std::size_t left_;
  const bool waits_;
  bool stop_ = false;
};

class source_member_test : public ::testing::Test {
 protected:
  source_member make(std::size_t items = 0, bool waits = true) {
    return {on.setting(), the_source, counters, [this, items, waits]() -> result<std::unique_ptr<reader>> {
              return std::make_unique<reader>(std::make_unique<counting_source>(items, waits),
                                              [this](portions read) { letters.put(std::move(read)); });
            }};
  }
  /// As if the reader had delivered it.
  static portions delivery(std::size_t items, bool at_end = false) {
    portions made;
    for (std::size_t i = 0; i < items; ++i) made.items.push_back({1, encoded(std::int64_t{1}), 10, 0});
    made.at_end = at_end;
    return made;
  }
  static answers from_stage(std::uint64_t first, std::uint64_t last) {
    return {the_stage, to_stage, {{first, last}}};
  }

  scene on;
  run_counters counters;
  letter_box letters;
  const testimony& stage = on.place(the_stage);
};

TEST_F(source_member_test, numbers_what_is_read_and_sends_it) {
  auto source = make();
  source.on(order{order_kind::begin});
  source.on(consumer_news{the_stage, true});
  source.on(delivery(2));
  source.on(delivery(1));
  on.settle();
  ASSERT_EQ(stage.items.size(), 3U);
  for (std::uint64_t seq = 0; seq < 3; ++seq) {
    EXPECT_EQ(to_string(stage.items[seq].header.item), "1:" + std::to_string(seq) + "/1.0");
    EXPECT_EQ(stage.items[seq].header.number, seq + 1);
  }
}

TEST_F(source_member_test, a_batch_takes_as_many_numbers_as_it_has_items) {
  auto source = make();
  source.on(order{order_kind::begin});
  source.on(consumer_news{the_stage, true});
  auto read = delivery(2);
  read.items[0].span = 100;
  source.on(std::move(read));
  on.settle();
  ASSERT_EQ(stage.items.size(), 2U);
  EXPECT_EQ(to_string(stage.items[0].header.item), "1:0+100/1.0");
  EXPECT_EQ(to_string(stage.items[1].header.item), "1:100/1.0");
  EXPECT_EQ(counters.items_read, 101U);
  source.on(from_stage(1, 1));
  EXPECT_EQ(counters.items_done, 100U);
}

TEST_F(source_member_test, ends_once_when_all_is_read_and_acknowledged) {
  auto source = make();
  source.on(order{order_kind::begin});
  source.on(consumer_news{the_stage, true});
  source.on(delivery(2));
  source.on(from_stage(1, 2));
  EXPECT_TRUE(on.reports.empty()) << "more may be read";
  source.on(delivery(1, true));
  EXPECT_TRUE(on.reports.empty()) << "the last is not acknowledged";
  source.on(from_stage(3, 3));
  source.on(answers{the_stage, to_stage, {}});
  ASSERT_EQ(on.reports.size(), 1U);
  EXPECT_EQ(on.reported<origin_ended>().at(0).origin, source_id);
}

TEST_F(source_member_test, an_empty_input_ends_at_once) {
  auto source = make(0, false);
  source.on(order{order_kind::begin});
  source.on(consumer_news{the_stage, true});
  source.on(letters.take());
  EXPECT_EQ(on.reported<origin_ended>().size(), 1U);
}

TEST_F(source_member_test, tells_its_watermark_to_the_node) {
  const auto& sink = on.place(the_sink);
  auto source = make();
  source.on(order{order_kind::begin});
  source.on(consumer_news{the_stage, true});
  source.on(delivery(3));
  source.on(from_stage(2, 2));
  source.on(from_stage(1, 1));
  source.on(answers{the_stage, to_stage, {}});
  on.settle();
  EXPECT_EQ(sink.watermarks, (std::vector<std::uint64_t>{2})) << "only when it has risen";
}

TEST_F(source_member_test, sends_nothing_that_would_have_to_wait) {
  on.of.edges[0].limit = {.items = 2, .bytes = 1000};
  auto source = make();
  source.on(order{order_kind::begin});
  source.on(delivery(1));
  EXPECT_EQ(counters.items_read, 0U) << "there is no consumer";
  source.on(consumer_news{the_stage, true});
  source.on(delivery(1));
  source.on(delivery(1));
  on.settle();
  EXPECT_EQ(stage.items.size(), 2U);
  source.on(from_stage(1, 1));
  on.settle();
  EXPECT_EQ(stage.items.size(), 3U);
}

TEST_F(source_member_test, reads_ahead_by_two_and_on_as_deliveries_are_sent) {
  auto source = make(4);
  source.on(order{order_kind::begin});
  auto first = letters.take();
  auto second = letters.take();
  source.on(std::move(first));
  source.on(std::move(second));
  EXPECT_EQ(letters.received(), 2U) << "without a consumer nothing more is wanted";
  source.on(consumer_news{the_stage, true});
  source.on(letters.take());
  source.on(letters.take());
  on.settle();
  EXPECT_EQ(stage.items.size(), 4U);
}

TEST_F(source_member_test, reads_nothing_before_it_is_told_to_begin) {
  auto source = make(1);
  source.on(consumer_news{the_stage, true});
  EXPECT_EQ(letters.received(), 0U);
}

TEST_F(source_member_test, told_to_read_no_more_it_ends_with_what_was_sent) {
  on.of.edges[0].limit = {.items = 2, .bytes = 1000};
  auto source = make();
  source.on(order{order_kind::begin});
  source.on(consumer_news{the_stage, true});
  source.on(delivery(4));
  source.on(order{order_kind::no_more});
  EXPECT_TRUE(on.reports.empty());
  source.on(letters.take());  // the reader says that it has ended
  EXPECT_TRUE(on.reports.empty()) << "what was sent is still to be done";
  source.on(from_stage(1, 2));
  on.settle();
  EXPECT_EQ(on.reported<origin_ended>().size(), 1U);
  EXPECT_EQ(stage.items.size(), 2U) << "what had only been read is not begun any more";
  EXPECT_EQ(counters.items_read, 2U);
}

TEST_F(source_member_test, sends_of_what_was_read_no_more_than_there_is_room_for) {
  on.of.edges[0].limit = {.items = 2, .bytes = 1000};
  auto source = make();
  source.on(order{order_kind::begin});
  source.on(consumer_news{the_stage, true});
  source.on(delivery(4, true));
  on.settle();
  EXPECT_EQ(counters.items_read, 2U);
  source.on(from_stage(1, 1));
  EXPECT_EQ(counters.items_read, 3U);
  source.on(from_stage(2, 3));
  source.on(from_stage(4, 4));
  on.settle();
  EXPECT_EQ(stage.items.size(), 4U);
  EXPECT_EQ(on.reported<origin_ended>().size(), 1U);
}

TEST_F(source_member_test, told_to_read_no_more_before_it_began_it_ends_at_once) {
  auto source = make(5);
  source.on(order{order_kind::no_more});
  EXPECT_EQ(on.reported<origin_ended>().size(), 1U);
}

TEST_F(source_member_test, an_input_that_cannot_be_opened_is_trouble) {
  source_member source(on.setting(), the_source, counters,
                       []() -> result<std::unique_ptr<reader>> { return fail(errc::not_found, "open 'x'"); });
  source.on(order{order_kind::begin});
  ASSERT_EQ(on.reports.size(), 1U);
  EXPECT_EQ(on.reported<trouble>().at(0).kind, trouble_kind::input);
  EXPECT_EQ(on.reported<trouble>().at(0).what.rfind("open 'x'", 0), 0U);
}

TEST_F(source_member_test, an_input_that_fails_is_trouble_after_what_was_read) {
  auto source = make();
  source.on(order{order_kind::begin});
  source.on(consumer_news{the_stage, true});
  auto last = delivery(1);
  last.failed.push_back({errc::io_failed, "read 'x'", 5});
  source.on(std::move(last));
  on.settle();
  EXPECT_EQ(stage.items.size(), 1U);
  ASSERT_EQ(on.reports.size(), 1U);
  EXPECT_EQ(on.reported<trouble>().at(0).kind, trouble_kind::input);
  EXPECT_EQ(on.reported<trouble>().at(0).what, "read 'x': Input/output error");
}

TEST_F(source_member_test, an_item_that_cannot_travel_is_trouble_and_says_what_to_do) {
  auto source = make();
  source.on(order{order_kind::begin});
  source.on(consumer_news{the_stage, true});
  portions read;
  read.items.push_back({7, too_large_to_travel(), 10, 0});
  source.on(std::move(read));
  on.settle();
  EXPECT_TRUE(stage.items.empty());
  const auto said = on.reported<trouble>().at(0);
  EXPECT_EQ(said.kind, trouble_kind::input);
  EXPECT_EQ(said.what.rfind("an item of 7 lines or files", 0), 0U) << said.what;
  EXPECT_NE(said.what.find("make batch.size or batch.bytes smaller"), std::string::npos) << said.what;
}

TEST_F(source_member_test, after_an_item_that_cannot_travel_nothing_is_sent_or_said_again) {
  auto source = make();
  source.on(order{order_kind::begin});
  source.on(consumer_news{the_stage, true});
  auto read = delivery(1);
  read.items.push_back({1, too_large_to_travel(), 10, 0});
  source.on(std::move(read));
  source.on(from_stage(1, 1));
  source.on(delivery(1, true));
  on.settle();
  EXPECT_EQ(stage.items.size(), 1U);
  EXPECT_EQ(on.reported<trouble>().size(), 1U);
  EXPECT_TRUE(on.reported<origin_ended>().empty());
}

/// What terminals have to remember is bounded, also while one item is late and the window has room.
TEST_F(source_member_test, waits_when_its_numbers_are_far_above_the_lowest_open_one) {
  auto source = make();
  source.on(order{order_kind::begin});
  source.on(consumer_news{the_stage, true});
  auto read = delivery(1);
  read.items.push_back({static_cast<std::uint32_t>(usual_spread), encoded(std::int64_t{1}), 10, 0});
  source.on(std::move(read));
  source.on(delivery(1));
  on.settle();
  EXPECT_EQ(stage.items.size(), 2U);
  source.on(from_stage(2, 2));
  on.settle();
  EXPECT_EQ(stage.items.size(), 2U) << "the first is still open";
  source.on(from_stage(1, 1));
  on.settle();
  EXPECT_EQ(stage.items.size(), 3U);
}

TEST_F(source_member_test, is_no_further_ahead_than_who_restores_its_order_can_wait) {
  on.of.members[0].spread = window{.items = 2, .bytes = 1000};
  auto source = make();
  source.on(order{order_kind::begin});
  source.on(consumer_news{the_stage, true});
  source.on(delivery(4));
  on.settle();
  source.on(from_stage(2, 2));
  on.settle();
  EXPECT_EQ(stage.items.size(), 2U);
  EXPECT_EQ(counters.items_done, 0U) << "somebody holds the second";
  source.on(from_stage(1, 1));
  on.settle();
  EXPECT_EQ(stage.items.size(), 4U);
  EXPECT_EQ(counters.items_done, 2U);
}

TEST_F(source_member_test, counts_for_the_summary) {
  constexpr instance reborn{stage_id, 0, 2};
  on.place(reborn);
  auto source = make();
  source.on(order{order_kind::begin});
  source.on(consumer_news{the_stage, true});
  auto read = delivery(3);
  read.items[1].not_utf8 = 2;
  source.on(std::move(read));
  source.on(from_stage(1, 1));
  source.on(death_notice{the_stage, {}, true, {}});
  source.on(consumer_news{reborn, true});
  EXPECT_EQ(counters.items_read, 3U);
  EXPECT_EQ(counters.bytes_read, 30U);
  EXPECT_EQ(counters.not_utf8, 2U);
  EXPECT_EQ(counters.items_done, 1U);
  EXPECT_EQ(counters.redelivered, 2U);
}

TEST_F(source_member_test, hands_in_what_is_quarantined_and_counts_it_as_done) {
  auto source = make();
  source.on(order{order_kind::begin});
  source.on(consumer_news{the_stage, true});
  source.on(delivery(1, true));
  const auto item = child_of({source_id, 0, 1, {}}, to_stage, 0, 1);
  source.on(death_notice{
      the_stage, {}, true, {{stage_id, item, {.charges = 3, .quarantined = true}, the_stage, ""}}});
  ASSERT_EQ(on.reports.size(), 2U);
  EXPECT_EQ(on.reported<item_handed_in>().at(0).item, item);
  EXPECT_EQ(on.reported<origin_ended>().size(), 1U);
  EXPECT_EQ(counters.items_done, 1U);
}

}  // namespace
}  // namespace troupe::runtime::source_member_test
