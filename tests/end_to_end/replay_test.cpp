// `replay`: an item that was given up, once more, alone.
#include "program.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace troupe::end_to_end::replay_test {
namespace {

class replay : public testing::Test {
 protected:
  /// Gives up one item that says `line`; the path of what is kept of it.
  std::string given_up(const std::string& line) {
    home.write("in.txt", line + '\n');
    home.write("play.toml", R"(
[stage.fragile]
from         = { files = "in.txt" }
max_attempts = 1
to           = { file = "out.txt", format = "lines" }
)");
    const auto done = run(home, {"run", "play.toml"});
    EXPECT_EQ(done.status.code(), 4) << done.err;
    for (const auto& name : home.list("quarantine"))
      if (name.ends_with(".item")) return "quarantine/" + name;
    return "nothing was kept";
  }
  /// What a shell makes of the command that the evidence gives.
  ended run_as_evidence_says(const std::string& item) {
    auto evidence = home.read(item.substr(0, item.size() - 5) + ".json");
    const std::string key = "\"replay\":\"";
    const auto from = evidence.find(key) + key.size();
    return run(home, {"-c", evidence.substr(from, evidence.find('"', from) - from)}, {.path = "/bin/sh"});
  }
  const folder home;
};

TEST_F(replay, of_a_crash_crashes_again_and_says_how) {
  const auto item = given_up("shout again segv");
  const auto done = run(home, {"replay", item});
  EXPECT_EQ(done.status.code(), 128 + 11) << done.err;
  EXPECT_NE(done.err.find("stage 'fragile', item 2:0/1.0: after 1 attempt: killed by SIGSEGV"),
            std::string::npos)
      << done.err;
  EXPECT_NE(done.err.find("input:  {\"text\":\"shout again segv\""), std::string::npos) << done.err;
  EXPECT_NE(done.err.find("last words of again"), std::string::npos) << done.err;
  EXPECT_NE(done.err.find("the process killed by SIGSEGV"), std::string::npos) << done.err;
}

TEST_F(replay, takes_the_evidence_for_the_item) {
  const auto item = given_up("throw");
  const auto done = run(home, {"replay", item.substr(0, item.size() - 5) + ".json"});
  EXPECT_EQ(done.status.code(), 1) << done.err;
  EXPECT_NE(done.err.find("the stage threw std::runtime_error: the line says throw"), std::string::npos)
      << done.err;
}

TEST_F(replay, of_what_works_now_shows_its_outputs) {
  const auto item = given_up("once mark segv");  // the mark is there now
  const auto done = run(home, {"replay", item});
  EXPECT_EQ(done.status.code(), 0) << done.err;
  EXPECT_EQ(done.out, "{\"text\":\"once mark segv\"}\n");
  EXPECT_NE(done.err.find("the call returned, with 1 output"), std::string::npos) << done.err;
}

TEST_F(replay, is_what_the_evidence_says_one_should_type) {
  const auto done = run_as_evidence_says(given_up("once mark segv"));
  EXPECT_EQ(done.status.code(), 0) << done.err;
  EXPECT_NE(done.err.find("the call returned"), std::string::npos) << done.err;
}

TEST_F(replay, runs_an_external_program_as_its_file_says) {
  home.write("in.txt", "7\n");
  home.write("play.toml", R"(
[stage.leave]
from    = { files = "in.txt", split = "lines" }
command = ["sh", "-c", "echo leaving with $0; exit $0", "{input}"]
stdout  = "lines"
to      = { file = "out.txt", format = "lines" }
)");
  ASSERT_EQ(run(home, {"run", "play.toml"}).status.code(), 4);
  const auto kept = home.list("quarantine");
  ASSERT_EQ(kept.size(), 2U);
  const auto done = run(home, {"replay", "quarantine/" + kept[0]});
  EXPECT_EQ(done.status.code(), 1) << done.err;
  EXPECT_NE(done.err.find("exited with code 7"), std::string::npos) << done.err;
}

TEST_F(replay, says_what_is_wrong_with_what_it_is_given) {
  home.write("odd.json", "{\"no\":1}");
  home.write("gone.json", R"({"stage":"s","call":"nobody","input_is_kept":true})");
  home.write("lost.json", R"({"stage":"s","call":"fragile_echo","input_is_kept":false})");
  const std::vector<std::pair<std::string, std::string>> cases{
      {"nothing.item", "read the evidence 'nothing.json'"},
      {"odd.item", "it names no stage"},
      {"gone.item", "this program has registered nothing under 'nobody'"},
      {"lost.item", "there is nothing to replay"}};
  for (const auto& [file, says] : cases) {
    const auto done = run(home, {"replay", file});
    EXPECT_EQ(done.status.code(), 5) << done.err;
    EXPECT_NE(done.err.find(says), std::string::npos) << done.err;
  }
}

}  // namespace
}  // namespace troupe::end_to_end::replay_test
