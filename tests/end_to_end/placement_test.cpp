// The same file gives the same answer wherever its stages are placed.
#include "program.hpp"

namespace troupe::end_to_end::placement_test {
namespace {

constexpr int many = 3000;

std::string numbered_lines(const std::string& word, int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += word + ' ' + std::to_string(i) + '\n';
  return text;
}

std::vector<std::string> expected(const std::string& word, int count, const std::string& after) {
  std::vector<std::string> lines;
  for (int i = 0; i < count; ++i) lines.push_back(word + ' ' + std::to_string(i) + after);
  return lines;
}

/// "upper=process exclaim=thread" as the arguments that say so.
std::vector<std::string> run_with(const std::string& places) {
  std::vector<std::string> arguments{"run", "play.toml"};
  std::istringstream words(places);
  for (std::string word; words >> word;) {
    const auto equals = word.find('=');
    arguments.push_back("--set");
    arguments.push_back("stage." + word.substr(0, equals) + ".place=" + word.substr(equals + 1));
  }
  return arguments;
}

class placement : public testing::TestWithParam<const char*> {
 protected:
  ended run_it(const std::string& file) {
    home.write("play.toml", file);
    return run(home, run_with(GetParam()));
  }
  folder home;
};

class placement_of_a_chain : public placement {};
class placement_of_a_tree : public placement {};
class placement_before_state : public placement {};

TEST_P(placement_of_a_chain, gives_the_same_answer) {
  home.write("in.txt", numbered_lines("line", many));
  const auto done = run_it(R"(
[stage.upper]
from    = { files = "in.txt" }
workers = 3
[stage.exclaim]
from    = "upper"
workers = 2
to      = { file = "out.txt", format = "lines" }
)");
  EXPECT_EQ(done.status.code(), 0) << done.err;
  EXPECT_TRUE(same_lines(lines_of(home.read("out.txt")), expected("LINE", many, "!")));
  EXPECT_EQ(summary(done.err, "items"), many) << done.err;
  EXPECT_EQ(summary(done.err, "written"), many) << done.err;
  EXPECT_EQ(summary(done.err, "quarantined"), 0) << done.err;
}
INSTANTIATE_TEST_SUITE_P(everywhere, placement_of_a_chain,
                         testing::Values("upper=process exclaim=process", "upper=process exclaim=thread",
                                         "upper=thread exclaim=process", "upper=thread exclaim=thread"));

TEST_P(placement_of_a_tree, takes_from_several_and_gives_to_several) {
  home.write("left.txt", numbered_lines("left", many));
  home.write("right.txt", numbered_lines("right", many));
  const auto done = run_it(R"(
[stage.left]
from = { files = "left.txt" }
call = "upper"
to   = { file = "left.out", format = "lines" }
[stage.right]
from  = { files = "right.txt" }
call  = "upper_block"
batch = { size = 100 }
[stage.both]
from    = ["left", "right"]
call    = "exclaim"
workers = 2
to      = { file = "both.out", format = "lines" }
[stage.twice]
from = "right"
to   = { file = "twice.out", format = "lines" }
)");
  EXPECT_EQ(done.status.code(), 0) << done.err;
  EXPECT_TRUE(same_lines(lines_of(home.read("left.out")), expected("LEFT", many, "")));
  auto both = expected("LEFT", many, "!");
  for (auto& line : expected("RIGHT", many, "!")) both.push_back(line);
  EXPECT_TRUE(same_lines(lines_of(home.read("both.out")), both));
  auto twice = expected("RIGHT", many, " 1");
  for (auto& line : expected("RIGHT", many, " 2")) twice.push_back(line);
  EXPECT_TRUE(same_lines(lines_of(home.read("twice.out")), twice));
}
INSTANTIATE_TEST_SUITE_P(everywhere, placement_of_a_tree,
                         testing::Values("left=process right=process both=process twice=process",
                                         "left=thread right=thread both=thread twice=thread",
                                         "left=thread right=process both=process twice=thread"));

TEST_P(placement_before_state, adds_up_a_range) {
  const auto done = run_it(R"(
[stage.number]
from    = { range = [-5, 20000] }
workers = 3
[stage.sum]
from  = "number"
place = "thread"
to    = { file = "-" }
)");
  EXPECT_EQ(done.status.code(), 0) << done.err;
  EXPECT_EQ(done.out, "{\"count\":20005,\"sum\":199989985}\n");
}
INSTANTIATE_TEST_SUITE_P(everywhere, placement_before_state,
                         testing::Values("number=process", "number=thread"));

TEST(placement, keeps_the_order_of_lines_with_one_worker_per_stage) {
  const folder home;
  home.write("in.txt", numbered_lines("line", many));
  home.write("play.toml", R"(
[stage.upper]
from = { files = "in.txt" }
[stage.exclaim]
from = "upper"
to   = { file = "-", format = "lines" }
)");
  const auto done = run(home, {"run", "play.toml"});
  EXPECT_EQ(done.status.code(), 0) << done.err;
  EXPECT_EQ(lines_of(done.out), expected("LINE", many, "!"));
}

TEST(placement, lets_a_leaf_stage_work_without_a_sink) {
  const folder home;
  home.write("in.txt", numbered_lines("line", 300));
  home.write("play.toml", "[stage.enter]\nfrom = { files = 'in.txt' }\nworkers = 2\n");
  const auto done = run(home, {"run", "play.toml"});
  EXPECT_EQ(done.status.code(), 0) << done.err;
  EXPECT_TRUE(same_lines(lines_of(home.read("ledger")), expected("line", 300, "")));
}

/// Each item is done when four workers are at one: nobody may hold two while others have none.
TEST(workers, share_the_items_however_few_there_are) {
  const folder home;
  home.write("in.txt", "4\n4\n4\n4\n");
  home.write("play.toml", R"(
[stage.meet]
from    = { files = "in.txt" }
workers = 4
to      = { file = "out.txt", format = "lines" }
)");
  const auto done = run(home, {"run", "play.toml"});
  EXPECT_EQ(done.status.code(), 0) << done.err;
  EXPECT_EQ(home.read("out.txt"), "met\nmet\nmet\nmet\n");
}

}  // namespace
}  // namespace troupe::end_to_end::placement_test
