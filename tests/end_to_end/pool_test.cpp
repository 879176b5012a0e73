// A pool of worker processes in a plain main(): pool_app does what its first word says.
#include "orphanage.hpp"
#include "program.hpp"

#include <algorithm>
#include <csignal>
#include <string>
#include <vector>

namespace troupe::end_to_end::pool_test {
namespace {

class pool : public testing::Test {
 protected:
  ended run_app(std::vector<std::string> words, const std::string& input = {},
                std::vector<std::pair<std::string, std::string>> env = {}) {
    auto started = start(std::move(words), std::move(env));
    EXPECT_TRUE(input.empty() || started.feed(input));
    started.close_stdin();
    return started.wait();
  }
  program start(std::vector<std::string> words, std::vector<std::pair<std::string, std::string>> env = {}) {
    return {home, std::move(words), {.in = stream::ours, .env = std::move(env), .path = POOL_APP}};
  }
  static std::string line_of(const ended& done, const std::string& beginning) {
    for (const auto& line : lines_of(done.out))
      if (line.starts_with(beginning)) return line;
    return "no line begins with '" + beginning + "' in:\n" + done.out + done.err;
  }

  const folder home;
};

constexpr const char* mixed =
    "ok 10 -\nsegv 11 -\nok 12 -\nthrow 13 fun\nexit 7 -\nhang 15 -\nonce 16 -\nok 17 -\nexit 0 -\nok 19 -\n";

TEST_F(pool, answers_each_job_with_its_result_or_with_what_went_wrong) {
  const auto done = run_app({"faults"}, mixed);
  ASSERT_EQ(done.status.code(), 0) << done.err;
  EXPECT_EQ(lines_of(done.out).size(), 10U) << done.out;
  EXPECT_EQ(line_of(done, "0:"), "0: ok 20 attempt 1 id 1");
  EXPECT_EQ(line_of(done, "6:"), "6: once 32 attempt 2 id 7");
  EXPECT_EQ(line_of(done, "9:"), "9: ok 38 attempt 1 id 10");
  EXPECT_EQ(line_of(done, "1:"),
            "1: crashed | killed by SIGSEGV | attempts 2 of 2 | exit -1 | signal 11 | thrown  | stderr last "
            "words of segv 11");
  EXPECT_EQ(
      line_of(done, "3:"),
      "3: threw | threw std::invalid_argument: no such thing as fun | attempts 1 of 2 | exit -1 | signal -1 "
      "| thrown std::invalid_argument: no such thing as fun | stderr ");
  EXPECT_EQ(line_of(done, "4:"),
            "4: crashed | exited with code 7 | attempts 2 of 2 | exit 7 | signal -1 | thrown  | stderr ");
  EXPECT_EQ(
      line_of(done, "5:"),
      "5: timed out | ran longer than its timeout of 300ms and was killed | attempts 2 of 2 | exit -1 | "
      "signal 9 | thrown  | stderr ");
  EXPECT_EQ(line_of(done, "8:"),
            "8: crashed | exited with code 0 | attempts 2 of 2 | exit 0 | signal -1 | thrown  | stderr ");
  EXPECT_EQ(home.list("quarantine").size(), 10U) << "five jobs, each with its bytes and its evidence";
}

// 120 to 122 are what workers end with that did not do their work.
TEST_F(pool, outlives_jobs_that_exit_with_a_status_that_means_something_of_a_worker) {
  const auto done = run_app({"faults"}, "exit 120 -\nexit 121 -\nexit 122 -\nok 1 -\n");
  ASSERT_EQ(done.status.code(), 0) << done.err;
  for (const std::string index : {"0", "1", "2"}) {
    const auto line = line_of(done, index + ":");
    EXPECT_NE(line.find("| attempts 2 of 2 | exit 12" + index + " |"), std::string::npos) << line;
  }
  EXPECT_EQ(line_of(done, "3:").rfind("3: ok 2 ", 0), 0U) << done.out;
}

TEST_F(pool, gives_results_in_the_order_of_their_jobs_when_asked_to) {
  const auto done = run_app({"ordered"}, mixed);
  ASSERT_EQ(done.status.code(), 0) << done.err;
  const auto lines = lines_of(done.out);
  ASSERT_EQ(lines.size(), 10U) << done.out;
  for (std::size_t i = 0; i < lines.size(); ++i)
    EXPECT_TRUE(lines[i].starts_with(std::to_string(i) + ": ")) << lines[i];
}

TEST_F(pool, loses_and_doubles_nothing_while_its_workers_are_killed) {
  auto running = start({"storm", "60000"});
  running.wait_for_lines(1);
  for (int kills = 0; kills < 25 && !running.ends_within(milliseconds(20)); ++kills) {
    const auto workers = workers_of(running.id());
    if (!workers.empty()) stranger(workers[static_cast<std::size_t>(kills) % workers.size()]).kill(SIGKILL);
  }
  const auto done = running.wait();
  EXPECT_EQ(done.status.code(), 0) << done.err;
  EXPECT_EQ(line_of(done, "seen"), "seen 60000 failed 0 sum 3599940000 restarts some");
}

TEST_F(pool, tells_a_running_job_that_it_is_cancelled_and_never_starts_one_that_waits) {
  const auto done = run_app({"cancel"});
  EXPECT_EQ(done.status.code(), 0) << done.err;
  const auto lines = lines_of(done.out);
  ASSERT_EQ(lines.size(), 6U) << done.out << done.err;
  EXPECT_EQ(lines[0], "110") << "cancelling twice is too late";
  EXPECT_TRUE(lines[1].starts_with("cancelled |")) << lines[1];
  EXPECT_TRUE(lines[2].starts_with("cancelled |")) << lines[2];
  EXPECT_TRUE(same_lines(lines_of(home.read("noted")), {"2", "4", "5"}));
  EXPECT_EQ(home.read("told"), "1\n");
}

TEST_F(pool, is_awaited_by_actors_and_blocks_none) {
  const auto done = run_app({"actors"});
  EXPECT_EQ(done.status.code(), 0) << done.err;
  EXPECT_EQ(done.out, "11142\n") << done.err;
}

TEST_F(pool, takes_functions_that_give_none_many_or_nothing) {
  const auto done = run_app({"kinds"});
  EXPECT_EQ(done.status.code(), 0) << done.err;
  const auto lines = lines_of(done.out);
  ASSERT_EQ(lines.size(), 5U) << done.out << done.err;
  EXPECT_EQ(lines[0], "4-1");
  EXPECT_EQ(lines[1], "a b c 0");
  EXPECT_EQ(lines[2], "1");
  EXPECT_TRUE(lines[3].starts_with("threw | threw std::runtime_error: below 0 |")) << lines[3];
  EXPECT_TRUE(
      lines[4].starts_with("refused | the input has 121 MiB when encoded; at most 120 MiB can travel |"))
      << lines[4];
}

TEST_F(pool, has_no_more_unanswered_jobs_than_its_queue) {
  const auto done = run_app({"crowd"});
  EXPECT_EQ(done.status.code(), 0) << done.err;
  EXPECT_EQ(done.out, "10\n10\n46\n") << done.err;
}

TEST_F(pool, names_the_jobs_that_were_not_done_when_it_had_to_close) {
  const auto done = run_app({"close"});
  EXPECT_EQ(done.status.code(), 0) << done.err;
  const auto lines = lines_of(done.out);
  ASSERT_EQ(lines.size(), 7U) << done.out << done.err;
  EXPECT_TRUE(lines[0].starts_with("close the pool of 'perform': ")) << lines[0];
  EXPECT_NE(lines[0].find("jobs were not finished: 1, 2, "), std::string::npos) << lines[0];
  EXPECT_TRUE(lines[1].starts_with("closed | the pool")) << lines[1];
  for (std::size_t i = 2; i < 6; ++i)
    EXPECT_TRUE(lines[i].starts_with("closed | the pool was closed before the job was done |")) << lines[i];
}

TEST_F(pool, answers_what_is_left_when_it_is_destroyed) {
  const auto done = run_app({"drop"});
  EXPECT_EQ(done.status.code(), 0) << done.err;
  const auto lines = lines_of(done.out);
  ASSERT_EQ(lines.size(), 5U) << done.out << done.err;
  for (const auto& line : lines)
    EXPECT_TRUE(line.starts_with("closed | the pool was closed before the job was done |")) << line;
}

TEST_F(pool, is_refused_with_a_sentence_where_main_never_serves) {
  const auto done = run_app({"cancel"}, {}, {{"POOL_SKIP_SERVE", "1"}});
  EXPECT_EQ(done.status.code(), 1);
  EXPECT_NE(done.err.find("error: open a pool of 'perform': stage 'perform': app.open() in a worker"),
            std::string::npos)
      << done.err;
  EXPECT_NE(done.err.find("main() must reach `if (app.is_worker()) return app.serve();`"), std::string::npos);
}

TEST_F(pool, says_that_no_worker_becomes_ready) {
  const auto done = run_app({"cancel"}, {}, {{"POOL_SLOW_START", "1"}});
  EXPECT_EQ(done.status.code(), 1);
  EXPECT_NE(done.err.find("open a pool of 'perform': no worker was ready after 300ms"), std::string::npos)
      << done.err;
}

TEST_F(pool, leaves_no_worker_behind_when_its_program_is_killed) {
  const orphanage orphans;
  {
    auto running = start({"close"});
    running.wait_until("two workers hang", [&] { return lines_of(home.read("hanging")).size() == 2; });
    running.signal(SIGKILL);
    static_cast<void>(running.wait());
  }
  EXPECT_GE(orphanage::bury_all(), 2U);
}

}  // namespace
}  // namespace troupe::end_to_end::pool_test
