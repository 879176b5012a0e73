// Workers that are replaced, added, taken away, frozen or late, while there is work: every item once, nobody charged.
#include "program.hpp"

#include <troupe/base/sanitizers.hpp>

#include <algorithm>
#include <csignal>
#include <set>

namespace troupe::end_to_end::worker_life_test {
namespace {

const std::vector<std::string> run_play{"run", "play.toml"};

/// Each execution leaves its line in the ledger, and goes on to a second stage with workers of its own.
constexpr auto entered = R"(
[stage.enter_and_pass]
from    = { stdin = true }
workers = 2
max_attempts = 1
[stage.exclaim]
from    = "enter_and_pass"
workers = 2
max_attempts = 1
to      = { file = "out.txt", format = "lines" }
)";

std::vector<std::string> numbered(int from, int to, const std::string& after = {}) {
  std::vector<std::string> lines;
  for (int i = from; i < to; ++i) lines.push_back("line " + std::to_string(i) + after);
  return lines;
}

std::string text_of(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) text += line + '\n';
  return text;
}

std::set<pid_t> as_set(const std::vector<pid_t>& ids) {
  return {ids.begin(), ids.end()};
}

/// Each of `count` lines was executed once and written once, and nobody was blamed or started again for a fault.
void expect_each_once(const folder& home, const ended& done, int count) {
  EXPECT_EQ(done.status.code(), 0) << done.err;
  EXPECT_TRUE(same_lines(lines_of(home.read("ledger")), numbered(0, count)));
  EXPECT_TRUE(same_lines(lines_of(home.read("out.txt")), numbered(0, count, "!")));
  EXPECT_EQ(summary(done.err, "redelivered"), 0U) << done.err;
  EXPECT_EQ(summary(done.err, "restarts"), 0U) << done.err;
  EXPECT_EQ(done.err.find("error"), std::string::npos) << done.err;
  EXPECT_EQ(done.err.find("warning"), std::string::npos) << done.err;
}

TEST(workers, that_have_done_their_jobs_are_replaced_and_every_item_runs_once) {
  const folder home;
  home.write("play.toml", entered);
  program running(home,
                  {"run", "play.toml", "--verbose", "--set", "stage.enter_and_pass.max_jobs=200", "--set",
                   "stage.exclaim.max_jobs=300"},
                  {.in = stream::ours});
  std::set<pid_t> seen;
  int fed = 0;
  running.wait_until("each has been replaced, and some of these again", [&] {
    EXPECT_TRUE(running.feed(text_of(numbered(fed, fed + 50))));
    fed += 50;
    seen.merge(as_set(workers_of(running.id())));
    return seen.size() > 10;
  });
  running.close_stdin();
  const auto done = running.wait();
  expect_each_once(home, done, fed);
  EXPECT_NE(done.err.find("is replaced by"), std::string::npos) << done.err;
}

TEST(workers, are_all_replaced_by_a_hangup_under_load) {
  const folder home;
  home.write("play.toml", entered);
  program running(home, run_play, {.in = stream::ours});
  ASSERT_TRUE(running.feed(text_of(numbered(0, 500))));
  running.wait_until("all four are there",
                     [&] { return running.err().find("workers 4/4") != std::string::npos; });
  const auto before = as_set(workers_of(running.id()));
  ASSERT_EQ(before.size(), 4U);
  running.signal(SIGHUP);
  int fed = 500;
  running.wait_until("all are new", [&] {
    if (fed < 20'000) {
      EXPECT_TRUE(running.feed(text_of(numbered(fed, fed + 20))));
      fed += 20;
    }
    const auto now = as_set(workers_of(running.id()));
    return now.size() == 4 && std::ranges::none_of(now, [&](pid_t id) { return before.contains(id); });
  });
  running.close_stdin();
  const auto done = running.wait();
  expect_each_once(home, done, fed);
  EXPECT_NE(done.err.find("workers are replaced one by one"), std::string::npos) << done.err;
}

TEST(workers, are_of_the_new_program_when_there_is_one) {
  const folder home;
  home.write("play.toml", entered);
  const auto path = home.path("player");
  std::filesystem::copy_file(play(), path);
  program running(home, run_play, {.in = stream::ours, .path = path});
  ASSERT_TRUE(running.feed(text_of(numbered(0, 10))));
  running.wait_until("all four are there",
                     [&] { return running.err().find("workers 4/4") != std::string::npos; });
  std::filesystem::copy_file(play(), home.path("new"));
  std::filesystem::rename(home.path("new"), path);
  running.signal(SIGHUP);
  running.wait_until("all run the new file", [&] {
    const auto now = workers_of(running.id());
    return now.size() == 4 && std::ranges::all_of(now, [&](pid_t id) {
             std::error_code gone;
             return std::filesystem::read_symlink("/proc/" + std::to_string(id) + "/exe", gone) == path;
           });
  });
  ASSERT_TRUE(running.feed(text_of(numbered(10, 20))));
  running.close_stdin();
  const auto done = running.wait();
  expect_each_once(home, done, 20);
  EXPECT_NE(done.err.find("of the program that is now at '" + path + "'"), std::string::npos) << done.err;
}

