// Items that no worker survives: given up with their evidence, while all others complete.
#include "program.hpp"

#include <troupe/base/sanitizers.hpp>

#include <algorithm>

namespace troupe::end_to_end::poison_test {
namespace {

constexpr auto one_by_one = R"(
[stage.fragile]
from    = { files = "in.txt" }
workers = 2
timeout = "300ms"
to      = { file = "out.txt", format = "lines" }
)";

constexpr auto in_batches = R"(
[stage.fragile]
call    = "fragile_block"
from    = { files = "in.txt" }
batch   = { size = 7 }
workers = 2
timeout = "300ms"
to      = { file = "out.txt", format = "lines" }
)";

/// Lines "good 0", "good 1" …, with the poison after every `every`th.
struct mixture {
  std::string text;
  std::vector<std::string> good;
};
mixture mix(const std::vector<std::string>& poison, int every) {
  mixture made;
  int n = 0;
  const auto add_good = [&](int count) {
    for (int i = 0; i < count; ++i) made.good.push_back("good " + std::to_string(n++));
    for (auto i = made.good.size() - static_cast<std::size_t>(count); i < made.good.size(); ++i)
      made.text += made.good[i] + '\n';
  };
  for (const auto& line : poison) {
    add_good(every);
    made.text += line + '\n';
  }
  add_good(every);
  return made;
}

/// The text of all evidence of a kind: ".json" or ".item".
std::vector<std::string> evidence(const folder& home, const std::string& ending) {
  std::vector<std::string> found;
  for (const auto& name : home.list("quarantine"))
    if (name.ends_with(ending)) found.push_back(home.read("quarantine/" + name));
  return found;
}

class poison : public testing::TestWithParam<const char*> {
 protected:
  ended run_on(const std::string& text) {
    home.write("in.txt", text);
    home.write("play.toml", GetParam());
    return run(home, {"run", "play.toml"});
  }
  folder home;
};

struct kind {
  const char* line;
  const char* cause;
  std::uint32_t attempts;
};
constexpr kind kinds[] = {{"segv", "killed by SIGSEGV", 3},
                          {"abort", "killed by SIGABRT", 3},
                          {"throw", "threw std::runtime_error: the line says throw", 1},
                          {"hang", "ran longer than its timeout of 300ms and was killed", 3},
                          {"exit0", "exited with code 0", 3}};

TEST_P(poison, is_quarantined_with_its_evidence_and_all_else_completes) {
  std::vector<std::string> lines;
  for (const auto& each : kinds) lines.push_back("shout " + std::string(each.line) + "-writer " + each.line);
  const auto given = mix(lines, 20);
  const auto done = run_on(given.text);
  EXPECT_EQ(done.status.code(), 4) << done.err;
  EXPECT_TRUE(same_lines(lines_of(home.read("out.txt")), given.good));
  EXPECT_EQ(summary(done.err, "quarantined"), 5) << done.err;
  EXPECT_NE(done.err.find("the quarantined items are in quarantine"), std::string::npos) << done.err;

  const auto records = evidence(home, ".json");
  const auto items = evidence(home, ".item");
  ASSERT_EQ(records.size(), 5);
  ASSERT_EQ(items.size(), 5);
  for (const auto& each : kinds) {
    const auto says = [](const std::string& text) {
      return [text](const std::string& record) { return record.find(text) != std::string::npos; };
    };
    const auto record = std::ranges::find_if(records, says("\"cause\":\"" + std::string(each.cause)));
    ASSERT_NE(record, records.end()) << each.line;
    EXPECT_TRUE(says("\"stage\":\"fragile\"")(*record)) << *record;
    EXPECT_TRUE(says("\"attempts\":" + std::to_string(each.attempts) + ',')(*record)) << *record;
    EXPECT_TRUE(says("\"may_have_been_delivered\":false")(*record)) << *record;
    EXPECT_TRUE(says("\"config\":\"play.toml\"")(*record)) << *record;
    // Of a worker that lives nobody collects the last words.
    if (each.attempts > 1) {
      EXPECT_TRUE(says("last words of " + std::string(each.line) + "-writer")(*record)) << *record;
    }
    EXPECT_TRUE(std::ranges::any_of(items, says("shout " + std::string(each.line) + "-writer"))) << each.line;
  }
}

TEST_P(poison, costs_its_neighbours_nothing) {
  // With one attempt each, a neighbour that was charged would be quarantined as well.
  const auto given = mix(std::vector<std::string>(12, "segv"), 40);
  home.write("in.txt", given.text);
  home.write("play.toml", GetParam());
  const auto done = run(home, {"run", "play.toml", "--set", "stage.fragile.max_attempts=1"});
  EXPECT_EQ(done.status.code(), 4) << done.err;
  EXPECT_TRUE(same_lines(lines_of(home.read("out.txt")), given.good));
  EXPECT_EQ(summary(done.err, "quarantined"), 12) << done.err;
}

TEST_P(poison, that_works_at_the_second_attempt_changes_nothing) {
  std::vector<std::string> lines;
  for (int i = 0; i < 8; ++i)
    lines.push_back("once mark-" + std::to_string(i) + (i % 2 == 0 ? " segv" : " exit0"));
  auto given = mix(lines, 30);
  for (const auto& line : lines) given.good.push_back(line);
  const auto done = run_on(given.text);
  EXPECT_EQ(done.status.code(), 0) << done.err;
  EXPECT_TRUE(same_lines(lines_of(home.read("out.txt")), given.good));
  EXPECT_EQ(summary(done.err, "quarantined"), 0) << done.err;
  EXPECT_FALSE(home.holds("quarantine"));
}

