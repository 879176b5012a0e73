// Ctrl-C and SIGTERM: the first finishes what was sent, the second ends at once.
#include "program.hpp"

#include <algorithm>
#include <csignal>

namespace troupe::end_to_end::interrupt_test {
namespace {

constexpr auto chain = R"(
[stage.grind_line]
from    = { stdin = true }
workers = 2
[stage.exclaim]
from    = "grind_line"
workers = 2
to      = { file = "-", format = "lines" }
)";

constexpr auto fragile = R"(
[stage.fragile]
from    = { stdin = true }
workers = 2
to      = { file = "-", format = "lines" }
)";

const std::vector<std::string> run_play{"run", "play.toml"};

std::string some_lines(int from, int to) {
  std::string text;
  for (int i = from; i < to; ++i) text += "line " + std::to_string(i) + '\n';
  return text;
}

class interrupt : public testing::TestWithParam<int> {};

TEST_P(interrupt, drains_every_line_that_was_read) {
  const folder home;
  home.write("play.toml", chain);
  program running(home, run_play, {.in = stream::ours});
  ASSERT_TRUE(running.feed(some_lines(0, 100)));
  running.wait_for_lines(100);
  ASSERT_TRUE(running.feed(some_lines(100, 2000)));
  running.signal(GetParam());
  const auto done = running.wait();  // its stdin is still open
  EXPECT_EQ(done.status.code(), 128 + GetParam()) << done.err;
  EXPECT_NE(done.err.find("interrupted by"), std::string::npos) << done.err;
  EXPECT_NE(done.err.find("what was under way is complete"), std::string::npos) << done.err;
  // Lines are read in order: what was read are the first so many.
  const auto read = summary(done.err, "items").value_or(0);
  EXPECT_GE(read, 100);
  std::vector<std::string> expected;
  for (std::uint64_t i = 0; i < read; ++i) expected.push_back("LINE " + std::to_string(i) + '!');
  EXPECT_TRUE(same_lines(lines_of(done.out), expected)) << done.err;
  EXPECT_EQ(done.err.find("error"), std::string::npos) << done.err;
}
INSTANTIATE_TEST_SUITE_P(by, interrupt, testing::Values(SIGINT, SIGTERM),
                         [](const auto& made) { return made.param == SIGINT ? "SIGINT" : "SIGTERM"; });

TEST(interrupt, drains_a_batch_that_still_waits_for_more) {
  const folder home;
  home.write("play.toml", R"(
[stage.upper_block]
from  = { stdin = true }
batch = { size = 100000, wait = "1h" }
to    = { file = "-", format = "lines" }
)");
  program running(home, run_play, {.in = stream::ours});
  ASSERT_TRUE(running.feed("one\ntwo\nthree\n"));
  running.wait_until("it has read them", [&] { return running.unread() == 0; });
  running.signal(SIGINT);
  const auto done = running.wait();
  EXPECT_EQ(done.status.code(), 130) << done.err;
  EXPECT_EQ(done.out, "ONE\nTWO\nTHREE\n");
}

TEST(interrupt, does_not_begin_what_has_only_been_read) {
  const folder home;
  home.write("play.toml", R"(
[stage.meet]
from    = { files = "in.txt" }
workers = 2
to      = { file = "-", format = "lines" }
)");
  home.write("in.txt", "3\n3\n3\n3\n3\n3\n");  // two workers wait for a third, which is never there
  program running(home, run_play);
  running.wait_until("both are at work", [&] {
    const auto names = home.list("");
    return std::ranges::count_if(names, [](const auto& each) { return each.starts_with("met."); }) == 2;
  });
  running.signal(SIGINT);
  running.wait_for_err("stopping");
  home.write("met.third", "");
  const auto done = running.wait();
  EXPECT_EQ(done.status.code(), 130) << done.err;
  EXPECT_EQ(done.out, "met\nmet\n");
  EXPECT_EQ(summary(done.err, "items"), 2U) << done.err;
}

TEST(interrupt, ends_a_run_that_has_read_nothing) {
  const folder home;
  home.write("play.toml", chain);
  program running(home, run_play, {.in = stream::ours});
  running.wait_for_err("progress:");  // from there on signals are its own
  running.signal(SIGINT);
  const auto done = running.wait();
  EXPECT_EQ(done.status.code(), 130) << done.err;
  EXPECT_EQ(done.out, "");
}

TEST(interrupt, stops_reading_a_long_range) {
  const folder home;
  home.write("play.toml", R"(
[stage.number]
from    = { range = [0, 1000000000000] }
workers = 2
[stage.sum]
from  = "number"
place = "thread"
to    = { file = "-" }
)");
  program running(home, run_play);
  running.wait_for_err("workers 2/2");
  running.signal(SIGINT);
  const auto done = running.wait();
  EXPECT_EQ(done.status.code(), 130) << done.err;
  // The numbers that were read are the first n, and their sum says that none is missing.
  const auto n = summary(done.err, "items").value_or(0);
  EXPECT_EQ(done.out, "{\"count\":" + std::to_string(n) +
                          ",\"sum\":" + std::to_string(n == 0 ? 0 : n * (n - 1) / 2) + "}\n");
}