TEST(workers, work_on_when_the_new_program_cannot_be_started) {
  const folder home;
  home.write("play.toml", entered);
  const auto path = home.path("player");
  std::filesystem::copy_file(play(), path);
  program running(home, run_play, {.in = stream::ours, .path = path});
  ASSERT_TRUE(running.feed(text_of(numbered(0, 10))));
  running.wait_until("all four are there",
                     [&] { return running.err().find("workers 4/4") != std::string::npos; });
  home.write("new", "no program at all");
  std::filesystem::permissions(home.path("new"), std::filesystem::perms::owner_all);
  std::filesystem::rename(home.path("new"), path);
  running.signal(SIGHUP);
  running.wait_for_err("that one works on");
  ASSERT_TRUE(running.feed(text_of(numbered(10, 20))));
  running.close_stdin();
  const auto done = running.wait();
  EXPECT_EQ(done.status.code(), 0) << done.err;
  EXPECT_TRUE(same_lines(lines_of(home.read("ledger")), numbered(0, 20)));
  EXPECT_EQ(summary(done.err, "restarts"), 0U) << done.err;
}

constexpr auto growing = R"(
[stage.meet]
from    = { stdin = true }
workers = { min = 1, max = 3, idle = "1s" }
to      = { file = "out.txt", format = "lines" }
)";

TEST(workers, are_added_while_more_waits_than_they_get_done_and_taken_away_when_idle) {
  const folder home;
  home.write("play.toml", growing);
  program running(home, run_play, {.in = stream::ours});
  running.wait_for_err("workers 1/1");
  // Each is done when three are at it.
  ASSERT_TRUE(running.feed("3\n3\n3\n"));
  running.wait_until("they have met", [&] { return lines_of(home.read("out.txt")).size() == 3; });
  running.wait_until("one is left", [&] { return workers_of(running.id()).size() == 1; });
  ASSERT_TRUE(running.feed("1\n"));
  running.close_stdin();
  const auto done = running.wait();
  EXPECT_EQ(done.status.code(), 0) << done.err;
  EXPECT_EQ(lines_of(home.read("out.txt")).size(), 4U);
  EXPECT_EQ(summary(done.err, "redelivered"), 0U) << done.err;
  EXPECT_EQ(summary(done.err, "restarts"), 0U) << done.err;
}

TEST(workers, of_a_stage_that_needs_none_come_with_the_first_item) {
  const folder home;
  home.write("play.toml", growing);
  program running(home, {"run", "play.toml", "--set", "stage.meet.workers.min=0"}, {.in = stream::ours});
  running.wait_for_err("workers 0/0");
  EXPECT_TRUE(workers_of(running.id()).empty());
  ASSERT_TRUE(running.feed("1\n"));
  running.wait_until("it is done", [&] { return !home.read("out.txt").empty(); });
  running.wait_until("all have gone", [&] { return workers_of(running.id()).empty(); });
  ASSERT_TRUE(running.feed("1\n1\n"));
  running.close_stdin();
  const auto done = running.wait();
  EXPECT_EQ(done.status.code(), 0) << done.err;
  EXPECT_EQ(lines_of(home.read("out.txt")).size(), 3U);
}

TEST(workers, between_two_stages_are_added_too) {
  const folder home;
  home.write("play.toml", R"(
[stage.fragile]
from    = { stdin = true }
[stage.meet_said]
from    = "fragile"
workers = { min = 1, max = 2, idle = "1h" }
to      = { file = "out.txt", format = "lines" }
)");
  program running(home, run_play, {.in = stream::ours});
  ASSERT_TRUE(running.feed("1\n"));
  running.wait_until("it is done", [&] { return !home.read("out.txt").empty(); });
  // They wait behind the first of them, at the only one.
  ASSERT_TRUE(running.feed("2\n2\n2\n"));
  running.wait_for_err("workers 3/3");
  ASSERT_TRUE(running.feed("2\n2\n2\n2\n"));
  running.close_stdin();
  const auto done = running.wait();
  EXPECT_EQ(done.status.code(), 0) << done.err;
  EXPECT_EQ(lines_of(home.read("out.txt")).size(), 8U);
  EXPECT_EQ(summary(done.err, "redelivered"), 0U) << done.err;
}

