// Workers of a library pool that come, go, are limited, frozen and equipped; jobs that run out of time; pools that end full.
#include "program.hpp"

#include <troupe/base/sanitizers.hpp>

#include <string>
#include <vector>

namespace troupe::end_to_end::pool_life_test {
namespace {

constexpr const char* no_faults = "redelivered 0 given up 0 restarts 0";

class pool_life : public testing::Test {
 protected:
  program start(const std::string& what) { return {home, {what}, {.path = POOL_LIFE_APP}}; }
  ended run_app(const std::string& what) { return start(what).wait(); }
  /// Its lines, when it ended well.
  std::vector<std::string> lines(const std::string& what) {
    const auto done = run_app(what);
    EXPECT_EQ(done.status.code(), 0) << done.out << done.err;
    said = done.err;
    return lines_of(done.out);
  }
  using texts = std::vector<std::string>;

  const folder home;
  std::string said;
};

TEST_F(pool_life, has_as_many_workers_as_there_is_work_for_and_loses_nothing_by_that) {
  EXPECT_EQ(lines("scale"), (texts{"wanted 1", "grown to 4", "good 20, shrunk", "ok | attempt 1", no_faults}))
      << said;
}

TEST_F(pool_life, replaces_workers_that_have_done_their_jobs_and_charges_nobody) {
  EXPECT_EQ(lines("recycle"), (texts{"wrong 0", no_faults})) << said;
}

TEST_F(pool_life, replaces_all_workers_when_told_while_they_work) {
  EXPECT_EQ(lines("replace"), (texts{"wrong 0", no_faults})) << said;
}

TEST_F(pool_life, tries_again_what_threw_and_not_what_crashed_when_told_so) {
  const auto all = lines("retry-errors");
  ASSERT_EQ(all.size(), 4U) << said;
  EXPECT_EQ(all[0], "throw | attempt 2");
  EXPECT_EQ(all[1],
            "threw | threw std::runtime_error: no, attempt 2 of 2 | attempts 2 | running 0 | over memory 0");
  EXPECT_EQ(all[2], "crashed | killed by SIGSEGV, attempt 1 of 2 | attempts 1 | running 0 | over memory 0");
}

TEST_F(pool_life, tries_again_what_crashed_and_not_what_threw_unless_told_otherwise) {
  const auto all = lines("retry-crashes");
  ASSERT_EQ(all.size(), 4U) << said;
  EXPECT_EQ(all[0],
            "threw | threw std::runtime_error: no, attempt 1 of 2 | attempts 1 | running 0 | over memory 0");
  EXPECT_EQ(all[1], "segv | attempt 2");
  EXPECT_EQ(all[2], "crashed | killed by SIGSEGV, attempt 2 of 2 | attempts 2 | running 0 | over memory 0");
}

TEST_F(pool_life, ends_a_job_that_takes_more_memory_than_it_may_and_goes_on) {
  if (sanitized) GTEST_SKIP() << "a sanitizer needs more memory than that";
  const auto all = lines("memory");
  ASSERT_EQ(all.size(), 3U) << said;
  EXPECT_TRUE(all[0].starts_with("crashed | ") && all[0].ends_with("attempts 2 | running 0 | over memory 1"))
      << all[0];
  EXPECT_EQ(all[1], "ok | attempt 1");
}

TEST_F(pool_life, lets_a_job_have_no_more_addresses_than_it_may) {
  if (sanitized) GTEST_SKIP() << "a sanitizer needs the address space";
  const auto all = lines("addresses");
  ASSERT_EQ(all.size(), 3U) << said;
  EXPECT_TRUE(all[0].starts_with("threw | threw std::bad_alloc")) << all[0];
  EXPECT_EQ(all[1], "ok | attempt 1");
}

TEST_F(pool_life, kills_a_frozen_worker_and_tries_its_job_again) {
  EXPECT_EQ(lines("freeze"), (texts{"freeze | attempt 2", "redelivered 1 given up 0 restarts 1"})) << said;
}

TEST_F(pool_life, gives_workers_their_environment_and_their_folder) {
  std::filesystem::create_directory(home.path("work"));
  EXPECT_EQ(lines("equip"), (texts{"hello | attempt 1", "here | attempt 1", "work | attempt 1", no_faults}))
      << said;
}

TEST_F(pool_life, answers_every_job_by_its_deadline_whatever_its_workers_do) {
  const auto all = lines("late");
  ASSERT_EQ(all.size(), 7U) << said;
  const auto waited = [](const char* time) {
    return "deadline passed | its deadline of " + std::string(time) +
           " passed while it waited | attempts 0 | running 0 | over memory 0";
  };
  EXPECT_EQ(all[0], waited("100ms"));
  EXPECT_EQ(all[1],
            "deadline passed | its deadline of 2s passed while it ran, attempt 1 of 2 | attempts 1 | "
            "running 1 | over memory 0");
  EXPECT_EQ(all[2], waited("50ms"));
  EXPECT_EQ(all[3], waited("50ms"));
  EXPECT_EQ(all[4], "deadline passed");
  EXPECT_EQ(all[5], "ok | attempt 1") << "the other worker goes on";
  EXPECT_EQ(all[6], "close: well") << "the one that hangs is dropped, and its job has been answered";
}

TEST_F(pool_life, tells_a_running_job_that_its_deadline_has_passed_and_its_worker_goes_on) {
  const auto all = lines("told");
  ASSERT_EQ(all.size(), 3U) << said;
  EXPECT_TRUE(all[0].starts_with("deadline passed | its deadline of 2s passed while it ran, attempt 1"))
      << all[0];
  EXPECT_EQ(all[1], "ok | attempt 1");
  EXPECT_EQ(all[2], "close: well");
}

TEST_F(pool_life, ends_in_time_while_everything_is_full_and_names_what_was_not_done) {
  const auto all = lines("full");
  ASSERT_EQ(all.size(), 5U) << said;
  EXPECT_EQ(all[0], "room 0");
  EXPECT_TRUE(all[1].starts_with("closed | the pool takes no more jobs")) << all[1];
  EXPECT_EQ(all[2],
            "close: close the pool of 'act': 8 jobs were not finished: 1, 2, 3, 4, 5, 6, 7, 8: the deadline "
            "passed");
  EXPECT_EQ(all[3], "again: " + all[2].substr(7));
  EXPECT_EQ(all[4], "closed 8");
}

TEST_F(pool_life, is_closed_twice_with_the_same_end) {
  const auto all = lines("twice");
  ASSERT_EQ(all.size(), 4U) << said;
  EXPECT_EQ(all[0], "close: well");
  EXPECT_EQ(all[1], "ok | attempt 1");
  EXPECT_EQ(all[2], "again: well");
  EXPECT_TRUE(all[3].starts_with("closed | the pool takes no more jobs: it is closed")) << all[3];
}

TEST_F(pool_life, lives_on_when_one_worker_more_cannot_be_started_and_has_it_later) {
  std::filesystem::create_directory(home.path("work"));
  auto running = start("folder");
  running.wait_for_err("could not be started");
  home.write("seen", "");
  const auto done = running.wait();
  EXPECT_EQ(done.status.code(), 0) << done.err;
  const auto all = lines_of(done.out);
  ASSERT_EQ(all.size(), 4U) << done.out << done.err;
  EXPECT_EQ(all[0], "work | attempt 1");
  EXPECT_EQ(all[1], "both are there");
  EXPECT_EQ(all[2], "work | attempt 1");
  EXPECT_NE(done.err.find("the others of its stage work on, and it is tried again"), std::string::npos)
      << done.err;
}

TEST_F(pool_life, names_an_option_that_is_out_of_its_range_when_it_is_opened) {
  const auto done = run_app("nice");
  EXPECT_EQ(done.status.code(), 1);
  EXPECT_NE(done.err.find("error: open a pool of 'act': worker.nice is 20; -20 to 19"), std::string::npos)
      << done.err;
}

TEST_F(pool_life, is_opened_with_no_limit_that_the_kernel_does_not_enforce) {
  const auto done = run_app("processes");
  if (::geteuid() != 0) GTEST_SKIP() << "the kernel holds us by it";
  EXPECT_EQ(done.status.code(), 1) << done.err;
  EXPECT_NE(done.err.find("limits.processes: 1000 processes: RLIMIT_NPROC does not hold for root"),
            std::string::npos)
      << done.err;
}

}  // namespace
}  // namespace troupe::end_to_end::pool_life_test
