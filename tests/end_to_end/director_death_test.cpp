// The director killed at any moment: its workers end with it, and the next start works.
#include "orphanage.hpp"
#include "program.hpp"

#include <csignal>
#include <random>

namespace troupe::end_to_end::director_death_test {
namespace {

constexpr auto busy_file = R"(
[stage.grind_line]
from    = { stdin = true }
workers = 3
[stage.exclaim]
from    = "grind_line"
workers = 2
to      = { file = "-", format = "lines" }
)";

const std::vector<std::string> run_play{"run", "play.toml"};

/// What lies where the sockets are.
std::vector<std::string> runs_in(const folder& home) {
  auto names = home.list("troupe");
  std::erase(names, "lock");
  return names;
}

void expect_that_the_next_start_works_and_sweeps(const folder& home) {
  program next(home, run_play, {.in = stream::ours});
  ASSERT_TRUE(next.feed("next\n"));
  next.wait_for_lines(1);
  EXPECT_EQ(runs_in(home).size(), 1);
  next.close_stdin();
  const auto done = next.wait();
  EXPECT_EQ(done.status.code(), 0) << done.err;
  EXPECT_EQ(done.out, "NEXT!\n");
  EXPECT_TRUE(runs_in(home).empty());
}

TEST(director_death, at_any_moment_ends_all_workers_and_the_next_start_works) {
  const orphanage here;
  const folder home;
  home.write("play.toml", busy_file);
  const unsigned seed = std::random_device{}();
  RecordProperty("seed", std::to_string(seed));
  std::mt19937 random(seed);
  std::string text;
  for (int i = 0; i < 200; ++i) text += "line " + std::to_string(i) + '\n';
  for (int round = 0; round < 20; ++round) {
    program running(home, run_play, {.in = stream::ours});
    ASSERT_TRUE(running.feed(text));
    // Half of them in the first 50 ms, while workers are being started.
    const int patience = static_cast<int>(random() % (round % 2 == 0 ? 50 : 400));
    ASSERT_FALSE(running.ends_within(milliseconds(patience))) << running.err();
    running.signal(SIGKILL);
    EXPECT_EQ(running.wait().status.signal(), SIGKILL);
    orphanage::bury_all();
  }
  expect_that_the_next_start_works_and_sweeps(home);
}

TEST(director_death, while_all_workers_are_at_work_ends_them) {
  const orphanage here;
  const folder home;
  home.write("play.toml", busy_file);
  program running(home, run_play, {.in = stream::ours});
  ASSERT_TRUE(running.feed("one\ntwo\n"));
  running.wait_for_lines(2);
  running.wait_until("all workers are there", [&] { return workers_of(running.id()).size() == 5; });
  running.signal(SIGKILL);
  static_cast<void>(running.wait());
  EXPECT_EQ(orphanage::bury_all(), 6) << "and the warden";
  EXPECT_EQ(runs_in(home).size(), 1);
  expect_that_the_next_start_works_and_sweeps(home);
}

TEST(director_death, ends_workers_that_hang_in_user_code) {
  const orphanage here;
  const folder home;
  home.write("play.toml", R"(
[stage.fragile]
from    = { stdin = true }
workers = 2
to      = { file = "-", format = "lines" }
)");
  program running(home, run_play, {.in = stream::ours});
  ASSERT_TRUE(running.feed("tally hanging hang\n"));
  running.wait_until("one hangs", [&] { return !home.read("hanging").empty(); });
  running.wait_until("all workers are there", [&] { return workers_of(running.id()).size() == 2; });
  running.signal(SIGKILL);
  static_cast<void>(running.wait());
  EXPECT_EQ(orphanage::bury_all(), 3) << "and the warden";
}

TEST(director_death, leaves_the_sockets_of_another_run_alone) {
  const orphanage here;
  const folder home;
  home.write("play.toml", busy_file);
  program survivor(home, run_play, {.in = stream::ours});
  ASSERT_TRUE(survivor.feed("one\n"));
  survivor.wait_for_lines(1);
  {
    program victim(home, run_play, {.in = stream::ours});
    ASSERT_TRUE(victim.feed("two\n"));
    victim.wait_for_lines(1);
    EXPECT_EQ(runs_in(home).size(), 2);
    victim.signal(SIGKILL);
    static_cast<void>(victim.wait());
  }
  const auto done = run(home, {"run", "play.toml"});
  EXPECT_EQ(done.status.code(), 0) << done.err;
  EXPECT_EQ(runs_in(home).size(), 1);
  // New links are made only now, in a folder that was swept.
  for (const auto worker : workers_of(survivor.id())) stranger(worker).kill(SIGKILL);
  ASSERT_TRUE(survivor.feed("three\n"));
  survivor.wait_for_lines(2);
  survivor.close_stdin();
  const auto ended = survivor.wait();
  EXPECT_EQ(ended.status.code(), 0) << ended.err;
  EXPECT_TRUE(same_lines(lines_of(ended.out), {"ONE!", "THREE!"}));
  orphanage::bury_all();
}

}  // namespace
}  // namespace troupe::end_to_end::director_death_test
