// Jobs that are not answered within their deadline, wherever they are.
#include "../node/two_nodes.hpp"
#include "jobs_scene.hpp"

namespace troupe::runtime::jobs_deadline_test {
namespace {

/// The member's clock stands unless the test moves it; its timer is written down.
class jobs_deadline_test : public jobs_scene {
 protected:
  jobs_deadline_test() {
    member.reset();
    intake_ = fresh;
    make();
  }
  void make() {
    member.emplace(
        on.setting(), the_jobs, intake_, counters, [] {}, [this] { return now; });
    member->use_timer([this](nanoseconds delay) { timers.push_back(delay); });
  }
  void submit_within(std::optional<milliseconds> within) {
    new_job job{encoded(std::int64_t{0}), log, ++submitted};
    job.within = within;
    EXPECT_EQ(intake_->submit(std::move(job), job_intake::when_full::give_back), submitted);
    now = std::max(now, steady::now());  // the intake has looked at the true one
    look();
  }
  void pass(milliseconds time) {
    now += time;
    look();
  }

  std::shared_ptr<job_intake> intake_;
  steady::time_point now = steady::now();
  std::vector<nanoseconds> timers;
};

constexpr milliseconds day = std::chrono::hours(24);

TEST_F(jobs_deadline_test, a_job_that_waits_is_answered_when_its_deadline_passes_and_is_never_sent) {
  submit_within(day);
  submit_within({});
  pass(day - std::chrono::hours(1));
  EXPECT_EQ(log->told(), "");
  pass(std::chrono::hours(1));
  ASSERT_EQ(log->told(), "1:deadline passed");
  const auto why = log->last_failure();
  EXPECT_EQ(why.message(), "its deadline of 24h passed while it waited");
  EXPECT_FALSE(why.running);
  EXPECT_EQ(why.attempts, 0U);
  come_up(one);
  EXPECT_EQ(sent(at_one), "2");
  EXPECT_EQ(counters.items_done, 1U);
}

TEST_F(jobs_deadline_test, a_job_that_runs_is_answered_and_what_it_gives_is_dropped) {
  come_up(one);
  submit_within(day);
  pass(day);
  ASSERT_EQ(log->told(), "1:deadline passed");
  const auto why = log->last_failure();
  EXPECT_EQ(why.message(), "its deadline of 24h passed while it ran, attempt 1 of 3");
  EXPECT_TRUE(why.running);
  come_back({result_of(one, 1, {10})});
  EXPECT_EQ(log->told(), "1:deadline passed");
  EXPECT_EQ(counters.items_done, 1U) << "it counts once";
}

TEST_F(jobs_deadline_test, of_those_sent_to_a_worker_only_the_oldest_runs) {
  come_up(one);
  submit_within({});
  submit_within(day);
  pass(day);
  EXPECT_FALSE(log->last_failure().running);
  submit_within(day);
  come_back({result_of(one, 1, {10})});
  member->on(answers{one, to_work, {{2, 2}}});
  pass(day);
  EXPECT_EQ(log->told(), "2:deadline passed 1:10 3:deadline passed");
  EXPECT_TRUE(log->last_failure().running);
}

TEST_F(jobs_deadline_test, says_which_attempt_ran_or_was_waited_for) {
  come_up(one);
  submit_within(day);
  submit_within(2 * day);
  die(one, {verdict_on(1, one, 1), verdict_on(2, one, 1)});
  pass(day);
  EXPECT_EQ(log->last_failure().message(), "its deadline of 24h passed while it waited for attempt 2 of 3");
  EXPECT_EQ(log->last_failure().attempts, 1U);
  come_up(other);
  ASSERT_EQ(sent(at_other), "2.2");
  pass(day);
  EXPECT_EQ(log->last_failure().message(), "its deadline of 48h passed while it ran, attempt 2 of 3");
}

TEST_F(jobs_deadline_test, forgets_what_was_held_against_a_job_whose_deadline_has_passed) {
  come_up(one);
  submit_within(day);
  die(one, {verdict_on(1, one, 1)});
  pass(day);
  come_up(other);
  EXPECT_EQ(sent(at_other), "");
  EXPECT_EQ(on.reported<item_settled>().size(), 1U);
}

TEST_F(jobs_deadline_test, is_no_attempt_and_no_end_for_the_job_that_dies_afterwards) {
  come_up(one);
  submit_within(day);
  pass(day);
  die(one, {quarantined(verdict_on(1, one, 3))});
  EXPECT_EQ(log->told(), "1:deadline passed");
}

TEST_F(jobs_deadline_test, a_job_that_is_answered_in_time_is_answered_once) {
  come_up(one);
  submit_within(day);
  come_back({result_of(one, 1, {10})});
  pass(day);
  EXPECT_EQ(log->told(), "1:10");
}

TEST_F(jobs_deadline_test, one_timer_stands_for_all_that_come_after_it) {
  submit_within(day);
  submit_within(2 * day);
  submit_within(day);
  ASSERT_EQ(timers.size(), 1U);
  EXPECT_LE(timers[0], nanoseconds(day));
  submit_within(milliseconds(1000));
  ASSERT_EQ(timers.size(), 2U) << "it comes before";
  EXPECT_LE(timers[1], nanoseconds(std::chrono::seconds(1)));
  pass(milliseconds(1000));
  EXPECT_EQ(log->told(), "4:deadline passed");
  ASSERT_EQ(timers.size(), 3U);
  pass(day);
  EXPECT_EQ(log->told(), "4:deadline passed 1:deadline passed 3:deadline passed");
  pass(day);
  EXPECT_EQ(log->told(), "4:deadline passed 1:deadline passed 3:deadline passed 2:deadline passed");
  EXPECT_EQ(timers.size(), 4U);
}

TEST_F(jobs_deadline_test, no_deadline_asks_for_no_timer) {
  come_up(one);
  submit_within({});
  EXPECT_TRUE(timers.empty());
}

TEST_F(jobs_deadline_test, keeps_nothing_of_those_behind_a_job_that_waits_for_ever) {
  submit_within({});
  const auto users = log.use_count();
  for (int i = 0; i < 10; ++i) {
    submit_within(day);
    pass(day);
  }
  EXPECT_EQ(log.use_count(), users);
  come_up(one);
  EXPECT_EQ(sent(at_one), "1");
}

TEST_F(jobs_deadline_test, makes_room_for_another_job) {
  member.reset();
  intake_ = std::make_shared<job_intake>(1);
  make();
  come_up(one);
  submit_within(day);
  EXPECT_EQ(intake_->submit({encoded(std::int64_t{0}), log, 2}, job_intake::when_full::give_back), 0U);
  pass(day);
  EXPECT_EQ(intake_->submit({encoded(std::int64_t{0}), log, 2}, job_intake::when_full::give_back), 2U);
}

TEST_F(jobs_deadline_test, the_pools_own_deadline_is_for_jobs_that_do_not_say) {
  member.reset();
  intake_ = std::make_shared<job_intake>(0, day);
  make();
  submit_within({});
  submit_within(2 * day);
  pass(day);
  EXPECT_EQ(log->told(), "1:deadline passed");
}

TEST_F(jobs_deadline_test, is_not_among_the_unfinished_of_a_pool_that_closes) {
  come_up(one);
  submit_within(day);
  submit_within({});
  pass(day);
  intake_->abort({});
  look();
  EXPECT_EQ(intake_->unfinished(), (std::vector<std::uint64_t>{2}));
}

TEST_F(jobs_deadline_test, a_deadline_beyond_all_time_is_none_that_passes) {
  submit_within(milliseconds::max());
  pass(day);
  EXPECT_EQ(log->told(), "");
}

/// The worker is reached over a link.
class jobs_deadline_afar : public two_nodes {
 protected:
  jobs_deadline_afar() : two_nodes(square_pool({.workers = 1})) {
    there.by.on_called_off([this](std::uint64_t number) { called_off.push_back(number); });
  }
  const registry stages;
  run_counters counters;
  const std::shared_ptr<job_intake> intake = std::make_shared<job_intake>(0, day);
  const std::shared_ptr<job_log> results = std::make_shared<job_log>();
  std::vector<std::uint64_t> called_off;
  steady::time_point now = steady::now();
  jobs_member member{{of, stages, here.by, [](const report&) {}, log, {}},
                     the_jobs,
                     intake,
                     counters,
                     [] {},
                     [this] { return now; }};
};

TEST_F(jobs_deadline_afar, tells_the_worker_that_nobody_waits_any_more) {
  static_cast<void>(place(there.by, worker));
  reach_worker();
  member.on(consumer_news{worker, true});
  static_cast<void>(intake->submit({encoded(std::int64_t{0}), results, 1}, job_intake::when_full::give_back));
  member.on(order{order_kind::work});
  settle();
  EXPECT_TRUE(called_off.empty());
  now += 2 * day;
  member.on(order{order_kind::work});
  settle();
  EXPECT_EQ(called_off, (std::vector<std::uint64_t>{1}));
  EXPECT_EQ(results->told(), "1:deadline passed");
}

}  // namespace
}  // namespace troupe::runtime::jobs_deadline_test
