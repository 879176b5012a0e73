// `replay`: an item that was given up, once more, alone.
#include "program.hpp"

#include <algorithm>
#include <csignal>
#include <filesystem>
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

TEST_F(replay, has_the_limits_the_environment_and_the_folder_that_the_worker_had) {
  std::filesystem::create_directory(home.path("work"));
  home.write("in.txt", "7\n");
  home.write("play.toml", R"(
[stage.leave]
from    = { files = "in.txt", split = "lines" }
command = ["sh", "-c", "echo $GREETING $(basename $PWD) $(ulimit -n) $(nice) >> ../seen; exit $0", "{input}"]
stdout  = "lines"
env     = { GREETING = "good morning" }
cwd     = "work"
nice    = 19
limits  = { nofile = 321 }
to      = { file = "out.txt", format = "lines" }
)");
  ASSERT_EQ(run(home, {"run", "play.toml"}).status.code(), 4);
  const auto kept = home.list("quarantine");
  ASSERT_EQ(kept.size(), 2U);
  const auto done = run(home, {"replay", "quarantine/" + kept[0]});
  EXPECT_EQ(done.status.code(), 1) << done.err;
  EXPECT_EQ(home.read("seen"), "good morning work 321 19\ngood morning work 321 19\n") << done.err;
}

TEST_F(replay, ends_what_runs_longer_than_it_may_with_what_that_has_started) {
  home.write("in.txt", "7\n");
  home.write("play.toml", R"(
[stage.sleep]
from         = { files = "in.txt", split = "lines" }
command      = ["sh", "-c", "echo $$ >> pids; sleep 1000", "{input}"]
stdout       = "lines"
timeout      = "1s"
max_attempts = 1
to           = { file = "out.txt", format = "lines" }
)");
  ASSERT_EQ(run(home, {"run", "play.toml"}).status.code(), 4);
  const auto kept = home.list("quarantine");
  ASSERT_EQ(kept.size(), 2U);
  const auto done = run(home, {"replay", "quarantine/" + kept[0]});
  EXPECT_EQ(done.status.code(), 128 + 9) << done.err;
  EXPECT_NE(done.err.find("the process ran longer than its timeout of 1s and was killed"), std::string::npos)
      << done.err;
  const auto all = lines_of(home.read("pids"));
  ASSERT_EQ(all.size(), 2U);
  const stranger left(std::stoi(all[1]));
  EXPECT_TRUE(left.ends_within(watchdog));
}

TEST_F(replay, dies_with_whoever_asked_for_it) {
  home.write("in.txt", "7\n");
  home.write("play.toml", R"(
[stage.sleep]
from         = { files = "in.txt", split = "lines" }
command      = ["sh", "-c", "echo $$ >> pids; test $TROUPE_ATTEMPT = 1 && kill -SEGV $$; exec sleep 1000", "{input}"]
stdout       = "lines"
max_attempts = 1
to           = { file = "out.txt", format = "lines" }
)");
  ASSERT_EQ(run(home, {"run", "play.toml"}).status.code(), 4);
  const auto kept = home.list("quarantine");
  ASSERT_EQ(kept.size(), 2U);
  program running(home, {"replay", "quarantine/" + kept[0]});
  running.wait_until("it runs", [&] { return lines_of(home.read("pids")).size() == 2; });
  running.signal(SIGTERM);
  const auto done = running.wait();
  EXPECT_EQ(done.status.code(), 128 + SIGTERM) << done.err;
  const stranger left(std::stoi(lines_of(home.read("pids"))[1]));
  EXPECT_TRUE(left.ends_within(watchdog));
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