TEST(interrupt, the_second_ends_at_once_though_a_worker_hangs) {
  const folder home;
  home.write("play.toml", fragile);
  program running(home, run_play, {.in = stream::ours});
  ASSERT_TRUE(running.feed("fine\ntally hanging hang\n"));
  running.wait_for_lines(1);
  running.wait_until("it hangs", [&] { return !home.read("hanging").empty(); });
  std::vector<stranger> workers;
  for (const auto id : workers_of(running.id())) workers.emplace_back(id);
  running.signal_and_see_it_taken(SIGINT);
  EXPECT_FALSE(running.ends_within(milliseconds(100))) << running.err();
  running.signal(SIGINT);
  const auto done = running.wait();
  EXPECT_EQ(done.status.code(), 130) << done.err;
  EXPECT_EQ(done.out, "fine\n");
  EXPECT_NE(done.err.find("what was in flight was dropped"), std::string::npos) << done.err;
  for (const auto& worker : workers) EXPECT_TRUE(worker.ends_within(watchdog));
}

TEST(interrupt, the_second_ends_at_once_though_a_stage_in_the_director_hangs) {
  const folder home;
  home.write("play.toml", fragile);
  program running(home, {"run", "play.toml", "--set", "stage.fragile.place=thread"}, {.in = stream::ours});
  ASSERT_TRUE(running.feed("fine\ntally hanging hang\n"));
  running.wait_until("it hangs", [&] { return !home.read("hanging").empty(); });
  running.signal_and_see_it_taken(SIGINT);
  running.signal(SIGINT);
  const auto done = running.wait();
  EXPECT_EQ(done.status.code(), 130) << done.err;
  EXPECT_NE(done.err.find("has not returned"), std::string::npos) << done.err;
}

TEST(interrupt, the_second_ends_at_once_though_nobody_reads_the_output) {
  const folder home;
  home.write("in.txt", some_lines(0, 100'000));
  home.write("play.toml", R"(
[stage.upper]
from = { files = "in.txt" }
to   = { file = "-", format = "lines" }
)");
  program running(home, run_play, {.out = stream::ours});
  const auto unread = running.take_stdout();
  ASSERT_TRUE(readable_within(unread.get(), watchdog));
  running.signal_and_see_it_taken(SIGINT);
  running.signal(SIGINT);
  const auto done = running.wait();
  EXPECT_EQ(done.status.code(), 130) << done.err;
}

TEST(interrupt, after_the_last_item_ends_a_worker_that_does_not_end) {
  const folder home;
  home.write("play.toml", R"(
[stage.upper]
from    = { stdin = true }
workers = 2
to      = { file = "-", format = "lines" }
)");
  program running(home, {"run", "play.toml"}, {.in = stream::ours});
  running.wait_until("two workers are there", [&] { return workers_of(running.id()).size() == 2; });
  const stranger frozen(workers_of(running.id()).front());  // it may have begun, or be about to
  ASSERT_TRUE(frozen.kill(SIGSTOP));
  running.close_stdin();
  running.wait_until("the other has ended", [&] { return workers_of(running.id()).size() == 1; });
  running.signal(SIGINT);
  const auto done = running.wait();
  EXPECT_TRUE(done.status.code() == 0 || done.status.code() == 130) << done.err;
  EXPECT_TRUE(frozen.ends_within(watchdog));
}

TEST(interrupt, has_its_deadline_though_everything_is_full_and_says_what_was_left) {
  const folder home;
  home.write("in.txt", "tally hanging hang\ntally hanging hang\n" + some_lines(0, 100'000));
  home.write("play.toml", R"(
[stage.fragile]
from    = { files = "in.txt" }
workers = 2
[stage.fragile_echo]
from    = "fragile"
to      = { file = "-", format = "lines" }
)");
  program running(home, {"run", "play.toml", "--stop-timeout", "500ms"});
  running.wait_until("both hang", [&] { return home.read("hanging").size() == 2; });
  running.signal(SIGTERM);
  const auto done = running.wait();
  EXPECT_EQ(done.status.code(), 143) << done.err;
  EXPECT_NE(done.err.find("error: what was under way was not finished within 500ms and was dropped"),
            std::string::npos)
      << done.err;
  const auto row = done.err.find("  unfinished    ");
  ASSERT_NE(row, std::string::npos) << done.err;
  const auto text = done.err.substr(row, done.err.find('\n', row) - row);
  EXPECT_NE(text.find(" read: "), std::string::npos) << text;
  EXPECT_NE(text.find(" with workers of 'fragile'"), std::string::npos) << text;
}

TEST(interrupt, while_workers_are_being_killed_still_drains) {
  const folder home;
  home.write("play.toml", chain);
  program running(home, run_play, {.in = stream::ours});
  ASSERT_TRUE(running.feed(some_lines(0, 3000)));
  running.wait_for_lines(50);
  for (const auto worker : workers_of(running.id())) stranger(worker).kill(SIGKILL);
  running.signal(SIGINT);
  for (const auto worker : workers_of(running.id())) stranger(worker).kill(SIGKILL);
  const auto done = running.wait();
  EXPECT_EQ(done.status.code(), 130) << done.err;
  const auto read = summary(done.err, "items").value_or(0);
  std::vector<std::string> expected;
  for (std::uint64_t i = 0; i < read; ++i) expected.push_back("LINE " + std::to_string(i) + '!');
  EXPECT_TRUE(same_lines(lines_of(done.out), expected)) << done.err;
}

}  // namespace
}  // namespace troupe::end_to_end::interrupt_test
