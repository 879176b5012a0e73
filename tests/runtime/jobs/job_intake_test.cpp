#include "job_log.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

namespace troupe::runtime::job_intake_test {
namespace {

using when_full = job_intake::when_full;

class job_intake_test : public ::testing::Test {
 protected:
  [[nodiscard]] new_job job(std::uint64_t tag) const {
    return {encoded_number(static_cast<std::int64_t>(tag)), log, tag};
  }
  [[nodiscard]] std::vector<new_job> jobs(std::uint64_t first, std::uint64_t count) const {
    std::vector<new_job> made;
    for (auto tag = first; tag < first + count; ++tag) made.push_back(job(tag));
    return made;
  }
  std::uint64_t submit(job_intake& to, std::uint64_t tag, when_full what = when_full::give_back) const {
    return to.submit(job(tag), what);
  }
  /// On a thread of its own, which may have to wait for room.
  [[nodiscard]] std::future<std::uint64_t> submit_elsewhere(job_intake& to, std::uint64_t tag) const {
    return std::async(std::launch::async,
                      [&to, one = job(tag)]() mutable { return to.submit(std::move(one), when_full::wait); });
  }
  /// What the other thread got. When the watchdog bites, nobody waits for ever.
  static std::uint64_t id_of(std::future<std::uint64_t>& from, job_intake& at) {
    if (from.wait_for(job_watchdog) != std::future_status::ready) {
      ADD_FAILURE() << "it still waits for room";
      at.abort({});
    }
    return from.get();
  }
  static job_failure failure(std::string cause) {
    job_failure why;
    why.kind = job_error::closed;
    why.cause = std::move(cause);
    return why;
  }

