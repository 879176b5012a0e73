#include "scripted_body.hpp"

#include <troupe/runtime/members/batch_member.hpp>

namespace troupe::runtime::batch_member_test {
namespace {

using std::chrono::hours;

/// Between a source and a consumer of batches, both of them witnesses; as small_plan() has the stage "work" there, the former
/// has its place.
class batch_member_test : public scripted_member_test {
 protected:
  batch_member_test() {
    former().keeps_state = true;
    former().in_process = false;
    on.of.members[2].origins = {stage_id};
    gather({.size = 3, .wait = hours(1)});
  }
  member_plan& former() { return on.of.members[1]; }
  void gather(const config::batch& how) { former().gathers = how; }
  batch_member make() {
    const auto usual = on.setting();
    batch_member made({usual.of, programs, usual.by, usual.tell_director, usual.log, {}}, the_stage,
                      [this] { ++turns_asked_for; });
    made.use_timer([this](nanoseconds delay) { timers.push_back(delay); });
    made.on(consumer_news{the_sink, true});
    return made;
  }
  /// The batches that have left: "1,2,3 4".
  std::string batches() {
    on.settle();
    std::string text;
    for (const auto& each : sink.items) {
      if (!text.empty()) text += ' ';
      const auto gathered = decode<std::vector<bytes>>(each.payload);
      if (!gathered) return "not a batch";
      for (std::size_t i = 0; i < gathered->size(); ++i)
        text += (i == 0 ? "" : ",") + std::to_string(decode<std::int64_t>((*gathered)[i]).value_or(-1));
    }
    return text;
  }
  static arrivals some(std::uint64_t first, std::uint64_t last) {
    arrivals all;
    for (auto number = first; number <= last; ++number) all.items.push_back(item(number));
    return all;
  }

  static registry with_a_consumer_of_batches() {
    registry stages;
    static_cast<void>(stages.add(
        define_stage("count", [](std::vector<bytes> all) { return static_cast<std::int64_t>(all.size()); })));
    return stages;
  }

