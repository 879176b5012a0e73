// Workers killed at any moment: the answer stays the same, to the line.
#include "killer.hpp"

#include <troupe/spawn/pipes/pipe.hpp>

#include <array>
#include <csignal>
#include <ostream>
#include <stdexcept>

namespace troupe::end_to_end::kill_test {
namespace {

struct storm {
  const char* name;
  const char* file;
  const char* after;     // what the stages add to the line in capitals
  bool ordered = false;  // the answer is in the order of the input
};

constexpr storm storms[] = {{"one_stage_one_by_one", R"(
[stage.grind_line]
from         = { stdin = true }
workers      = 3
max_attempts = 1
to           = { file = "out.txt", format = "lines" }
)",
                             ""},
                            {"one_stage_in_batches", R"(
[stage.grind_block]
from         = { stdin = true }
batch        = { size = 40, wait = "1ms" }
workers      = 3
max_attempts = 1
to           = { file = "out.txt", format = "lines" }
)",
                             ""},
                            {"two_stages_one_by_one", R"(
[stage.grind_line]
from         = { stdin = true }
workers      = 2
max_attempts = 1
[stage.exclaim]
from         = "grind_line"
workers      = 2
max_attempts = 1
to           = { file = "out.txt", format = "lines" }
)",
                             "!"},
                            {"two_stages_in_batches", R"(
[stage.grind_block]
from         = { stdin = true }
batch        = { size = 25, wait = "1ms" }
workers      = 2
max_attempts = 1
[stage.exclaim]
from         = "grind_block"
workers      = 2
max_attempts = 1
to           = { file = "out.txt", format = "lines" }
)",
                             "!"},
                            {"two_stages_in_order", R"(
[stage.grind_line]
from         = { stdin = true }
workers      = 2
max_attempts = 1
[stage.exclaim]
from         = "grind_line"
workers      = 2
max_attempts = 1
ordered      = true
to           = { file = "out.txt", format = "lines" }
)",
                             "!", true},
                            {"batches_in_order", R"(
[stage.grind_block]
from         = { stdin = true }
batch        = { size = 40, wait = "1ms" }
workers      = 3
max_attempts = 1
ordered      = { size = 500 }
to           = { file = "out.txt", format = "lines" }
)",
                             "", true}};

/// How a failure names it.
void PrintTo(const storm& what, std::ostream* out) {
  *out << what.name;
}

class killing : public testing::TestWithParam<storm> {};

TEST_P(killing, workers_changes_nothing_in_the_answer) {
  constexpr int kills = 55;
  constexpr int lines_per_kill = 150;
  const folder home;
  home.write("play.toml", GetParam().file);
  program running(home, {"run", "play.toml"}, {.in = stream::ours});
  killer kill(running);
  std::vector<std::string> expected;
  for (int i = 0; i < kills; ++i) {
    std::string text;
    for (int n = 0; n < lines_per_kill; ++n) {
      text += "item " + std::to_string(expected.size()) + '\n';
      expected.push_back("ITEM " + std::to_string(expected.size()) + GetParam().after);
    }
    ASSERT_TRUE(running.feed(text)) << running.err();
    ASSERT_TRUE(kill.strike()) << running.err();
    kill.pause();
  }
  running.close_stdin();
  const auto done = running.wait();
  EXPECT_EQ(done.status.code(), 0) << done.err;
  const auto got = lines_of(home.read("out.txt"));
  EXPECT_TRUE(GetParam().ordered ? testing::AssertionResult(got == expected) : same_lines(got, expected))
      << done.err;
  EXPECT_EQ(summary(done.err, "quarantined"), 0) << done.err;
  EXPECT_EQ(kill.kills(), kills);
}
INSTANTIATE_TEST_SUITE_P(of, killing, testing::ValuesIn(storms),
                         [](const auto& made) { return made.param.name; });