TEST(a_worker, that_is_frozen_while_nothing_runs_is_found_and_replaced) {
  const folder home;
  home.write("play.toml", R"(
[stage.fragile]
from    = { stdin = true }
max_attempts = 1
heartbeat_timeout = "1s"
to      = { file = "out.txt", format = "lines" }
)");
  program running(home, run_play, {.in = stream::ours});
  ASSERT_TRUE(running.feed("one\n"));
  running.wait_until("it works", [&] { return !home.read("out.txt").empty(); });
  const stranger frozen(workers_of(running.id()).front());
  ASSERT_TRUE(frozen.kill(SIGSTOP));
  running.wait_for_err("frozen: it gave no sign of life for 1s (heartbeat_timeout) and was killed");
  EXPECT_TRUE(frozen.ends_within(watchdog));
  ASSERT_TRUE(running.feed("two\n"));
  running.close_stdin();
  const auto done = running.wait();
  EXPECT_EQ(done.status.code(), 0) << done.err;
  EXPECT_EQ(home.read("out.txt"), "one\ntwo\n");
}

TEST(a_worker, that_is_frozen_in_an_item_costs_that_item_an_attempt) {
  const folder home;
  home.write("play.toml", R"(
[stage.fragile]
from    = { stdin = true }
max_attempts = 1
heartbeat_timeout = "1s"
to      = { file = "out.txt", format = "lines" }
)");
  program running(home, run_play, {.in = stream::ours});
  ASSERT_TRUE(running.feed("tally stopped stop\nafter\n"));
  running.close_stdin();
  const auto done = running.wait();
  EXPECT_EQ(done.status.code(), 4) << done.err;
  EXPECT_EQ(home.read("out.txt"), "after\n");
  EXPECT_EQ(home.read("stopped"), "x");
  for (const auto& name : home.list("quarantine"))
    if (name.ends_with(".json")) {
      EXPECT_NE(home.read("quarantine/" + name).find("\"cause\":\"frozen: "), std::string::npos);
    }
}

TEST(a_worker, that_computes_longer_than_that_is_not_frozen) {
  const folder home;
  home.write("in.txt", "nap 3000\n");
  home.write("play.toml", R"(
[stage.machine]
from    = { files = "in.txt" }
heartbeat_timeout = "1s"
to      = { file = "out.txt", format = "lines" }
)");
  const auto done = run(home, run_play);
  EXPECT_EQ(done.status.code(), 0) << done.err;
  EXPECT_EQ(summary(done.err, "restarts"), 0U) << done.err;
}

TEST(workers, are_not_to_blame_for_a_pause_of_the_director) {
  const folder home;
  home.write("play.toml", entered);
  program running(home, {"run", "play.toml", "--set", "stage.exclaim.heartbeat_timeout=1s"},
                  {.in = stream::ours});
  ASSERT_TRUE(running.feed(text_of(numbered(0, 10))));
  running.wait_until("all four are there",
                     [&] { return running.err().find("workers 4/4") != std::string::npos; });
  // All of them, as when the machine sleeps, for longer than the patience.
  auto all = workers_of(running.id());
  for (const auto id : all) stranger(id).kill(SIGSTOP);
  running.signal(SIGSTOP);
  EXPECT_FALSE(running.ends_within(milliseconds(1500)));
  running.signal(SIGCONT);
  for (const auto id : all) stranger(id).kill(SIGCONT);
  ASSERT_TRUE(running.feed(text_of(numbered(10, 20))));
  running.close_stdin();
  expect_each_once(home, running.wait(), 20);
}

TEST(a_worker, that_is_not_ready_in_time_is_killed_and_has_failed_to_start) {
  const folder home;
  home.write("in.txt", "one\n");
  home.write("play.toml", R"(
[stage.late]
from    = { files = "in.txt" }
start_timeout = "1s"
to      = { file = "out.txt", format = "lines" }
)");
  const auto done = run(home, run_play);
  EXPECT_EQ(done.status.code(), 0) << done.err;
  EXPECT_EQ(home.read("out.txt"), "one\n");
  EXPECT_EQ(summary(done.err, "restarts"), 1U) << done.err;
  EXPECT_NE(done.err.find("worker late.0 was not ready within 1s (start_timeout) and was killed"),
            std::string::npos)
      << done.err;
}

TEST(a_worker, that_is_told_to_end_gets_the_signal_of_the_file_first) {
  if (thread_sanitizer)
    GTEST_SKIP() << "it delays signals until a thread blocks, and none does before the end";
  const folder home;
  home.write("in.txt", "one\n");
  home.write("play.toml", R"(
[stage.noting]
from    = { files = "in.txt" }
stop    = { signal = "SIGUSR1" }
to      = { file = "out.txt", format = "lines" }
)");
  const auto done = run(home, run_play);
  EXPECT_EQ(done.status.code(), 0) << done.err;
  EXPECT_EQ(home.read("noted"), "x");
}

}  // namespace
}  // namespace troupe::end_to_end::worker_life_test
