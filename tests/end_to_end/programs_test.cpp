// External programs as stages, a process for each item: what they are given, what becomes of their output, how each
// of their ends is told.
#include "program_scene.hpp"

#include <filesystem>

namespace troupe::end_to_end::programs_test {
namespace {

class programs : public program_scene {};

TEST_F(programs, per_item_makes_a_file_for_each_item_and_gives_its_path) {
  std::filesystem::create_directory(home.path("in"));
  const std::vector<std::string> names{"a.txt",          "-rf.txt",       "b c.txt",
                                       "it's \"q\".txt", "new\nline.txt", "$(x);`y`.txt"};
  for (const auto& name : names) home.write("in/" + name, "content of " + name);
  const auto done = run_file(R"(
[stage.pack]
from    = { files = "in/*.txt" }
command = ["gzip", "-k", "-c", "{input}"]
stdout  = "u32be"
to      = { file = "never.txt" }
)");
  EXPECT_EQ(done.status.code(), 4) << done.err;  // gzip prints no frames
  const auto copied = run_file(R"(
[stage.copy]
from    = { files = "in/*.txt" }
command = ["cp", "{input}", "{output}"]
output  = "new folder/{stem}.copy"
workers = 2
to      = { file = "out.txt" }
)");
  EXPECT_EQ(copied.status.code(), 0) << copied.err;
  std::vector<std::string> expected;
  for (const auto& name : names) {
    const auto made = name.substr(0, name.size() - 4) + ".copy";
    expected.push_back(made);
    EXPECT_EQ(home.read("new folder/" + made), "content of " + name);
  }
  EXPECT_TRUE(same_lines(home.list("new folder"), expected));
  EXPECT_EQ(out_lines().size(), names.size());
  EXPECT_TRUE(holds_text(home.read("out.txt"), R"({"path":"new folder/a.copy"})"));
}

TEST_F(programs, per_item_is_safe_from_files_with_a_leading_dash_where_the_run_starts) {
  home.write("-rf.txt", "x");
  const auto done = run_file(R"(
[stage.copy]
from    = { files = "*.txt" }
command = ["cp", "{input}", "{output}"]
output  = "{stem}.copy"
to      = { file = "out.jsonl" }
)");
  EXPECT_EQ(done.status.code(), 0) << done.err;
  EXPECT_EQ(home.read("-rf.copy"), "x");
}

TEST_F(programs, per_item_reads_results_from_standard_output) {
  write_numbers(5);
  const auto done =
      run_file(std::string("[stage.a]\ncommand = ['sh', '-c', 'cat; echo \"arg $1\"', 'sh', '{input}']\n"
                           "stdin = 'lines'\nstdout = 'lines'\nworkers = 2\n") +
               from_lines);
  EXPECT_EQ(done.status.code(), 0) << done.err;
  std::vector<std::string> expected;
  for (int i = 1; i <= 5; ++i)
    expected.insert(expected.end(), {std::to_string(i), "arg " + std::to_string(i)});
  EXPECT_TRUE(same_lines(out_lines(), expected));
}

TEST_F(programs, per_item_with_another_exit_code_fails_at_once_with_its_last_lines) {
  write_numbers(3);
  const auto done =
      run_file(std::string("[stage.a]\nstdout = 'lines'\ncommand = ['sh', '-c', 'echo $1; if [ $1 = 2 ]; "
                           "then echo first >&2; echo broken >&2; exit 7; fi', 'sh', '{input}']\n") +
               from_lines);
  EXPECT_EQ(done.status.code(), 4);
  EXPECT_TRUE(same_lines(out_lines(), {"1", "3"}));
  EXPECT_TRUE(holds_text(evidence(), "exited with code 7"));
  EXPECT_TRUE(holds_text(evidence(), "stderr: first"));
  EXPECT_TRUE(holds_text(evidence(), "stderr: broken"));
  EXPECT_TRUE(holds_text(evidence(), "\"attempts\":1"));
  EXPECT_TRUE(holds_text(done.err, "exited with code 7"));
}

TEST_F(programs, exit_codes_that_success_names_are_none) {
  write_numbers(3);
  const auto done =
      run_file(std::string("[stage.a]\nstdout = 'lines'\nsuccess = [0, 7]\ncommand = ['sh', '-c', 'echo $1; "
                           "if [ $1 = 2 ]; then exit 7; fi', 'sh', '{input}']\n") +
               from_lines);
  EXPECT_EQ(done.status.code(), 0) << done.err;
  EXPECT_TRUE(same_lines(out_lines(), {"1", "2", "3"}));
}

TEST_F(programs, per_item_that_a_signal_ends_is_tried_again_and_knows_its_attempt) {
  write_numbers(2);
  const auto done = run_file(
      std::string("[stage.a]\nstdout = 'lines'\nmax_attempts = 4\ncommand = ['sh', '-c', 'if [ $1 = 2 ] && [ "
                  "$TROUPE_ATTEMPT -lt 3 ]; then kill -SEGV $$; fi; echo $1 $TROUPE_ATTEMPT $TROUPE_WORKER', "
                  "'sh', '{input}']\n") +
      from_lines);
  EXPECT_EQ(done.status.code(), 0) << done.err;
  EXPECT_TRUE(same_lines(out_lines(), {"1 1 a.0", "2 3 a.0"}));
}

TEST_F(programs, per_item_that_a_signal_ends_every_time_is_quarantined) {
  write_numbers(2);
  const auto done =
      run_file(std::string("[stage.a]\nstdout = 'lines'\ncommand = ['sh', '-c', 'if [ $1 = 2 ]; then kill "
                           "-SEGV $$; fi; echo $1', 'sh', '{input}']\n") +
               from_lines);
  EXPECT_EQ(done.status.code(), 4);
  EXPECT_TRUE(same_lines(out_lines(), {"1"}));
  EXPECT_TRUE(holds_text(evidence(), "killed by SIGSEGV"));
  EXPECT_TRUE(holds_text(evidence(), "\"attempts\":3"));
  EXPECT_EQ(summary(done.err, "restarts"), 0U) << done.err;
}

TEST_F(programs, in_another_folder_find_their_files_where_the_run_has_them) {
  for (const auto* name : {"in", "elsewhere"}) std::filesystem::create_directory(home.path(name));
  home.write("in/a", "one\n");
  home.write("in/b", "two\n");
  home.write("copy.sh", "#!/bin/sh\npwd >> folders\ncat \"$1\" > \"$2\"\n");
  std::filesystem::permissions(home.path("copy.sh"), std::filesystem::perms::owner_all);
  const auto done = run_file(R"(
[stage.a]
from    = { files = "in/*" }
command = ["./copy.sh", "{input}", "{output}"]
output  = "out/{name}"
cwd     = "elsewhere"
[stage.b]
from    = "a"
command = ["cat", "{input}"]
stdout  = "lines"
to      = { file = "out.txt", format = "lines" }
)");
  EXPECT_EQ(done.status.code(), 0) << done.err;
  EXPECT_EQ(home.list("out"), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(home.read("out/b"), "two\n");
  EXPECT_TRUE(same_lines(out_lines(), {"one", "two"}));
  const auto folders = lines_of(home.read("elsewhere/folders"));
  ASSERT_EQ(folders.size(), 2U);
  EXPECT_TRUE(folders[0].ends_with("/elsewhere")) << folders[0];
}

TEST_F(programs, file_of_a_program_that_fails_is_never_seen) {
  std::filesystem::create_directory(home.path("in"));
  for (const auto* name : {"good", "bad", "segv", "hang", "empty"})
    home.write(std::string("in/") + name, name);
  const auto done = run_file(R"(
[stage.a]
from         = { files = "in/*" }
command      = ["sh", "-c", """
case $1 in
  *empty) exit 0;;
esac
echo half > "$2"
case $1 in
  *bad) exit 1;;
  *segv) kill -SEGV $$;;
  *hang) sleep 1000;;
esac
echo whole >> "$2"
""", "sh", "{input}", "{output}"]
output       = "out/{name}"
timeout      = "500ms"
max_attempts = 2
to           = { file = "out.txt" }
)");
  EXPECT_EQ(done.status.code(), 4) << done.err;
  EXPECT_EQ(home.list("out"), std::vector<std::string>{"good"});  // not even under a temporary name
  EXPECT_EQ(home.read("out/good"), "half\nwhole\n");
  EXPECT_EQ(out_lines(), std::vector<std::string>{R"({"path":"out/good"})"});
  EXPECT_TRUE(holds_text(evidence(), "has written nothing to {output}"));
  EXPECT_TRUE(holds_text(evidence(), "ran longer than its timeout of 500ms"));
}

TEST_F(programs, die_with_their_worker_when_their_time_is_up) {
  write_numbers(1);
  const auto done = run_file(std::string("[stage.a]\ncommand = ['sh', '-c', 'echo $$ > pid; sleep 1000']\n"
                                         "timeout = '300ms'\nmax_attempts = 1\nstdout = 'lines'\n") +
                             from_lines);
  EXPECT_EQ(done.status.code(), 4) << done.err;
  const stranger left(std::stoi(home.read("pid")));
  EXPECT_TRUE(left.ends_within(watchdog)) << left.id();
}

TEST_F(programs, die_with_the_director) {
  write_numbers(1);
  home.write(
      "play.toml",
      std::string("[stage.a]\ncommand = ['sh', '-c', 'echo $$ > pid.new; mv pid.new pid; sleep 1000']\n"
                  "stdout = 'lines'\n") +
          from_lines);
  program running(home, {"run", "play.toml"});
  running.wait_until("it has begun", [&] { return home.holds("pid"); });
  const stranger left(std::stoi(home.read("pid")));
  running.signal(SIGKILL);
  static_cast<void>(running.wait());
  EXPECT_TRUE(left.ends_within(watchdog)) << left.id();
}

TEST_F(programs, may_flood_standard_error) {
  write_numbers(2);
  const auto done = run_file(
      std::string(
          "[stage.a]\nstdout = 'lines'\ncommand = ['sh', '-c', 'head -c 3000000 /dev/zero | tr \"\\\\0\" "
          "\"x\" | fold >&2; echo $1', 'sh', '{input}']\n") +
      from_lines);
  EXPECT_EQ(done.status.code(), 0) << done.err.substr(0, 2000);
  EXPECT_TRUE(same_lines(out_lines(), {"1", "2"}));
}

TEST_F(programs, leave_nobody_waiting_who_holds_their_streams) {
  write_numbers(1);
  const auto done = run_file(
      std::string("[stage.a]\nstdout = 'lines'\ncommand = ['sh', '-c', 'sleep 1000 & echo done']\n") +
      from_lines);
  EXPECT_EQ(done.status.code(), 0) << done.err;
  EXPECT_TRUE(same_lines(out_lines(), {"done"}));
}

TEST_F(programs, that_are_not_there_are_an_error_of_check) {
  const auto check = [&](const std::string& name) {
    home.write("play.toml", "[stage.a]\nfrom = { range = [0, 1] }\ncommand = ['" + name + "']\n");
    return run(home, {"check", "play.toml"});
  };
  home.write("script", "#!/bin/sh\n");
  for (const auto& [name, says] : std::vector<std::pair<std::string, std::string>>{
           {"gzpi", "play.toml:3:12: error: stage 'a': there is no program 'gzpi' in PATH"},
           {"./gone", "' does not exist; install it"},
           {"./script", "may not be executed (chmod +x"},
           {"/tmp", "'/tmp' is a folder, not a program"},
           {"gzip -9", "each argument is a string of its own"}}) {
    const auto done = check(name);
    EXPECT_EQ(done.status.code(), 3) << name;
    EXPECT_TRUE(holds_text(done.err, says));
  }
}

}  // namespace
}  // namespace troupe::end_to_end::programs_test