  const std::shared_ptr<job_log> log = std::make_shared<job_log>();
};

TEST_F(job_intake_test, numbers_jobs_from_1_in_the_order_of_submission) {
  job_intake intake(0);
  EXPECT_EQ(submit(intake, 70), 1U);
  EXPECT_EQ(submit(intake, 71), 2U);
  EXPECT_EQ(intake.submit(jobs(72, 3)), 3U);
  EXPECT_EQ(submit(intake, 75), 6U);
}

TEST_F(job_intake_test, hands_over_what_has_come_since_the_last_time) {
  job_intake intake(0);
  static_cast<void>(submit(intake, 70));
  EXPECT_EQ(intake.take().jobs.size(), 1U);
  static_cast<void>(submit(intake, 71));
  static_cast<void>(intake.submit(jobs(72, 2)));
  const auto work = intake.take();
  EXPECT_EQ(work.first_id, 2U);
  ASSERT_EQ(work.jobs.size(), 3U);
  for (std::uint64_t at = 0; at < 3; ++at) {
    EXPECT_EQ(work.jobs[at].tag, 71 + at);
    EXPECT_EQ(decode<std::int64_t>(work.jobs[at].input), static_cast<std::int64_t>(71 + at));
  }
  EXPECT_TRUE(intake.take().jobs.empty());
}

TEST_F(job_intake_test, takes_any_number_when_no_limit_is_set) {
  job_intake intake(0);
  for (std::uint64_t tag = 1; tag <= 1000; ++tag) ASSERT_EQ(submit(intake, tag), tag);
}

TEST_F(job_intake_test, gives_a_job_back_as_it_was_when_it_is_full) {
  job_intake intake(2);
  static_cast<void>(intake.submit(jobs(1, 2)));
  auto third = job(3);
  EXPECT_EQ(intake.submit(std::move(third), when_full::give_back), 0U);
  EXPECT_EQ(decode<std::int64_t>(third.input), 3);
  EXPECT_EQ(third.to, log);
  EXPECT_EQ(third.tag, 3U);
  EXPECT_EQ(log->told(), "");
}

TEST_F(job_intake_test, refuses_a_job_when_it_is_full_and_says_how_many_wait) {
  job_intake intake(2);
  static_cast<void>(intake.submit(jobs(1, 2)));
  EXPECT_EQ(submit(intake, 3, when_full::refuse), 0U);
  EXPECT_EQ(log->told(), "3:full");
  EXPECT_NE(log->last_failure().cause.find("2 jobs wait"), std::string::npos) << log->last_failure().cause;
}

TEST_F(job_intake_test, has_room_again_when_a_job_is_answered_and_not_when_it_is_taken) {
  job_intake intake(2);
  static_cast<void>(intake.submit(jobs(1, 2)));
  static_cast<void>(intake.take());
  EXPECT_EQ(submit(intake, 3), 0U);
  intake.answered(1);
  EXPECT_EQ(submit(intake, 3), 3U);
  EXPECT_EQ(submit(intake, 4), 0U);
}

TEST_F(job_intake_test, lets_a_thread_wait_until_a_job_is_answered) {
  job_intake intake(1);
  static_cast<void>(submit(intake, 1));
  auto second = submit_elsewhere(intake, 2);
  intake.answered(1);
  EXPECT_EQ(id_of(second, intake), 2U);
  EXPECT_EQ(log->told(), "");
}

TEST_F(job_intake_test, closed_it_refuses_whoever_comes_and_whoever_waits) {
  job_intake intake(1);
  static_cast<void>(submit(intake, 1));
  auto second = submit_elsewhere(intake, 2);
  EXPECT_FALSE(intake.take().closed);
  intake.close();
  EXPECT_EQ(id_of(second, intake), 0U);
  EXPECT_EQ(submit(intake, 3, when_full::give_back), 0U);
  EXPECT_EQ(log->told(), "2:closed 3:closed");
  const auto work = intake.take();
  EXPECT_TRUE(work.closed);
  EXPECT_FALSE(work.aborted);
  EXPECT_TRUE(work.jobs.empty());
}

TEST_F(job_intake_test, closed_it_still_hands_over_what_it_had_taken) {
  job_intake intake(0);
  static_cast<void>(submit(intake, 1));
  intake.close();
  const auto work = intake.take();
  EXPECT_EQ(work.jobs.size(), 1U);
  EXPECT_TRUE(work.closed);
}

TEST_F(job_intake_test, aborted_it_gives_its_first_reason_to_whoever_comes_and_whoever_waits) {
  job_intake intake(1);
  static_cast<void>(submit(intake, 1));
  auto second = submit_elsewhere(intake, 2);
  intake.abort(failure("the sky fell"));
  intake.abort(failure("somebody cleaned up"));
  EXPECT_EQ(id_of(second, intake), 0U);
  EXPECT_EQ(log->last_failure().cause, "the sky fell");
  EXPECT_EQ(intake.submit(jobs(3, 2)), 0U);
  EXPECT_EQ(log->told(), "2:closed 3:closed 4:closed");
  const auto work = intake.take();
  ASSERT_TRUE(work.aborted);
  EXPECT_EQ(work.aborted->cause, "the sky fell");
  EXPECT_EQ(work.jobs.size(), 1U) << "the member answers those that were taken";
}

TEST_F(job_intake_test, remembers_what_an_abort_has_answered) {
  job_intake intake(0);
  intake.note_unfinished(3);
  intake.note_unfinished(5);
  EXPECT_EQ(intake.unfinished(), (std::vector<std::uint64_t>{3, 5}));
}

TEST_F(job_intake_test, hands_over_once_what_is_withdrawn) {
  job_intake intake(0);
  static_cast<void>(intake.submit(jobs(1, 3)));
  intake.withdraw(2);
  intake.withdraw(3);
  EXPECT_EQ(intake.take().withdrawn, (std::vector<std::uint64_t>{2, 3}));
  EXPECT_TRUE(intake.take().withdrawn.empty());
}

TEST_F(job_intake_test, wakes_the_member_once_until_it_has_come) {
  job_intake intake(0);
  int woken = 0;
  intake.on_work([&] { ++woken; });
  static_cast<void>(submit(intake, 1));
  static_cast<void>(submit(intake, 2));
  intake.withdraw(1);
  EXPECT_EQ(woken, 1);
  static_cast<void>(intake.take());
  EXPECT_EQ(woken, 1);
  static_cast<void>(submit(intake, 3));
  EXPECT_EQ(woken, 2);
}

TEST_F(job_intake_test, wakes_the_member_for_whatever_it_has_to_know) {
  job_intake intake(0);
  int woken = 0;
  intake.on_work([&] { ++woken; });
  const std::vector<std::function<void()>> news = {
      [&] { static_cast<void>(submit(intake, 1)); }, [&] { static_cast<void>(intake.submit(jobs(2, 2))); },
      [&] { intake.withdraw(1); }, [&] { intake.close(); }, [&] { intake.abort({}); }};
  for (std::size_t at = 0; at < news.size(); ++at) {
    news[at]();
    EXPECT_EQ(woken, static_cast<int>(at) + 1);
    static_cast<void>(intake.take());
  }
}

TEST_F(job_intake_test, calls_nobody_when_the_member_has_gone) {
  job_intake intake(0);
  int woken = 0;
  intake.on_work([&] { ++woken; });
  intake.on_work({});
  static_cast<void>(submit(intake, 1));
  EXPECT_EQ(woken, 0);
}

TEST_F(job_intake_test, takes_a_batch_that_is_larger_than_its_limit_when_nothing_is_unanswered) {
  job_intake intake(2);
  EXPECT_EQ(intake.submit(jobs(1, 5)), 1U);
  EXPECT_EQ(intake.take().jobs.size(), 5U);
  EXPECT_EQ(submit(intake, 6), 0U);
}

TEST_F(job_intake_test, a_batch_waits_for_room_for_all_of_it) {
  job_intake intake(3);
  static_cast<void>(intake.submit(jobs(1, 3)));
  auto batch = std::async(std::launch::async, [&] { return intake.submit(jobs(4, 2)).value_or(0); });
  intake.answered(1);
  EXPECT_EQ(intake.take().jobs.size(), 3U) << "there is room for one of two";
  intake.answered(1);
  EXPECT_EQ(id_of(batch, intake), 4U);
  EXPECT_EQ(intake.take().jobs.size(), 2U);
}

TEST_F(job_intake_test, waits_for_room_no_longer_than_the_deadline_of_the_job) {
  job_intake intake(1, milliseconds(1));
  static_cast<void>(submit(intake, 1));
  EXPECT_EQ(submit(intake, 2, when_full::wait), 0U);
  ASSERT_EQ(log->told(), "2:deadline passed");
  EXPECT_EQ(log->last_failure().message(), "its deadline of 1ms passed while it waited");
  EXPECT_EQ(intake.submit(jobs(3, 2)), std::nullopt);
  EXPECT_EQ(log->told(), "2:deadline passed 3:deadline passed 4:deadline passed");
  EXPECT_EQ(intake.take().jobs.size(), 1U);
}

TEST_F(job_intake_test, sets_the_deadline_of_a_job_by_what_it_asks_for_and_else_by_its_own) {
  job_intake intake(0, std::chrono::hours(1));
  auto asks = job(1);
  asks.within = std::chrono::hours(5);
  static_cast<void>(intake.submit(std::move(asks), when_full::wait));
  static_cast<void>(intake.submit(jobs(2, 1)));
  const auto work = intake.take();
  ASSERT_EQ(work.jobs.size(), 2U);
  EXPECT_GT(work.jobs[0].until, work.jobs[1].until + std::chrono::hours(3));
  job_intake without(0);
  static_cast<void>(without.submit(jobs(3, 1)));
  EXPECT_EQ(without.take().jobs[0].until, steady::time_point::max());
}

TEST_F(job_intake_test, never_has_more_unanswered_than_its_limit_whoever_submits) {
  constexpr std::size_t limit = 3, threads = 4, each = 200;
  job_intake intake(limit);
  std::mutex mutex;
  std::condition_variable changed;
  bool woken = false;
  intake.on_work([&] {
    const std::lock_guard lock(mutex);
    woken = true;
    changed.notify_all();
  });
  std::atomic<std::size_t> refused = 0;
  std::vector<std::thread> crowd;
  for (std::size_t i = 0; i < threads; ++i)
    crowd.emplace_back([&] {
      for (std::size_t n = 0; n < each; ++n)
        if (intake.submit(job(0), when_full::wait) == 0) ++refused;
    });
  std::uint64_t next = 1;
  while (next <= threads * each) {
    std::unique_lock lock(mutex);
    if (!changed.wait_for(lock, job_watchdog, [&] { return std::exchange(woken, false); })) break;
    lock.unlock();
    const auto work = intake.take();
    if (work.jobs.empty()) continue;
    EXPECT_EQ(work.first_id, next);
    EXPECT_LE(work.jobs.size(), limit);
    next += work.jobs.size();
    intake.answered(work.jobs.size());
  }
  if (next <= threads * each) intake.abort({});
  for (auto& one : crowd) one.join();
  EXPECT_EQ(next, threads * each + 1) << "the member was not told of work";
  EXPECT_EQ(refused, 0U);
}

}  // namespace
}  // namespace troupe::runtime::job_intake_test