  const registry programs = with_a_consumer_of_batches();
  std::vector<nanoseconds> timers;
};

TEST_F(batch_member_test, lets_a_batch_go_when_it_has_its_size_and_answers_each_item_at_once) {
  auto gathers = make();
  tell(gathers, some(1, 2));
  EXPECT_EQ(batches(), "");
  EXPECT_EQ(acknowledged(), "1-2") << "they are the former's own from now on";
  tell(gathers, some(3, 7));
  EXPECT_EQ(batches(), "1,2,3 4,5,6");
  EXPECT_EQ(acknowledged(), "1-7");
}

TEST_F(batch_member_test, names_a_batch_by_as_many_seqs_as_it_has_items) {
  auto gathers = make();
  tell(gathers, some(1, 6));
  on.settle();
  ASSERT_EQ(sink.items.size(), 2U);
  EXPECT_EQ(sink.items[0].header.item.origin, stage_id);
  EXPECT_EQ(sink.items[0].header.item.seq, 0U);
  EXPECT_EQ(sink.items[0].header.item.span, 3U);
  EXPECT_EQ(sink.items[1].header.item.seq, 3U);
}

TEST_F(batch_member_test, lets_a_batch_go_when_it_has_its_bytes) {
  gather({.size = 100, .bytes = 2, .wait = hours(1)});
  auto gathers = make();
  tell(gathers, some(1, 5));
  EXPECT_EQ(batches(), "1,2 3,4") << "each has one byte";
}

TEST_F(batch_member_test, gives_an_item_that_is_larger_than_a_batch_one_of_its_own) {
  gather({.size = 100, .bytes = 2, .wait = hours(1)});
  auto gathers = make();
  tell(gathers, some(1, 1));
  auto large = item(2);
  large.payload = encoded(std::int64_t{1} << 40U);
  tell(gathers, arrivals{{large}});
  tell(gathers, some(3, 4));
  EXPECT_EQ(batches(), "1 1099511627776 3,4");
}

TEST_F(batch_member_test, asks_for_one_timer_and_lets_go_what_it_has_when_the_time_is_up) {
  gather({.size = 100, .wait = milliseconds(1)});
  auto gathers = make();
  tell(gathers, some(1, 2));
  ASSERT_LE(timers.size(), 1U);
  const auto until = deadline::after(milliseconds(1));
  while (!until.passed()) continue;
  tell(gathers, order{order_kind::work});
  EXPECT_EQ(batches(), "1,2");
  tell(gathers, order{order_kind::work});
  EXPECT_EQ(batches(), "1,2") << "there is nothing";
}

TEST_F(batch_member_test, waits_for_the_whole_time_of_the_items_that_are_there_now) {
  auto gathers = make();
  tell(gathers, some(1, 2));
  ASSERT_EQ(timers.size(), 1U);
  tell(gathers, some(3, 4));
  EXPECT_EQ(timers.size(), 1U) << "the first one is on its way";
  tell(gathers, order{order_kind::work});
  EXPECT_EQ(batches(), "1,2,3") << "the fourth has its own hour";
  ASSERT_EQ(timers.size(), 2U);
  EXPECT_GT(timers[1], nanoseconds(hours(1)) / 2);
}

TEST_F(batch_member_test, takes_a_copy_once_and_answers_it_each_time) {
  auto gathers = make();
  tell(gathers, some(1, 2));
  auto copy = item(1);
  copy.header.number = 3;
  tell(gathers, arrivals{{copy}});
  EXPECT_EQ(batches(), "");
  EXPECT_EQ(acknowledged(), "1-3");
}

TEST_F(batch_member_test, remarks_on_stages_that_give_another_number_of_outputs_the_second_time) {
  auto gathers = make();
  tell(gathers, some(1, 1));
  auto other = item(1);
  other.header.item.path.back().count = 2;
  tell(gathers, arrivals{{other}});
  ASSERT_EQ(on.reported<remark>().size(), 1U);
  EXPECT_NE(on.reported<remark>()[0].text.find("are not deterministic"), std::string::npos);
}

TEST_F(batch_member_test, takes_nothing_while_its_batches_would_have_to_wait) {
  on.of.edges[1].limit.items = 1;
  auto gathers = make();
  tell(gathers, some(1, 8));
  EXPECT_EQ(batches(), "1,2,3");
  EXPECT_EQ(acknowledged(), "1-3") << "with the one that is out there is no room for another";
  EXPECT_TRUE(on.by.is_blocked(to_sink)) << "more workers of the consumer would help";
  tell(gathers, from_sink(1, 1));
  EXPECT_EQ(batches(), "1,2,3 4,5,6");
  tell(gathers, from_sink(2, 2));
  EXPECT_FALSE(on.by.is_blocked(to_sink));
  EXPECT_EQ(acknowledged(), "1-8");
}

TEST_F(batch_member_test, tells_its_watermark_as_batches_are_acknowledged) {
  auto gathers = make();
  tell(gathers, some(1, 6));
  tell(gathers, from_sink(2, 2));
  on.settle();
  EXPECT_TRUE(sink.watermarks.empty()) << "the first is not complete";
  tell(gathers, from_sink(1, 1));
  on.settle();
  EXPECT_EQ(sink.watermarks, (std::vector<std::uint64_t>{6}));
}

TEST_F(batch_member_test, drops_what_the_watermark_of_the_source_says_is_complete) {
  auto gathers = make();
  tell(gathers, watermark_notice{source_id, 1});
  tell(gathers, some(1, 4));
  EXPECT_EQ(batches(), "2,3,4");
  EXPECT_EQ(acknowledged(), "1-4");
}

TEST_F(batch_member_test, lets_the_rest_go_when_nothing_more_comes_and_ends_when_all_is_acknowledged) {
  auto gathers = make();
  tell(gathers, some(1, 4));
  tell(gathers, order{order_kind::finish});
  EXPECT_EQ(batches(), "1,2,3 4");
  EXPECT_EQ(on.reported<terminal_closed>().size(), 1U);
  EXPECT_TRUE(on.reported<origin_ended>().empty());
  tell(gathers, from_sink(1, 1));
  tell(gathers, order{order_kind::finish});
  EXPECT_TRUE(on.reported<origin_ended>().empty());
  tell(gathers, from_sink(2, 2));
  EXPECT_EQ(on.reported<origin_ended>().size(), 1U);
  EXPECT_EQ(on.reported<terminal_closed>().size(), 1U);
}

TEST_F(batch_member_test, sends_the_items_of_a_batch_that_failed_one_by_one) {
  on.of.members[2].takes_batches = true;
  on.of.members[2].call = "count";
  on.of.members[2].kind = member_kind::stage;
  auto gathers = make();
  tell(gathers, some(1, 3));
  on.settle();
  ASSERT_EQ(sink.items.size(), 1U);
  EXPECT_TRUE(sink.items[0].header.may_split);
  verdict alone{sink_id, sink.items[0].header.item, {}, the_sink, "killed by SIGSEGV", {}};
  alone.state.alone = true;
  tell(gathers, verdict_notice{{alone}});
  EXPECT_EQ(batches(), "1,2,3 1 2 3");
  tell(gathers, order{order_kind::finish});
  tell(gathers, from_sink(2, 4));
  EXPECT_EQ(on.reported<origin_ended>().size(), 1U) << "each of them counts for itself";
}

}  // namespace
}  // namespace troupe::runtime::batch_member_test
