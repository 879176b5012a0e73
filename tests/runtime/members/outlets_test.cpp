#include "../scene.hpp"

#include <troupe/runtime/members/outlets.hpp>

namespace troupe::runtime::outlets_test {
namespace {

TEST(check_sizes, refuses_what_cannot_travel) {
  EXPECT_TRUE(check_sizes({}));
  EXPECT_TRUE(check_sizes({encoded(std::int64_t{1}), {}}));
  const auto refused = check_sizes({encoded(std::int64_t{1}), too_large_to_travel()});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::too_large);
  EXPECT_NE(refused.error().context.find("at most 120 MiB can travel"), std::string::npos)
      << refused.error().message();
}

/// The outlets of one member of small_plan(), which does nothing else.
class outlets_test : public ::testing::Test {
 protected:
  outlets make(const instance& own) {
    post.emplace(on.by, own);
    return {on.setting(), on.of.member(own.member), *post,
            [this](std::uint64_t token, const lineage&) { completed.push_back(token); }};
  }
  void settle() {
    post->flush();
    on.settle();
  }
  static lineage from_source(std::uint64_t seq, std::uint32_t span = 1) { return {source_id, seq, span, {}}; }
  /// What the stage's input of that seq is called.
  static lineage at_stage(std::uint64_t seq, std::uint32_t span = 1) {
    return child_of(from_source(seq, span), to_stage, 0, 1);
  }
  static verdict quarantined(const lineage& item, const instance& where) {
    return {stage_id, item, {.charges = 3, .quarantined = true}, where, "test"};
  }
  /// A second sink, fed by the stage as well.
  void add_second_sink() {
    on.of.members.push_back(on.of.member(sink_id));
    on.of.members.back().id = 4;
    on.of.members.back().in = {3};
    on.of.edges.push_back({3, stage_id, 4, "std::int64_t", "i64", {}, 1});
    on.of.members[1].out.push_back(3);
  }
  scene on;
  std::optional<courier> post;
  std::vector<std::uint64_t> completed;
};

TEST_F(outlets_test, what_a_source_makes_is_named_by_edge) {
  const auto& stage = on.place(the_stage);
  auto out = make(the_source);
  out.on(consumer_news{the_stage, true});
  out.push_own(from_source(7), encoded(std::int64_t{1}), 7);
  settle();
  ASSERT_EQ(stage.items.size(), 1U);
  EXPECT_EQ(stage.items[0].from.who, the_source);
  EXPECT_EQ(stage.items[0].header.item, at_stage(7));
}

TEST_F(outlets_test, the_outputs_of_a_call_are_named_by_index_and_count) {
  const auto& sink = on.place(the_sink);
  auto out = make(the_stage);
  out.on(consumer_news{the_sink, true});
  EXPECT_EQ(out.push_all(at_stage(7), {encoded(std::int64_t{1}), encoded(std::int64_t{2})}, 0), 2U);
  settle();
  ASSERT_EQ(sink.items.size(), 2U);
  for (std::uint32_t i = 0; i < 2; ++i) {
    ASSERT_EQ(sink.items[i].header.item.path.size(), 2U);
    const auto& hop = sink.items[i].header.item.path[1];
    EXPECT_EQ(hop.edge, to_sink);
    EXPECT_EQ(hop.index, i);
    EXPECT_EQ(hop.count, 2U);
  }
}

TEST_F(outlets_test, of_a_source_hold_back_what_several_workers_share) {
  const auto& stage = on.place(the_stage);
  on.of.members[1].workers = 2;
  auto out = make(the_source);
  out.on(consumer_news{the_stage, true});
  for (std::uint64_t seq = 0; seq < 3; ++seq) out.push_own(from_source(seq), encoded(std::int64_t{1}), seq);
  settle();
  EXPECT_EQ(stage.items.size(), least_ahead);
  EXPECT_FALSE(out.has_room());
}

TEST_F(outlets_test, of_a_stage_hold_back_nothing_that_fits_the_window) {
  const auto& sink = on.place(the_sink);
  on.of.members[2].workers = 2;
  auto out = make(the_stage);
  out.on(consumer_news{the_sink, true});
  static_cast<void>(out.push_all(at_stage(7), {encoded(std::int64_t{1}), encoded(std::int64_t{2})}, 0));
  settle();
  EXPECT_EQ(sink.items.size(), 2U);
  EXPECT_TRUE(out.has_room()) << "it may begin its next call";
}

TEST_F(outlets_test, every_edge_gets_every_output_and_answers_for_it) {
  add_second_sink();
  const auto& one = on.place(the_sink);
  const auto& other = on.place({4, 0, 1});
  auto out = make(the_stage);
  EXPECT_EQ(out.copies(), 2U);
  out.on(consumer_news{the_sink, true});
  EXPECT_FALSE(out.has_room()) << "one edge has no consumer yet";
  out.on(consumer_news{{4, 0, 1}, true});
  EXPECT_TRUE(out.has_room());
  EXPECT_EQ(out.push_all(at_stage(0), {encoded(std::int64_t{1}), encoded(std::int64_t{2})}, 5), 4U);
  settle();
  EXPECT_EQ(one.items.size(), 2U);
  EXPECT_EQ(other.items.size(), 2U);
  out.on(answers{the_sink, to_sink, {{1, 2}}});
  EXPECT_EQ(completed, (std::vector<std::uint64_t>{5, 5})) << "of that edge only";
  out.on(answers{{4, 0, 1}, 3, {{1, 2}}});
  EXPECT_EQ(completed.size(), 4U);
}

TEST_F(outlets_test, of_edges_to_the_slots_of_a_stage_one_gets_each_item_and_the_same_key_the_same) {
  add_second_sink();
  for (auto& edge : on.of.edges) edge.way = 0;
  for (const auto edge : {to_sink, edge_id{3}}) on.of.edges[edge - 1].key_field = 1;
  const auto& one = on.place(the_sink);
  const auto& other = on.place({4, 0, 1});
  auto out = make(the_stage);
  EXPECT_EQ(out.copies(), 1U);
  for (const auto& slot : {the_sink, instance{4, 0, 1}}) out.on(consumer_news{slot, true});
  constexpr std::size_t keys = 40;
  for (const std::int64_t value : {1, 2, 3})
    for (std::size_t key = 0; key < keys; ++key)
      EXPECT_EQ(out.push_all(at_stage(key), {encoded(std::pair(value, std::to_string(key)))}, 5), 1U);
  settle();
  EXPECT_EQ(one.items.size() + other.items.size(), 3 * keys);
  std::set<std::string> here, there;
  for (const auto& [from, into] : {std::pair(&one, &here), std::pair(&other, &there)})
    for (const auto& item : from->items)
      into->insert(decode<std::pair<std::int64_t, std::string>>(item.payload)->second);
  EXPECT_EQ(here.size() + there.size(), keys) << "a key was at both";
  EXPECT_GT(std::min(here.size(), there.size()), keys / 5) << "one has hardly anything to do";
}

TEST_F(outlets_test, what_does_not_take_an_edge_is_complete_there) {
  add_second_sink();
  on.of.edges[to_sink - 1].when = {{1, encoded(std::string("error"))}};
  on.of.edges[3 - 1].when = {{1, encoded(std::string("hit"))}, {0, encoded(std::int64_t{1})}};
  const auto& errors = on.place(the_sink);
  const auto& first_hits = on.place({4, 0, 1});
  auto out = make(the_stage);
  for (const auto& sink : {the_sink, instance{4, 0, 1}}) out.on(consumer_news{sink, true});
  const auto item = [](std::int64_t number, const char* kind) {
    return encoded(std::pair(number, std::string(kind)));
  };
  EXPECT_EQ(
      out.push_all(at_stage(0), {item(1, "error"), item(1, "hit"), item(2, "hit"), item(1, "other")}, 5), 8U);
  settle();
  EXPECT_EQ(completed, std::vector<std::uint64_t>(6, 5)) << "those that nobody is waited for";
  EXPECT_EQ(errors.items.size(), 1U);
  ASSERT_EQ(first_hits.items.size(), 1U);
  EXPECT_EQ(first_hits.items[0].header.item.path.back().index, 1U);
}

TEST_F(outlets_test, without_a_key_a_copy_goes_where_its_original_went) {
  add_second_sink();
  for (auto& edge : on.of.edges) edge.way = 0;
  const auto& one = on.place(the_sink);
  auto out = make(the_stage);
  for (const auto& slot : {the_sink, instance{4, 0, 1}}) out.on(consumer_news{slot, true});
  for (int again = 0; again < 2; ++again)
    for (std::uint64_t seq = 0; seq < 40; ++seq)
      static_cast<void>(out.push_all(at_stage(seq), {encoded(std::int64_t{1})}, 5));
  settle();
  ASSERT_GT(one.items.size(), 8U);
  std::multiset<std::uint64_t> seqs;
  for (const auto& item : one.items) seqs.insert(item.header.item.seq);
  for (const auto seq : seqs) EXPECT_EQ(seqs.count(seq), 2U) << seq;
}

TEST_F(outlets_test, news_of_others_changes_nothing) {
  auto out = make(the_source);
  out.on(consumer_news{the_sink, true});
  EXPECT_FALSE(out.has_room());
  out.on(consumer_news{the_stage, true});
  out.push_own(from_source(0), encoded(std::int64_t{1}), 0);
  out.on(answers{the_stage, to_sink, {{1, 1}}});
  out.on(death_notice{the_sink, {}, true, {}});
  EXPECT_TRUE(completed.empty());
  EXPECT_TRUE(out.has_room());
}

TEST_F(outlets_test, an_unreachable_consumer_gets_nothing_until_it_is_back) {
  const auto& stage = on.place(the_stage);
  auto out = make(the_source);
  out.on(consumer_news{the_stage, true});
  out.on(consumer_news{the_stage, false});
  out.push_own(from_source(0), encoded(std::int64_t{1}), 0);
  settle();
  EXPECT_TRUE(stage.items.empty());
  out.on(consumer_news{the_stage, true});
  settle();
  EXPECT_EQ(stage.items.size(), 1U);
}

TEST_F(outlets_test, what_a_dead_consumer_held_goes_to_the_next) {
  constexpr instance reborn{stage_id, 0, 2};
  on.place(the_stage);
  const auto& next = on.place(reborn);
  auto out = make(the_source);
  out.on(consumer_news{the_stage, true});
  for (std::uint64_t seq = 0; seq < 3; ++seq) out.push_own(from_source(seq), encoded(std::int64_t{1}), seq);
  out.on(answers{the_stage, to_stage, {{1, 1}}});
  const verdict charged{stage_id, at_stage(1), {.charges = 1}, the_stage, "killed by SIGSEGV"};
  out.on(death_notice{the_stage, {}, true, {charged}});
  out.on(consumer_news{reborn, true});
  settle();
  ASSERT_EQ(next.items.size(), 2U);
  EXPECT_EQ(next.items[0].header.item, at_stage(1));
  EXPECT_EQ(next.items[0].header.attempt, 2U) << "the verdict of the notice holds already";
  EXPECT_EQ(next.items[1].header.attempt, 1U);
  EXPECT_EQ(out.take_redelivered(), 2U);
  EXPECT_EQ(out.take_redelivered(), 0U) << "since the last time";
}

TEST_F(outlets_test, a_quarantined_item_is_handed_in_with_its_bytes_and_is_complete) {
  on.place(the_stage);
  auto out = make(the_source);
  out.on(consumer_news{the_stage, true});
  out.push_own(from_source(0), encoded(std::int64_t{42}), 9);
  out.on(verdict_notice{{quarantined(at_stage(0), the_stage)}});
  const auto handed = on.reported<item_handed_in>();
  ASSERT_EQ(handed.size(), 1U);
  EXPECT_EQ(on.reports[0].from, the_source);
  EXPECT_EQ(handed[0].stage, stage_id);
  EXPECT_EQ(handed[0].item, at_stage(0));
  EXPECT_EQ(decode<std::int64_t>(handed[0].payload), 42);
  EXPECT_FALSE(handed[0].may_be_delivered);
  EXPECT_EQ(completed, (std::vector<std::uint64_t>{9}));
}

TEST_F(outlets_test, what_was_in_quarantine_before_is_never_sent) {
  on.charges = {quarantined(at_stage(0), the_stage)};
  const auto& stage = on.place(the_stage);
  auto out = make(the_source);
  out.on(consumer_news{the_stage, true});
  out.push_own(from_source(0), encoded(std::int64_t{42}), 9);
  settle();
  EXPECT_TRUE(stage.items.empty());
  EXPECT_EQ(on.reported<item_handed_in>().size(), 1U);
  EXPECT_EQ(completed, (std::vector<std::uint64_t>{9}));
}

/// Whether the evidence says "may have been delivered" of an item that died with its consumer and was
/// quarantined over it.
struct last_page {
  const char* name;
  std::vector<channel_mark> marks;
  bool marks_complete;
  bool may_be_delivered;
};
class outlets_and_pages : public outlets_test, public ::testing::WithParamInterface<last_page> {};

TEST_P(outlets_and_pages, what_was_completed_may_be_delivered) {
  on.place(the_stage);
  auto out = make(the_source);
  out.on(consumer_news{the_stage, true});
  out.push_own(from_source(0), encoded(std::int64_t{1}), 0);
  out.on(death_notice{
      the_stage, GetParam().marks, GetParam().marks_complete, {quarantined(at_stage(0), the_stage)}});
  const auto handed = on.reported<item_handed_in>();
  ASSERT_EQ(handed.size(), 1U);
  EXPECT_EQ(handed[0].may_be_delivered, GetParam().may_be_delivered);
}

INSTANTIATE_TEST_SUITE_P(
    page, outlets_and_pages,
    ::testing::Values(last_page{"empty", {}, true, false},
                      last_page{"completed", {{the_source, to_stage, 1}}, true, true},
                      last_page{"not_yet_there", {{the_source, to_stage, 0}}, true, false},
                      last_page{"of_another_edge", {{the_source, to_sink, 1}}, true, false},
                      last_page{"of_another_life", {{{source_id, 0, 2}, to_stage, 1}}, true, false},
                      last_page{"with_channels_missing", {}, false, true},
                      last_page{"missing_but_not_ours", {{the_source, to_stage, 0}}, false, false}),
    [](const auto& made) { return std::string(made.param.name); });

class outlets_and_batches : public outlets_test {
 protected:
  outlets make_with_batches() {
    on.of.members[1].takes_batches = true;
    on.of.members[1].call = "add";
    return make(the_source);
  }
  void fail_as_a_whole(outlets& out, const lineage& batch) {
    out.on(verdict_notice{{{stage_id, batch, {.alone = true}, the_stage, "threw"}}});
    settle();
  }
};

TEST_F(outlets_and_batches, a_failed_batch_is_sent_item_by_item) {
  const auto& stage = on.place(the_stage);
  auto out = make_with_batches();
  out.on(consumer_news{the_stage, true});
  out.push_own(from_source(10, 3), encoded(std::vector<std::int64_t>{1, 2, 3}), 10);
  settle();
  ASSERT_EQ(stage.items.size(), 1U);
  EXPECT_TRUE(stage.items[0].header.may_split);
  fail_as_a_whole(out, at_stage(10, 3));
  ASSERT_EQ(stage.items.size(), 4U);
  for (std::uint32_t i = 0; i < 3; ++i) {
    EXPECT_EQ(stage.items[i + 1].header.item, at_stage(10 + i));
    EXPECT_EQ(decode<std::vector<std::int64_t>>(stage.items[i + 1].payload),
              (std::vector<std::int64_t>{i + 1}));
  }
  out.on(answers{the_stage, to_stage, {{2, 4}}});
  EXPECT_EQ(completed, (std::vector<std::uint64_t>{10, 11, 12}));
}

TEST_F(outlets_and_batches, a_batch_that_lies_about_its_size_stays_whole) {
  const auto& stage = on.place(the_stage);
  auto out = make_with_batches();
  out.on(consumer_news{the_stage, true});
  out.push_own(from_source(10, 3), encoded(std::vector<std::int64_t>{1, 2}), 10);
  settle();
  EXPECT_TRUE(on.logged.empty());
  const auto parts = out.split(to_stage, {at_stage(10, 3), stage.items.at(0).payload, 10, false});
  ASSERT_EQ(parts.size(), 1U);
  EXPECT_EQ(parts[0].item, at_stage(10, 3));
  EXPECT_NE(on.logged.find("it has another number of items than it says"), std::string::npos) << on.logged;
}

TEST_F(outlets_and_batches, a_batch_that_lies_about_its_size_is_sent_again_whole) {
  const auto& stage = on.place(the_stage);
  auto out = make_with_batches();
  out.on(consumer_news{the_stage, true});
  out.push_own(from_source(10, 3), encoded(std::vector<std::int64_t>{1, 2}), 10);
  settle();
  fail_as_a_whole(out, at_stage(10, 3));
  ASSERT_EQ(stage.items.size(), 2U);
  EXPECT_EQ(stage.items[1].header.item, at_stage(10, 3));
  EXPECT_FALSE(stage.items[1].header.may_split);
}

TEST_F(outlets_and_batches, between_stages_nothing_may_be_split) {
  const auto& sink = on.place(the_sink);
  on.of.members[2].takes_batches = true;
  auto out = make(the_stage);
  out.on(consumer_news{the_sink, true});
  static_cast<void>(out.push_all(at_stage(10, 3), {encoded(std::int64_t{1})}, 0));
  settle();
  ASSERT_EQ(sink.items.size(), 1U);
  EXPECT_FALSE(sink.items[0].header.may_split);
}

}  // namespace
}  // namespace troupe::runtime::outlets_test
