// The director with all members in its own process: what it hears, what it says, how it ends. Worker
// processes are for tests/end_to_end.
#include "../../end_to_end/folder.hpp"
#include "../scene.hpp"

#include <troupe/runtime/director/director.hpp>

#include <csignal>

namespace troupe::runtime::director_test {
namespace {

class director_test : public ::testing::Test {
 protected:
  director_test() {
    on.of.members[1].in_process = false;
    on.of.members[1].quarantine = home.path("quarantine");
    director_setting setting{on.of,
                             on.by,
                             counters,
                             on.log,
                             "run-1",
                             {},
                             {{director_node, 1}, {}, {the_source, the_stage, the_sink}},
                             [] { return nullptr; },
                             [this](outcome how) { outcomes.push_back(std::move(how)); }};
    director_ = on.actors.spawn<director>({.name = "director"}, std::move(setting));
  }
  void begin() {
    director_.send(order{order_kind::begin});
    on.settle();
  }
  void hear(report_body body, const instance& from = the_source) {
    director_.send(report{from, std::move(body)});
    on.settle();
  }
  void stop(int signal) {
    director_.send(stop_request{signal});
    on.settle();
  }
  void hear_the_end() {
    hear(origin_ended{source_id});
    hear(terminal_closed{sink_id}, the_sink);
  }
  static item_failed failure_of(std::uint64_t seq) {
    return {stage_id, {source_id, seq, 1, {{to_stage, 0, 1}}}, false, "threw"};
  }
  static item_handed_in bytes_of(std::uint64_t seq) {
    return {stage_id, failure_of(seq).item, encoded(std::int64_t{1}), false};
  }
  outcome the_outcome() {
    EXPECT_EQ(outcomes.size(), 1U);
    return outcomes.empty() ? outcome{} : outcomes[0];
  }

