#include "jobs_scene.hpp"

namespace troupe::runtime::jobs_member_test {
namespace {

class jobs_member_test : public jobs_scene {};

TEST_F(jobs_member_test, sends_jobs_and_answers_them_with_their_results) {
  come_up(one);
  submit(2);
  ASSERT_EQ(sent(at_one), "1 2");
  EXPECT_EQ(decode<std::int64_t>(at_one.items[1].payload), 2);
  EXPECT_EQ(counters.items_read, 2U);
  come_back({result_of(one, 1, {10})});
  EXPECT_EQ(log->told(), "1:10");
  EXPECT_EQ(counters.items_done, 1U);
}

TEST_F(jobs_member_test, answers_in_the_order_in_which_results_come) {
  come_up(one);
  submit(3);
  come_back({result_of(one, 3, {30}), result_of(one, 1, {10})});
  come_back({result_of(one, 2, {20})});
  EXPECT_EQ(log->told(), "3:30 1:10 2:20");
}

TEST_F(jobs_member_test, passes_on_no_output_and_several) {
  come_up(one);
  submit(2);
  come_back({result_of(one, 1, {}), result_of(one, 2, {7, 8, 9})});
  EXPECT_EQ(log->told(), "1:[] 2:[7 8 9]");
}

TEST_F(jobs_member_test, ignores_results_of_numbers_that_it_never_sent_or_that_came_before) {
  come_up(one);
  submit(2);
  come_back({result_of(one, 9, {90}), result_of(one, 0, {0}), result_of(other, 1, {1})});
  EXPECT_EQ(log->told(), "");
  come_back({result_of(one, 1, {10}), result_of(one, 1, {11})});
  EXPECT_EQ(log->told(), "1:10");
}

TEST_F(jobs_member_test, drops_the_stale_result_of_a_dead_epoch) {
  come_up(one);
  submit(1);
  die(one);
  come_back({result_of(one, 1, {10})});
  EXPECT_EQ(log->told(), "");
  come_up(one_again);
  come_back({result_of(one, 1, {10})});
  EXPECT_EQ(log->told(), "") << "both know it under number 1";
  come_back({result_of(one_again, 1, {11})});
  EXPECT_EQ(log->told(), "1:11");
}

TEST_F(jobs_member_test, charges_a_death_to_the_job_that_ran_and_sends_the_others_elsewhere_as_they_were) {
  come_up(one);
  submit(3);
  die(one, {verdict_on(1, one, 1)});
  come_up(other);
  EXPECT_EQ(sent(at_other), "1.2 2 3");
  EXPECT_EQ(counters.redelivered, 3U);
  EXPECT_EQ(log->told(), "");
}

TEST_F(jobs_member_test, sends_again_what_was_on_a_link_that_broke) {
  come_up(one);
  submit(2);
  member->on(consumer_news{one, false});
  come_up(one);
  ASSERT_EQ(sent(at_one), "1 2 1 2");
  come_back({result_of(one, 1, {10})});
  EXPECT_EQ(log->told(), "") << "it has got another number";
  come_back({result_of(one, 3, {10}), result_of(one, 4, {20})});
  EXPECT_EQ(log->told(), "1:10 2:20");
}

TEST_F(jobs_member_test, tells_what_is_known_of_the_failure_of_a_job_that_is_given_up) {
  come_up(one);
  submit(2);
  die(one, {quarantined(verdict_on(1, one, 3))});
  ASSERT_EQ(log->told(), "1:crashed") << "there need be no worker for that";
  const auto why = log->last_failure();
  EXPECT_EQ(why.signal, SIGSEGV);
  EXPECT_EQ(why.message(), "killed by SIGSEGV, attempt 3 of 3");
  EXPECT_EQ(counters.items_done, 1U);
  come_up(other);
  EXPECT_EQ(sent(at_other), "2");
}

TEST_F(jobs_member_test,
       says_that_it_has_settled_a_job_that_is_given_up_whether_another_worker_lives_or_not) {
  come_up(one);
  submit(1);
  die(one, {quarantined(verdict_on(1, one, 3))});
  ASSERT_EQ(on.reported<item_settled>().size(), 1U);
  EXPECT_EQ(on.reported<item_settled>()[0].stage, work_id);
  EXPECT_TRUE(on.reported<item_settled>()[0].item == job_item(1));
  come_up(other);
  come_up(one_again);
  submit(1);
  const auto& holds_it = at_other.items.empty() ? one_again : other;
  die(holds_it, {quarantined(verdict_on(2, holds_it, 3))});
  EXPECT_EQ(on.reported<item_settled>().size(), 2U);
  EXPECT_EQ(log->told(), "1:crashed 2:crashed");
}

TEST_F(jobs_member_test, counts_kills_among_the_attempts) {
  come_up(one);
  submit(1);
  auto decision = quarantined(verdict_on(1, one, 3));
  decision.state.kills = 2;
  die(one, {decision});
  EXPECT_EQ(log->last_failure().attempts, 5U);
  EXPECT_EQ(log->last_failure().max_attempts, 5U);
}

TEST_F(jobs_member_test, answers_a_job_that_threw_while_its_worker_goes_on) {
  come_up(one);
  submit(2);
  auto thrown = quarantined(verdict_on(1, one, 1));
  thrown.facts = {};
  thrown.facts.what = failure::thrown;
  thrown.facts.thrown = "std::runtime_error: no";
  member->on(verdict_notice{{thrown}});
  ASSERT_EQ(log->told(), "1:threw");
  EXPECT_EQ(log->last_failure().thrown, "std::runtime_error: no");
  EXPECT_EQ(log->last_failure().attempts, 1U);
  come_back({result_of(one, 1, {10}), result_of(one, 2, {20})});
  EXPECT_EQ(log->told(), "1:threw 2:20");
}

TEST_F(jobs_member_test, hands_in_no_evidence_unless_there_is_a_folder_for_it) {
  come_up(one);
  submit(1);
  die(one, {quarantined(verdict_on(1, one, 3))});
  EXPECT_TRUE(on.reported<item_handed_in>().empty());
}

TEST_F(jobs_member_test, makes_room_for_as_many_jobs_as_it_has_answered) {
  member.reset();
  fresh = std::make_shared<job_intake>(2);
  member.emplace(on.setting(), the_jobs, fresh, counters, [] {});
  come_up(one);
  const auto try_submit = [&](std::uint64_t tag) {
    return fresh->submit({encoded(std::int64_t{0}), log, tag}, job_intake::when_full::give_back);
  };
  EXPECT_EQ(try_submit(1), 1U);
  EXPECT_EQ(try_submit(2), 2U);
  look();
  EXPECT_EQ(try_submit(3), 0U);
  come_back({result_of(one, 1, {10})});
  EXPECT_EQ(try_submit(3), 3U);
  EXPECT_EQ(try_submit(4), 0U);
}

TEST_F(jobs_member_test, does_not_remember_a_job_that_is_answered) {
  come_up(one);
  submit(2);
  come_back({result_of(one, 2, {20})});
  EXPECT_TRUE(on.reported<item_settled>().empty()) << "nothing was held against it";
  die(one, {verdict_on(1, one, 1)});
  come_up(other);
  EXPECT_TRUE(on.reported<item_settled>().empty());
  come_back({result_of(other, 1, {10})});
  ASSERT_EQ(on.reported<item_settled>().size(), 1U);
  EXPECT_TRUE(on.reported<item_settled>()[0].item == job_item(1));
}

TEST_F(jobs_member_test, lets_go_of_whoever_waited_when_the_answer_is_given) {
  come_up(one);
  submit(2);
  const auto users = log.use_count();
  come_back({result_of(one, 2, {20})});
  EXPECT_EQ(log.use_count(), users - 1) << "though an older job is not answered";
}

/// Two workers that take two jobs each, and four jobs.
class jobs_member_with_retries : public jobs_scene {
 protected:
  jobs_member_with_retries() : jobs_scene({.workers = 1, .max_in_flight = 2}) {
    come_up(one);
    come_up(other);
    submit(4);
    EXPECT_EQ(sent(at_one), "1 3");
    EXPECT_EQ(sent(at_other), "2 4");
    die(one, {verdict_on(1, one, 1)});
    EXPECT_EQ(sent(at_other), "2 4") << "it is full: the retries wait";
  }
};

TEST_F(jobs_member_with_retries, several_results_in_one_message_answer_their_own_jobs) {
  come_back({result_of(other, 1, {20}), result_of(other, 2, {40})});
  EXPECT_EQ(log->told(), "2:20 4:40");
  EXPECT_EQ(sent(at_other), "2 4 1.2 3");
  come_back({result_of(other, 4, {30}), result_of(other, 3, {10})});
  EXPECT_EQ(log->told(), "2:20 4:40 3:30 1:10");
}

TEST_F(jobs_member_with_retries, a_retry_that_nobody_wants_does_not_get_the_result_that_made_room_for_it) {
  withdraw(1);
  come_back({result_of(other, 1, {20}), result_of(other, 2, {40})});
  EXPECT_EQ(log->told(), "2:20 1:cancelled 4:40");
  EXPECT_EQ(sent(at_other), "2 4 3");
}

class jobs_member_with_quarantine : public jobs_scene {
 protected:
  jobs_member_with_quarantine() : jobs_scene({.workers = 1, .quarantine = "evidence"}) {}
};

TEST_F(jobs_member_with_quarantine, hands_in_the_input_of_a_job_that_is_given_up) {
  come_up(one);
  submit(2);
  die(one, {quarantined(verdict_on(2, one, 3))});
  const auto evidence = on.reported<item_handed_in>();
  ASSERT_EQ(evidence.size(), 1U);
  EXPECT_TRUE(evidence[0].item == job_item(2));
  EXPECT_EQ(decode<std::int64_t>(evidence[0].payload), 2);
}

class jobs_member_with_two_workers : public jobs_scene {
 protected:
  jobs_member_with_two_workers() : jobs_scene({.workers = 2}) {}
};

TEST_F(jobs_member_with_two_workers,
       sends_nothing_more_to_one_that_is_to_end_and_lets_it_go_when_it_holds_nothing) {
  come_up(one);
  come_up(other);
  submit(2);
  ASSERT_EQ(sent(at_one), "1");
  member->on(consumer_retires{one});
  EXPECT_TRUE(on.reported<consumer_released>().empty()) << "it has a job";
  submit(2);
  come_back({result_of(one, 1, {10})});
  ASSERT_EQ(on.reported<consumer_released>().size(), 1U);
  EXPECT_TRUE(on.reported<consumer_released>()[0].who == one);
  come_back({result_of(other, 1, {20})});
  come_back({result_of(other, 2, {30})});
  EXPECT_EQ(sent(at_one), "1");
  EXPECT_EQ(sent(at_other), "2 3 4");
  EXPECT_EQ(log->told(), "1:10 2:20 3:30");
  EXPECT_EQ(counters.redelivered, 0U);
}

TEST_F(jobs_member_with_two_workers, lets_an_idle_one_that_is_to_end_go_at_once_and_ignores_those_of_others) {
  come_up(one);
  come_up(other);
  member->on(consumer_retires{{jobs_id, 0, 1}});
  EXPECT_TRUE(on.reported<consumer_released>().empty());
  member->on(consumer_retires{one});
  ASSERT_EQ(on.reported<consumer_released>().size(), 1U);
  member->on(consumer_retires{one});
  EXPECT_EQ(on.reported<consumer_released>().size(), 1U) << "once";
  submit(1);
  EXPECT_EQ(sent(at_one), "");
  EXPECT_EQ(sent(at_other), "1");
}

TEST_F(jobs_member_with_two_workers, sends_elsewhere_what_one_that_is_to_end_has_not_done_when_it_dies) {
  come_up(one);
  come_up(other);
  submit(1);
  ASSERT_EQ(sent(at_one), "1");
  member->on(consumer_retires{one});
  die(one, {verdict_on(1, one, 1)});
  EXPECT_EQ(sent(at_other), "1.2");
  come_back({result_of(other, 1, {10})});
  EXPECT_EQ(log->told(), "1:10");
}

TEST_F(jobs_member_with_two_workers, keeps_jobs_back_until_it_knows_how_long_they_take) {
  come_up(one);
  come_up(other);
  submit(4);
  EXPECT_EQ(sent(at_one), "1");
  EXPECT_EQ(sent(at_other), "2");
  come_back({result_of(other, 1, {20})});
  EXPECT_EQ(sent(at_other), "2 3") << "of two the one that is free";
}

}  // namespace
}  // namespace troupe::runtime::jobs_member_test
