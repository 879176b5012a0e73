#include "scripted_body.hpp"

#include <troupe/runtime/members/stage_member.hpp>

namespace troupe::runtime::stage_member_test {
namespace {

class stage_member_test : public scripted_member_test {
 protected:
  stage_member make() {
    return {on.setting(page.get()), the_stage, std::make_unique<scripted_body>(play),
            [this] { ++turns_asked_for; }};
  }

  std::unique_ptr<running_page> page = std::make_unique<running_page>();
};

TEST_F(stage_member_test, acknowledges_an_input_when_all_its_outputs_are_acknowledged) {
  play.call = times(2);
  auto stage = make();
  tell(stage, consumer_news{the_sink, true});
  tell(stage, items(1));
  EXPECT_EQ(acknowledged(), "");
  EXPECT_EQ(sink.items.size(), 2U);
  tell(stage, from_sink(2, 2));
  EXPECT_EQ(acknowledged(), "");
  tell(stage, from_sink(1, 1));
  EXPECT_EQ(acknowledged(), "1");
  EXPECT_EQ(source.answered[0].from, the_stage);
}

TEST_F(stage_member_test, acknowledges_an_input_without_outputs_at_once) {
  play.call = times(0);
  auto stage = make();
  tell(stage, consumer_news{the_sink, true});
  tell(stage, items(3));
  EXPECT_EQ(acknowledged(), "1-3");
}

TEST_F(stage_member_test, acknowledges_at_once_when_nobody_takes_its_outputs) {
  on.of.members[1].out.clear();
  auto stage = make();
  tell(stage, items(1));
  EXPECT_EQ(play.calls, 1U);
  EXPECT_EQ(acknowledged(), "1");
}

TEST_F(stage_member_test, waits_for_every_edge) {
  on.of.members.push_back(on.of.member(sink_id));
  on.of.members.back().id = 4;
  on.of.edges.push_back({3, stage_id, 4, "std::int64_t", "i64", {}, 1});
  on.of.members[1].out.push_back(3);
  auto stage = make();
  tell(stage, consumer_news{the_sink, true});
  tell(stage, consumer_news{{4, 0, 1}, true});
  tell(stage, items(1));
  tell(stage, from_sink(1, 1));
  EXPECT_EQ(acknowledged(), "");
  tell(stage, answers{{4, 0, 1}, 3, {{1, 1}}});
  EXPECT_EQ(acknowledged(), "1");
}

TEST_F(stage_member_test, names_outputs_after_their_input) {
  play.call = times(2);
  auto stage = make();
  tell(stage, consumer_news{the_sink, true});
  tell(stage, arrivals{{item(8)}});
  on.settle();
  ASSERT_EQ(sink.items.size(), 2U);
  EXPECT_EQ(to_string(sink.items[1].header.item), "1:7/1.0/2.1");
}

TEST_F(stage_member_test, calls_nothing_while_its_outputs_would_have_to_wait) {
  on.of.edges[1].limit = {.items = 2, .bytes = 1000};
  auto stage = make();
  tell(stage, items(5));
  EXPECT_EQ(play.calls, 0U) << "there is no consumer";
  tell(stage, consumer_news{the_sink, true});
  EXPECT_EQ(play.calls, 2U);
  tell(stage, from_sink(1, 1));
  EXPECT_EQ(play.calls, 3U);
  tell(stage, from_sink(2, 3));
  EXPECT_EQ(play.calls, 5U);
}

TEST_F(stage_member_test, looks_at_its_mailbox_between_long_calls) {
  play.call = [](const bytes&, std::vector<bytes>&) -> result<> {
    use_up_a_turn();
    return {};
  };
  auto stage = make();
  stage.on(consumer_news{the_sink, true});
  stage.on(items(3));
  EXPECT_EQ(play.calls, 1U);
  EXPECT_EQ(acknowledged(), "1") << "what is done leaves at the end of the turn";
  EXPECT_EQ(turns_asked_for, 1);
  stage.on(answers{the_sink, to_sink, {}});
  EXPECT_EQ(turns_asked_for, 1) << "one is on its way";
  stage.on(order{order_kind::work});
  EXPECT_EQ(play.calls, 3U);
  EXPECT_EQ(turns_asked_for, 1) << "nothing is left";
}

TEST_F(stage_member_test, reports_a_throw_and_leaves_the_answer_to_the_verdict) {
  play.call = [](const bytes&, std::vector<bytes>& outputs) -> result<> {
    outputs.push_back(encoded(std::int64_t{1}));
    return fail(errc::handler_failed, "threw std::runtime_error: no");
  };
  auto stage = make();
  tell(stage, consumer_news{the_sink, true});
  auto batch = item(1);
  batch.header.may_split = true;
  tell(stage, arrivals{{batch}});
  const auto failures = on.reported<item_failed>();
  ASSERT_EQ(failures.size(), 1U);
  EXPECT_EQ(failures[0].stage, stage_id);
  EXPECT_EQ(failures[0].item, batch.header.item);
  EXPECT_TRUE(failures[0].may_split);
  EXPECT_EQ(failures[0].what, "threw std::runtime_error: no");
  EXPECT_EQ(acknowledged(), "");
  EXPECT_TRUE(sink.items.empty()) << "what it gave before it threw is not to be used";
}

TEST_F(stage_member_test, goes_on_after_a_throw) {
  play.call = [this](const bytes&, std::vector<bytes>&) -> result<> {
    if (play.calls == 1) return fail(errc::handler_failed, "threw");
    return {};
  };
  auto stage = make();
  tell(stage, consumer_news{the_sink, true});
  tell(stage, items(2));
  EXPECT_EQ(acknowledged(), "2");
}

TEST_F(stage_member_test, cuts_what_a_failure_says) {
  play.call = [](const bytes&, std::vector<bytes>&) -> result<> {
    return fail(errc::handler_failed, std::string(max_failure_text + 1, 'x'));
  };
  auto stage = make();
  tell(stage, consumer_news{the_sink, true});
  tell(stage, items(1));
  ASSERT_EQ(on.reported<item_failed>().size(), 1U);
  EXPECT_EQ(on.reported<item_failed>()[0].what.size(), max_failure_text);
}

TEST_F(stage_member_test, fails_over_an_output_that_cannot_travel) {
  play.call = [](const bytes&, std::vector<bytes>& outputs) -> result<> {
    outputs.push_back(too_large_to_travel());
    return {};
  };
  auto stage = make();
  tell(stage, consumer_news{the_sink, true});
  tell(stage, items(1));
  ASSERT_EQ(on.reported<item_failed>().size(), 1U);
  EXPECT_NE(on.reported<item_failed>()[0].what.find("can travel"), std::string::npos);
  EXPECT_EQ(acknowledged(), "");
}

TEST_F(stage_member_test, does_not_run_what_is_in_quarantine) {
  auto stage = make();
  tell(stage, consumer_news{the_sink, true});
  const verdict quarantined{
      stage_id, item(1).header.item, {.charges = 1, .quarantined = true}, the_stage, ""};
  tell(stage, verdict_notice{{quarantined}});
  tell(stage, items(2));
  EXPECT_EQ(play.calls, 1U);
  tell(stage, from_sink(1, 1));
  EXPECT_EQ(acknowledged(), "2") << "the sender has the verdict, too, and answers for the other";
}

TEST_F(stage_member_test, runs_again_what_is_merely_charged) {
  on.charges = {{stage_id, item(1).header.item, {.charges = 1}, the_stage, ""}};
  auto stage = make();
  tell(stage, consumer_news{the_sink, true});
  tell(stage, items(1));
  EXPECT_EQ(play.calls, 1U);
}

TEST_F(stage_member_test, sends_outputs_of_a_dead_consumer_to_the_next_and_counts_them) {
  constexpr instance reborn{sink_id, 0, 2};
  const auto& next = on.place(reborn);
  auto stage = make();
  tell(stage, consumer_news{the_sink, true});
  tell(stage, items(2));
  tell(stage, death_notice{the_sink, {}, true, {}});
  tell(stage, consumer_news{reborn, true});
  on.settle();
  EXPECT_EQ(next.items.size(), 2U);
  EXPECT_EQ(page->redelivered, 2U);
  tell(stage, from_sink(1, 2));
  EXPECT_EQ(acknowledged(), "") << "too late: the dead answers for nothing";
  tell(stage, answers{reborn, to_sink, {{1, 2}}});
  EXPECT_EQ(acknowledged(), "1-2");
}

TEST_F(stage_member_test, says_on_the_page_what_it_runs) {
  std::optional<page_reading> during;
  play.call = [&](const bytes&, std::vector<bytes>&) -> result<> {
    during = read_page(*page);
    return {};
  };
  auto stage = make();
  tell(stage, consumer_news{the_sink, true});
  tell(stage, arrivals{{item(4)}});
  ASSERT_TRUE(during);
  ASSERT_TRUE(during->running);
  EXPECT_EQ(during->running->from, the_source);
  EXPECT_EQ(during->running->edge, to_stage);
  EXPECT_EQ(during->running->number, 4U);
  EXPECT_EQ(during->running->item, item(4).header.item);
  EXPECT_TRUE(during->marks.empty()) << "nothing is completed yet";
}

TEST_F(stage_member_test, says_on_the_page_what_it_has_completed) {
  play.call = [this](const bytes&, std::vector<bytes>&) -> result<> {
    if (play.calls == 2) return fail(errc::handler_failed, "threw");
    return {};
  };
  auto stage = make();
  tell(stage, consumer_news{the_sink, true});
  tell(stage, items(2));
  const auto after = read_page(*page);
  EXPECT_FALSE(after.running);
  EXPECT_EQ(after.executed, 2U);
  ASSERT_EQ(after.marks.size(), 1U);
  EXPECT_EQ(after.marks[0].completed, 1U) << "the second has thrown";
}

TEST_F(stage_member_test, needs_no_page_in_the_director) {
  page.reset();
  play.call = [this](const bytes&, std::vector<bytes>&) -> result<> {
    if (play.calls == 1) return fail(errc::handler_failed, "threw");
    return {};
  };
  auto stage = make();
  tell(stage, consumer_news{the_sink, true});
  tell(stage, items(2));
  EXPECT_EQ(acknowledged(), "2");
}

}  // namespace
}  // namespace troupe::runtime::stage_member_test