  const end_to_end::folder home;
  run_counters counters;
  std::vector<outcome> outcomes;
  scene on;
  const testimony& source = on.place(the_source);
  const testimony& stage = on.place(the_stage);
  const testimony& sink = on.place(the_sink);
  address_of<director> director_;
};

TEST_F(director_test, tells_everybody_to_begin_and_who_is_there) {
  EXPECT_TRUE(source.orders.empty());
  begin();
  EXPECT_EQ(source.orders, (std::vector{order_kind::begin}));
  ASSERT_EQ(source.news.size(), 3U);
  EXPECT_EQ(source.news[1].who, the_stage);
  EXPECT_TRUE(source.news[1].up);
  EXPECT_TRUE(outcomes.empty());
}

TEST_F(director_test, ends_when_origins_have_ended_and_terminals_are_closed) {
  begin();
  hear(origin_ended{source_id});
  EXPECT_EQ(sink.orders, (std::vector{order_kind::begin, order_kind::finish}));
  EXPECT_EQ(source.orders, (std::vector{order_kind::begin}));
  EXPECT_TRUE(outcomes.empty());
  hear(terminal_closed{sink_id}, the_sink);
  EXPECT_EQ(the_outcome().kind, outcome_kind::done);
  EXPECT_TRUE(the_outcome().drained);
  EXPECT_EQ(the_outcome().message, "");
}

TEST_F(director_test, says_how_it_ended_once) {
  begin();
  hear_the_end();
  hear(trouble{trouble_kind::stage, "late"});
  stop(SIGINT);
  hear(terminal_closed{sink_id}, the_sink);
  EXPECT_EQ(the_outcome().kind, outcome_kind::done);
}

TEST_F(director_test, goes_on_watching_while_time_passes) {
  begin();
  on.actors.advance(std::chrono::seconds(10));
  EXPECT_TRUE(outcomes.empty());
  hear_the_end();
  EXPECT_EQ(the_outcome().kind, outcome_kind::done);
}

TEST_F(director_test, ends_at_once_over_trouble_and_says_which) {
  struct {
    trouble_kind kind;
    outcome_kind ends_as;
    const char* message;
  } const cases[] = {
      {trouble_kind::input, outcome_kind::input_failed, "why"},
      {trouble_kind::output, outcome_kind::output_failed, "why"},
      {trouble_kind::output_reader_gone, outcome_kind::output_reader_gone, ""},
      {trouble_kind::stage, outcome_kind::failed, "why"},
      {trouble_kind::internal, outcome_kind::failed, "why"},
  };
  for (const auto& each : cases) {
    outcomes.clear();
    director_ = on.actors.spawn<director>(
        {}, director_setting{on.of,
                             on.by,
                             counters,
                             on.log,
                             "run-1",
                             {},
                             {},
                             [] { return nullptr; },
                             [this](outcome how) { outcomes.push_back(std::move(how)); }});
    begin();
    hear(trouble{each.kind, "why"});
    EXPECT_EQ(the_outcome().kind, each.ends_as);
    EXPECT_EQ(the_outcome().message, each.message);
    EXPECT_FALSE(the_outcome().drained);
  }
}

TEST_F(director_test, keeps_to_its_first_trouble) {
  begin();
  hear(trouble{trouble_kind::input, "first"});
  hear(trouble{trouble_kind::output, "second"});
  EXPECT_EQ(the_outcome().message, "first");
}

TEST_F(director_test, drains_when_it_is_stopped) {
  begin();
  stop(SIGTERM);
  EXPECT_EQ(source.orders, (std::vector{order_kind::begin, order_kind::no_more}));
  EXPECT_TRUE(outcomes.empty()) << "what was read is still to be finished";
  hear_the_end();
  EXPECT_EQ(the_outcome().kind, outcome_kind::interrupted);
  EXPECT_EQ(the_outcome().signal, SIGTERM);
  EXPECT_TRUE(the_outcome().drained);
}

TEST_F(director_test, ends_at_once_when_it_is_stopped_twice) {
  begin();
  stop(SIGINT);
  stop(SIGINT);
  EXPECT_EQ(the_outcome().kind, outcome_kind::interrupted);
  EXPECT_EQ(the_outcome().signal, SIGINT);
  EXPECT_FALSE(the_outcome().drained);
}

TEST_F(director_test, announces_the_verdict_on_an_item_that_threw) {
  begin();
  hear(failure_of(4), the_stage);
  for (const auto* each : {&source, &stage, &sink}) {
    ASSERT_EQ(each->verdicts.size(), 1U);
    ASSERT_EQ(each->verdicts[0].verdicts.size(), 1U);
    EXPECT_TRUE(each->verdicts[0].verdicts[0].state.quarantined);
    EXPECT_EQ(each->verdicts[0].verdicts[0].from, the_stage);
  }
  EXPECT_EQ(counters.quarantined, 1U);
  EXPECT_NE(on.logged.find("stage 'work', item 1:4/1.0: threw; attempt 1, the item goes to quarantine"),
            std::string::npos)
      << on.logged;
}

TEST_F(director_test, stores_the_bytes_of_a_quarantined_item) {
  begin();
  hear(failure_of(4), the_stage);
  hear(bytes_of(4));
  hear_the_end();
  EXPECT_EQ(the_outcome().kind, outcome_kind::quarantined);
  EXPECT_EQ(the_outcome().quarantine_folders, (std::vector<std::string>{home.path("quarantine")}));
  EXPECT_TRUE(home.holds("quarantine/work-1_4_1.0.item"));
}

TEST_F(director_test, does_not_wait_for_bytes_that_nobody_has) {
  begin();
  hear(failure_of(4), the_stage);
  hear_the_end();
  EXPECT_EQ(the_outcome().kind, outcome_kind::quarantined);
  EXPECT_EQ(home.list("quarantine"), (std::vector<std::string>{"work-1_4_1.0.json"}));
}

TEST_F(director_test, counts_an_item_once_that_fails_twice) {
  begin();
  hear(failure_of(4), the_stage);
  hear(failure_of(4), the_stage);
  EXPECT_EQ(counters.quarantined, 1U);
  EXPECT_EQ(source.verdicts.size(), 2U) << "the sender of the second copy needs to hear it, too";
}

TEST_F(director_test, ends_when_an_item_cannot_be_stored) {
  home.write("quarantine", "a file");
  begin();
  hear(failure_of(4), the_stage);
  hear(bytes_of(4));
  EXPECT_EQ(the_outcome().kind, outcome_kind::output_failed);
  EXPECT_NE(the_outcome().message.find(home.path("quarantine")), std::string::npos);
}

TEST_F(director_test, ignores_reports_on_stages_that_are_not_in_the_plan) {
  begin();
  auto failed = failure_of(4);
  failed.stage = 99;
  hear(failed);
  auto handed_in = bytes_of(4);
  handed_in.stage = 99;
  hear(handed_in);
  EXPECT_TRUE(source.verdicts.empty());
  EXPECT_EQ(counters.quarantined, 0U);
  hear_the_end();
  EXPECT_EQ(the_outcome().kind, outcome_kind::done);
}

TEST_F(director_test, logs_a_remark_once) {
  begin();
  hear(remark{"odd"});
  hear(remark{"odd"});
  hear(remark{"odder"});
  EXPECT_EQ(on.logged.find("odd"), on.logged.rfind("odd\n"));
  EXPECT_NE(on.logged.find("odder"), std::string::npos);
}

}  // namespace
}  // namespace troupe::runtime::director_test