TEST(killing, while_every_window_is_full_changes_nothing_in_the_answer) {
  constexpr int count = 30'000;
  constexpr int kills = 30;
  const folder home;
  std::string text;
  std::vector<std::string> expected;
  for (int i = 0; i < count; ++i) {
    text += "item " + std::to_string(i) + '\n';
    expected.push_back("ITEM " + std::to_string(i) + "!");
  }
  home.write("in.txt", text);
  home.write("play.toml", R"(
[stage.upper]
from    = { files = "in.txt" }
workers = 2
[stage.exclaim]
from    = "upper"
workers = 2
to      = { file = "-", format = "lines" }
)");
  program running(home, {"run", "play.toml"}, {.out = stream::ours});
  const auto out = running.take_stdout();
  killer kill(running);
  std::string got;
  std::array<std::byte, 4096> chunk;
  const auto read_some = [&] {
    if (!readable_within(out.get(), watchdog)) throw std::runtime_error("nothing comes\n" + running.err());
    const auto size = spawn::read_some(out.get(), chunk);
    if (size && *size) got.append(reinterpret_cast<const char*>(chunk.data()), **size);
    return size && *size && **size > 0;
  };
  // What is not read yet, a few hundred kilobytes, stands in windows and pipes.
  for (int i = 0; i < kills && read_some(); ++i) ASSERT_TRUE(kill.strike()) << running.err();
  while (read_some()) continue;
  const auto done = running.wait();
  EXPECT_EQ(done.status.code(), 0) << done.err;
  EXPECT_TRUE(same_lines(lines_of(got), expected)) << done.err;
  EXPECT_EQ(summary(done.err, "quarantined"), 0) << done.err;
  EXPECT_EQ(kill.kills(), kills);
}

TEST(killing, workers_of_a_sum_leaves_it_exact) {
  const folder home;
  home.write("play.toml", R"(
[stage.number]
from    = { range = [0, 60000] }
workers = 3
[stage.sum]
from  = "number"
place = "thread"
to    = { file = "-" }
)");
  program running(home, {"run", "play.toml"});
  killer kill(running);
  while (kill.kills() < 25 && kill.strike()) kill.pause();
  const auto done = running.wait();
  EXPECT_EQ(done.status.code(), 0) << done.err;
  EXPECT_EQ(done.out, "{\"count\":60000,\"sum\":1799970000}\n");
}

TEST(killing, workers_that_have_done_nothing_yet_is_no_failure_to_start) {
  const folder home;
  home.write("play.toml", R"(
[stage.upper]
from    = { stdin = true }
workers = 2
to      = { file = "-", format = "lines" }
)");
  program running(home, {"run", "play.toml"}, {.in = stream::ours});
  killer kill(running);
  for (int i = 0; i < 30; ++i) ASSERT_TRUE(kill.strike()) << running.err();
  ASSERT_TRUE(running.feed("one\n"));
  running.close_stdin();
  const auto done = running.wait();
  EXPECT_EQ(done.status.code(), 0) << done.err;
  EXPECT_EQ(done.out, "ONE\n");
}

/// A batch that threw is tried item by item, and only what throws alone is given up, whatever is killed.
TEST(killing, workers_while_batches_throw_costs_no_good_item) {
  constexpr int count = 4000;
  const folder home;
  std::vector<std::string> good;
  std::string text;
  for (int i = 0; i < count; ++i) {
    if (i % 500 == 250) text += "throw\n";
    good.push_back("good " + std::to_string(i));
    text += good.back() + '\n';
  }
  home.write("in.txt", text);
  home.write("play.toml", R"(
[stage.fragile]
call    = "fragile_block"
from    = { files = "in.txt" }
batch   = { size = 20 }
workers = 3
to      = { file = "out.txt", format = "lines" }
)");
  program running(home, {"run", "play.toml"});
  killer kill(running);
  while (kill.kills() < 60 && kill.strike()) kill.pause();
  const auto done = running.wait();
  EXPECT_EQ(done.status.code(), 4) << done.err;
  EXPECT_TRUE(same_lines(lines_of(home.read("out.txt")), good)) << done.err;
  EXPECT_EQ(summary(done.err, "quarantined"), count / 500) << done.err;
}

TEST(killing, a_worker_leaves_no_zombie) {
  const folder home;
  home.write("play.toml", R"(
[stage.upper]
from = { stdin = true }
to   = { file = "-", format = "lines" }
)");
  program running(home, {"run", "play.toml"}, {.in = stream::ours});
  ASSERT_TRUE(running.feed("one\n"));
  running.wait_for_lines(1);
  const auto workers = workers_of(running.id());
  ASSERT_EQ(workers.size(), 1);
  ASSERT_TRUE(stranger(workers[0]).kill(SIGKILL));
  running.wait_until("it is reaped", [&] { return !state_of(workers[0]); });
  ASSERT_TRUE(running.feed("two\n"));
  running.wait_for_lines(2);
  running.close_stdin();
  const auto done = running.wait();
  EXPECT_EQ(done.status.code(), 0) << done.err;
  EXPECT_EQ(done.out, "ONE\nTWO\n");
  EXPECT_EQ(summary(done.err, "restarts"), 1) << done.err;
}

}  // namespace
}  // namespace troupe::end_to_end::kill_test