TEST_P(poison, is_started_as_often_as_its_evidence_says) {
  const auto done = run_on("before\ntally starts segv\nafter\n");
  EXPECT_EQ(done.status.code(), 4) << done.err;
  const auto records = evidence(home, ".json");
  ASSERT_EQ(records.size(), 1);
  // The batch it came in was started once more, as a whole.
  const std::size_t as_a_batch = GetParam() == in_batches ? 1 : 0;
  EXPECT_EQ(home.read("starts").size(), 3 + as_a_batch);
  EXPECT_NE(records[0].find("\"attempts\":3,"), std::string::npos) << records[0];
}

INSTANTIATE_TEST_SUITE_P(of_a_stage, poison, testing::Values(one_by_one, in_batches),
                         [](const auto& made) { return made.index == 0 ? "one_by_one" : "in_batches"; });

TEST(poison, that_kills_itself_as_an_operator_would_ends_in_quarantine_too) {
  const folder home;
  home.write("in.txt", "before\ntally starts kill\nafter\n");
  home.write("play.toml", one_by_one);
  const auto done = run(home, {"run", "play.toml", "--set", "stage.fragile.max_attempts=1"});
  EXPECT_EQ(done.status.code(), 4) << done.err;
  EXPECT_TRUE(same_lines(lines_of(home.read("out.txt")), {"before", "after"}));
  const auto records = evidence(home, ".json");
  ASSERT_EQ(records.size(), 1);
  const auto starts = home.read("starts").size();
  EXPECT_EQ(starts, 16);
  EXPECT_NE(records[0].find("\"attempts\":" + std::to_string(starts) + ','), std::string::npos) << records[0];
}

/// Nobody has its bytes: its maker is dead, and cannot make it again.
TEST(poison, whose_bytes_are_lost_is_told_of_without_them) {
  const folder home;
  home.write("in.txt", "item\n");
  home.write("play.toml", R"(
[stage.work_once]
from = { files = "in.txt" }
[stage.outlive]
from = "work_once"
to   = { file = "out.txt", format = "lines" }
)");
  const auto done = run(home, {"run", "play.toml"});
  EXPECT_EQ(done.status.code(), 4) << done.err;
  EXPECT_EQ(summary(done.err, "quarantined"), 2) << done.err;
  EXPECT_EQ(evidence(home, ".item").size(), 1) << "that of the line";
  const auto records = evidence(home, ".json");
  ASSERT_EQ(records.size(), 2);
  EXPECT_EQ(std::ranges::count_if(records,
                                  [](const std::string& record) {
                                    return record.find("\"input_is_kept\":false") != std::string::npos;
                                  }),
            1);
}

/// Its bytes come from the worker that had sent it, over the pipe to the director.
TEST(poison, larger_than_64_MiB_from_a_worker_is_kept_whole) {
  if (thread_sanitizer) GTEST_SKIP() << "volume, not interleaving: the other suites run it";
  constexpr std::size_t size = 70'000'000;
  const folder home;
  home.write("play.toml", R"(
[stage.inflate]
from = { range = [70000000, 70000001] }
[stage.refuse_large]
from = "inflate"
to   = { file = "out.txt", format = "lines" }
)");
  const auto done = run(home, {"run", "play.toml"});
  EXPECT_EQ(done.status.code(), 4) << done.err;
  const auto items = evidence(home, ".item");
  ASSERT_EQ(items.size(), 1);
  EXPECT_GE(items[0].size(), size);
}

TEST_P(poison, that_leaves_a_grandchild_with_its_pipes_is_told_as_what_it_was) {
  // It died long before the timeout of what its page says it still runs.
  const auto done = run_on("before\ndesert\nafter\n");
  EXPECT_EQ(done.status.code(), 4) << done.err;
  const auto records = evidence(home, ".json");
  ASSERT_EQ(records.size(), 1);
  EXPECT_NE(records[0].find("\"cause\":\"exited with code 7\""), std::string::npos) << records[0];
  EXPECT_EQ(done.err.find("timeout"), std::string::npos) << done.err;
}

TEST(poison, in_the_second_of_two_stages_leaves_the_first_alone) {
  const folder home;
  auto given = mix({"shout two segv", "throw", "exit0", "once mark segv"}, 50);
  given.good.emplace_back("once mark segv");
  home.write("in.txt", given.text);
  home.write("play.toml", R"(
[stage.first]
call       = "echo_block"
from       = { files = "in.txt" }
batch      = { size = 10 }
workers    = 2
[stage.second]
call       = "fragile_echo"
from       = "first"
workers    = 2
to         = { file = "out.txt", format = "lines" }
quarantine = "given-up"
)");
  const auto done = run(home, {"run", "play.toml"});
  EXPECT_EQ(done.status.code(), 4) << done.err;
  EXPECT_TRUE(same_lines(lines_of(home.read("out.txt")), given.good));
  EXPECT_EQ(home.list("given-up").size(), 6);
  for (const auto& name : home.list("given-up")) EXPECT_TRUE(name.starts_with("second-")) << name;
}

}  // namespace
}  // namespace troupe::end_to_end::poison_test
