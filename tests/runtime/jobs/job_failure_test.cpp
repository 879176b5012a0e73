#include <troupe/runtime/jobs/job_failure.hpp>

#include <gtest/gtest.h>

#include <csignal>
#include <sstream>

namespace troupe::runtime::job_failure_test {
namespace {

job_failure segfault() {
  job_failure why;
  why.cause = "killed by SIGSEGV";
  why.attempts = 2;
  why.max_attempts = 3;
  return why;
}

TEST(job_failure, has_a_name_for_each_kind) {
  constexpr std::pair<job_error, std::string_view> names[] = {
      {job_error::crashed, "crashed"},     {job_error::timed_out, "timed out"},  {job_error::threw, "threw"},
      {job_error::cancelled, "cancelled"}, {job_error::closed, "closed"},        {job_error::full, "full"},
      {job_error::refused, "refused"},     {job_error::unreadable, "unreadable"}};
  for (const auto& [kind, name] : names) EXPECT_EQ(name_of(kind), name);
}

TEST(job_failure, says_its_cause_and_its_attempts) {
  EXPECT_EQ(segfault().message(), "killed by SIGSEGV, attempt 2 of 3");
}

TEST(job_failure, says_nothing_of_attempts_where_they_mean_nothing) {
  auto why = segfault();
  why.max_attempts = 0;
  EXPECT_EQ(why.message(), "killed by SIGSEGV");
}

TEST(job_failure, shows_the_last_three_lines_of_stderr) {
  auto why = segfault();
  why.stderr_tail = {"last words"};
  EXPECT_EQ(why.message(), "killed by SIGSEGV, attempt 2 of 3; stderr: last words");
  why.stderr_tail = {"a", "b", "c", "d"};
  EXPECT_EQ(why.message(), "killed by SIGSEGV, attempt 2 of 3; stderr: b | c | d");
}

TEST(job_failure, is_printed_as_its_message) {
  std::ostringstream out;
  out << segfault();
  EXPECT_EQ(out.str(), segfault().message());
}

TEST(job_failure, knows_from_the_facts_what_kind_it_is) {
  constexpr std::pair<failure, job_error> kinds[] = {{failure::crash, job_error::crashed},
                                                     {failure::timeout, job_error::timed_out},
                                                     {failure::killed, job_error::crashed},
                                                     {failure::thrown, job_error::threw}};
  for (const auto& [what, kind] : kinds) {
    failure_facts facts;
    facts.what = what;
    EXPECT_EQ(failure_of(facts, "", 1, 1).kind, kind) << static_cast<int>(what);
  }
}

TEST(job_failure, knows_from_the_facts_whether_memory_ran_out) {
  failure_facts facts;
  EXPECT_EQ(failure_of(facts, "", 1, 1).oom, spawn::out_of_memory::no);
  facts.machine_out_of_memory = true;
  EXPECT_EQ(failure_of(facts, "", 1, 1).oom, spawn::out_of_memory::suspected);
  facts.over_memory_max = true;
  EXPECT_EQ(failure_of(facts, "", 1, 1).oom, spawn::out_of_memory::over_limit);
}

TEST(job_failure, carries_all_that_is_known) {
  using std::chrono::microseconds;
  failure_facts facts;
  facts.signal = SIGABRT;
  facts.core_dumped = true;
  facts.user = microseconds(11);
  facts.system = microseconds(22);
  facts.peak_rss = 33;
  facts.stderr_tail = {"one", "two"};
  facts.thrown = "std::runtime_error: no";
  auto why = failure_of(facts, "killed by SIGABRT", 3, 4);
  EXPECT_EQ(why.cause, "killed by SIGABRT");
  EXPECT_EQ(why.attempts, 3U);
  EXPECT_EQ(why.max_attempts, 4U);
  EXPECT_EQ(why.signal, SIGABRT);
  EXPECT_FALSE(why.exit_code);
  EXPECT_TRUE(why.core_dumped);
  EXPECT_EQ(why.usage.user, microseconds(11));
  EXPECT_EQ(why.usage.system, microseconds(22));
  EXPECT_EQ(why.usage.peak_rss, 33U);
  EXPECT_EQ(why.stderr_tail, facts.stderr_tail);
  EXPECT_EQ(why.thrown, facts.thrown);
  facts.exit_code = 3;
  EXPECT_EQ(failure_of(facts, "", 1, 1).exit_code, 3);
}

}  // namespace
}  // namespace troupe::runtime::job_failure_test
