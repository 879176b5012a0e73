// How jobs end without a result, and how their member ends: cancelled, aborted, closed, destroyed.
#include "../node/two_nodes.hpp"
#include "jobs_scene.hpp"

namespace troupe::runtime::jobs_member_end_test {
namespace {

class jobs_member_end_test : public jobs_scene {};

TEST_F(jobs_member_end_test, does_not_run_a_job_that_is_cancelled_before_it_is_sent) {
  submit(3);
  withdraw(1);
  EXPECT_EQ(log->told(), "1:cancelled") << "it was the next";
  withdraw(3);
  come_up(one);
  EXPECT_EQ(sent(at_one), "2");
  EXPECT_EQ(log->told(), "1:cancelled 3:cancelled");
  EXPECT_EQ(counters.items_done, 2U);
}

TEST_F(jobs_member_end_test, a_job_cancelled_while_it_runs_is_answered_when_its_worker_has_done_with_it) {
  come_up(one);
  submit(2);
  withdraw(1);
  withdraw(2);
  EXPECT_EQ(log->told(), "");
  member->on(answers{one, to_work, {{2, 2}}});
  EXPECT_EQ(log->told(), "2:cancelled") << "the worker had not begun it";
  come_back({result_of(one, 1, {10})});
  EXPECT_EQ(log->told(), "2:cancelled 1:10") << "whoever cancelled it does not look";
}

TEST_F(jobs_member_end_test, a_job_cancelled_after_the_death_of_its_worker_is_not_sent_again) {
  come_up(one);
  submit(2);
  die(one, {verdict_on(1, one, 1)});
  withdraw(1);
  come_up(other);
  EXPECT_EQ(sent(at_other), "2");
  EXPECT_EQ(log->told(), "1:cancelled");
  EXPECT_EQ(on.reported<item_settled>().size(), 1U) << "what was held against it is forgotten";
}

TEST_F(jobs_member_end_test, a_job_cancelled_before_the_death_of_its_worker_is_not_sent_again) {
  come_up(one);
  come_up(other);
  submit(2);
  ASSERT_EQ(sent(at_one), "1");
  withdraw(1);
  die(one);
  EXPECT_EQ(sent(at_other), "2");
  EXPECT_EQ(log->told(), "1:cancelled");
}

TEST_F(jobs_member_end_test, cancelling_what_is_answered_or_was_never_taken_changes_nothing) {
  come_up(one);
  submit(1);
  come_back({result_of(one, 1, {10})});
  withdraw(1);
  withdraw(2);
  submit(1);
  EXPECT_EQ(sent(at_one), "1 2");
  EXPECT_EQ(log->told(), "1:10");
}

TEST_F(jobs_member_end_test, an_abort_answers_every_job_wherever_it_is) {
  on.of.edges[0].limit.items = 2;
  member.reset();
  member.emplace(on.setting(), the_jobs, fresh, counters, [] {});
  come_up(one);
  for (std::uint64_t tag = 1; tag <= 5; ++tag)
    static_cast<void>(fresh->submit({encoded(std::int64_t{0}), log, tag}, job_intake::when_full::give_back));
  look();
  ASSERT_EQ(sent(at_one), "1 2");
  job_failure why;
  why.kind = job_error::closed;
  why.cause = "the pool failed";
  fresh->abort(why);
  look();
  EXPECT_EQ(log->told(), "1:closed 2:closed 3:closed 4:closed 5:closed");
  EXPECT_EQ(log->last_failure().cause, "the pool failed");
  EXPECT_EQ(fresh->unfinished(), (std::vector<std::uint64_t>{1, 2, 3, 4, 5}));
  come_back({result_of(one, 1, {10})});
  member.reset();
  EXPECT_EQ(log->told(), "1:closed 2:closed 3:closed 4:closed 5:closed");
}

TEST_F(jobs_member_end_test, an_abort_leaves_alone_what_has_been_answered) {
  come_up(one);
  submit(3);
  come_back({result_of(one, 2, {20})});
  intake->abort({});
  look();
  EXPECT_EQ(log->told(), "2:20 1:crashed 3:crashed");
  EXPECT_EQ(intake->unfinished(), (std::vector<std::uint64_t>{1, 3}));
}

TEST_F(jobs_member_end_test, ends_once_when_it_is_closed_and_all_jobs_are_answered) {
  come_up(one);
  submit(2);
  member->on(order{order_kind::no_more});
  EXPECT_EQ(intake->submit({{}, log, 3}, job_intake::when_full::give_back), 0U);
  come_back({result_of(one, 2, {20})});
  EXPECT_TRUE(on.reported<origin_ended>().empty()) << "one is not answered";
  come_back({result_of(one, 1, {10})});
  look();
  ASSERT_EQ(on.reported<origin_ended>().size(), 1U);
  EXPECT_EQ(on.reported<origin_ended>()[0].origin, jobs_id);
}

TEST_F(jobs_member_end_test, ends_when_its_last_job_is_cancelled) {
  submit(1);
  intake->close();
  look();
  EXPECT_TRUE(on.reported<origin_ended>().empty());
  withdraw(1);
  EXPECT_EQ(on.reported<origin_ended>().size(), 1U);
}

TEST_F(jobs_member_end_test, does_not_end_as_long_as_it_is_open) {
  come_up(one);
  submit(1);
  come_back({result_of(one, 1, {10})});
  EXPECT_TRUE(on.reported<origin_ended>().empty());
}

TEST_F(jobs_member_end_test, destroyed_it_answers_what_is_left_and_nobody_hands_in_more) {
  come_up(one);
  submit(2);
  static_cast<void>(intake->submit({{}, log, 3}, job_intake::when_full::give_back));  // it has not looked
  member.reset();
  EXPECT_EQ(log->told(), "1:closed 2:closed 3:closed");
  EXPECT_EQ(intake->submit({{}, log, 4}, job_intake::when_full::wait), 0U);
  EXPECT_EQ(log->told(), "1:closed 2:closed 3:closed 4:closed");
}

/// The worker is reached over a link.
class jobs_member_afar : public two_nodes {
 protected:
  jobs_member_afar() : two_nodes(square_pool({.workers = 1})) {
    there.by.on_called_off([this](std::uint64_t number) { called_off.push_back(number); });
  }
  void look() {
    member.on(order{order_kind::work});
    settle();
  }

  const registry stages;
  run_counters counters;
  const std::shared_ptr<job_intake> intake = std::make_shared<job_intake>(0);
  const std::shared_ptr<job_log> results = std::make_shared<job_log>();
  std::vector<std::uint64_t> called_off;
  jobs_member member{{of, stages, here.by, [](const report&) {}, log, {}}, the_jobs, intake, counters, [] {}};
};

TEST_F(jobs_member_afar, tells_the_worker_which_of_its_jobs_nobody_waits_for) {
  static_cast<void>(place(there.by, worker));
  reach_worker();
  member.on(consumer_news{worker, true});
  for (std::uint64_t tag = 1; tag <= 2; ++tag)
    static_cast<void>(
        intake->submit({encoded(std::int64_t{0}), results, tag}, job_intake::when_full::give_back));
  look();
  EXPECT_TRUE(called_off.empty());
  intake->withdraw(2);
  look();
  EXPECT_EQ(called_off, (std::vector<std::uint64_t>{2}));
}

}  // namespace
}  // namespace troupe::runtime::jobs_member_end_test
