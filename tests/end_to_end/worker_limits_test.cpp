// What a worker is equipped with, and held to: each limit is run into, each setting is looked at from inside.
#include "program.hpp"

#include <troupe/base/sanitizers.hpp>

#include <algorithm>

namespace troupe::end_to_end::worker_limits_test {
namespace {

const std::vector<std::string> run_play{"run", "play.toml"};

/// One worker that answers each line; `settings` are further keys of its stage.
std::string stage_with(const std::string& settings) {
  return "[stage.machine]\nfrom = { files = \"in.txt\" }\nto = { file = \"out.txt\", format = \"lines\" }\n"
         "max_attempts = 1\n" +
         settings;
}

ended run_with(const folder& home, const std::string& settings, const std::string& lines) {
  home.write("in.txt", lines);
  home.write("play.toml", stage_with(settings));
  return run(home, run_play);
}

/// The evidence of the one item that was given up.
std::string evidence(const folder& home) {
  for (const auto& name : home.list("quarantine"))
    if (name.ends_with(".json")) return home.read("quarantine/" + name);
  return {};
}

TEST(a_worker, sees_the_environment_niceness_processors_and_folder_that_the_file_gives_it) {
  const folder home;
  std::filesystem::create_directory(home.path("below"));
  const auto done = run_with(home,
                             "env = { GREETING = \"good morning\", PATH = \"/nowhere\" }\nnice = 7\n"
                             "cpu_affinity = [0]\ncwd = \"below\"\n",
                             "env GREETING\nenv PATH\nenv HOME_IS_NOT_SET\nnice\ncpus\ncwd\n");
  EXPECT_EQ(done.status.code(), 0) << done.err;
  EXPECT_TRUE(same_lines(lines_of(home.read("out.txt")),
                         {"good morning", "/nowhere", "(none)", "7", "0", home.path("below")}));
}

TEST(a_worker, in_another_folder_still_finds_the_files_that_it_is_given) {
  const folder home;
  home.write("a.txt", "a");
  home.write("play.toml", R"(
[stage.path_of]
from = { files = "*.txt", split = "none" }
cwd  = "/"
to   = { file = "out.jsonl", format = "lines" }
)");
  const auto done = run(home, run_play);
  EXPECT_EQ(done.status.code(), 0) << done.err;
  EXPECT_EQ(home.read("out.jsonl"), home.path("a.txt") + '\n');
}

TEST(a_worker, over_its_memory_is_killed_and_the_others_items_complete) {
  if (sanitized) GTEST_SKIP() << "a sanitizer needs more memory than that";
  const folder home;
  const auto done = run_with(home, "limits = { memory_max = \"100M\" }\n", "nice\ngorge\nnice\n");
  EXPECT_EQ(done.status.code(), 4) << done.err;
  EXPECT_EQ(lines_of(home.read("out.txt")).size(), 2U);
  EXPECT_NE(evidence(home).find("over its memory_max"), std::string::npos) << done.err << evidence(home);
}

TEST(a_worker, over_its_time_on_the_processor_is_killed) {
  const folder home;
  const auto done = run_with(home, "limits = { cpu_time = \"1s\" }\n", "burn\nnice\n");
  EXPECT_EQ(done.status.code(), 4) << done.err;
  EXPECT_EQ(lines_of(home.read("out.txt")).size(), 1U);
  EXPECT_NE(evidence(home).find("SIGXCPU"), std::string::npos) << done.err << evidence(home);
}

TEST(a_worker, cannot_open_more_files_than_it_may) {
  const folder home;
  const auto done = run_with(home, "limits = { nofile = 100 }\n", "open\n");
  EXPECT_EQ(done.status.code(), 0) << done.err;
  const auto opened = std::stoul("0" + home.read("out.txt"));
  EXPECT_GT(opened, 20U);
  EXPECT_LT(opened, 100U);
}

TEST(a_worker, cannot_start_more_tasks_than_it_may) {
  const folder home;
  const auto done = run_with(home, "limits = { tasks_max = 40 }\n", "threads\n");
  if (done.status.code() == 3 && done.err.find("no control group") != std::string::npos)
    GTEST_SKIP() << "this machine lets us make no control group: " << done.err;
  EXPECT_EQ(done.status.code(), 0) << done.err;
  const auto started = std::stoul("0" + home.read("out.txt"));
  EXPECT_GT(started, 5U);
  EXPECT_LT(started, 40U);
}

TEST(a_worker, cannot_map_more_addresses_than_it_may) {
  if (sanitized) GTEST_SKIP() << "a sanitizer needs the address space";
  const folder home;
  const auto done = run_with(home, "limits = { address_space = \"400M\" }\n", "map\n");
  EXPECT_EQ(done.status.code(), 0) << done.err;
  const auto mebibytes = std::stoul("0" + home.read("out.txt"));
  EXPECT_GT(mebibytes, 20U);
  EXPECT_LT(mebibytes, 400U);
}

struct cannot {
  const char* name;
  const char* setting;
  const char* says;
};

class machine : public testing::TestWithParam<cannot> {};

TEST_P(machine, that_cannot_do_it_is_told_of_by_check_and_before_anything_is_written) {
  const folder home;
  home.write("in.txt", "nice\n");
  home.write("play.toml", stage_with(GetParam().setting));
  for (const char* verb : {"check", "run"}) {
    const auto done = run(home, {verb, "play.toml"});
    EXPECT_EQ(done.status.code(), 3) << done.err;
    EXPECT_TRUE(done.err.starts_with("play.toml:5:")) << done.err;
    EXPECT_NE(done.err.find(GetParam().says), std::string::npos) << done.err;
  }
  EXPECT_FALSE(home.holds("out.txt"));
}

INSTANTIATE_TEST_SUITE_P(
    of, machine,
    testing::Values(cannot{"processor", "cpu_affinity = [0, 8000]\n",
                           "error: cpu_affinity: processor 8000: this machine has "},
                    cannot{"folder", "cwd = \"in.txt\"\n", "error: cwd: 'in.txt' is no folder"},
                    cannot{"no_folder", "cwd = \"nowhere\"\n", "error: cwd: 'nowhere' is no folder"},
                    cannot{"addresses", "limits = { address_space = \"20M\" }\n",
                           "error: limits.address_space: a worker of this program needs about "},
                    cannot{"descriptors",
                           "limits = { nofile = 64 }\nworkers = 100\n[stage.exclaim]\nfrom = \"machine\"\n"
                           "workers = 100\nto = { file = \"-\" }\n",
                           "error: limits.nofile: each worker of stage 'machine' needs about "}),
    [](const auto& made) { return made.param.name; });

TEST(machine, whose_hard_limit_is_lower_says_so_to_those_without_the_privilege) {
  const folder home;
  home.write("in.txt", "nice\n");
  home.write("play.toml", stage_with("limits = { nofile = 5000 }\nnice = -5\n"));
  const auto done = run(home, {"check", "play.toml"},
                        {.prefix = {"prlimit", "--nofile=2000:2000", "setpriv", "--bounding-set", "-all",
                                    "--inh-caps", "-all"}});
  ASSERT_EQ(done.status.code(), 3) << done.err;
  EXPECT_NE(done.err.find("limits.nofile: 5000 open files: our own hard limit is 2000"), std::string::npos)
      << done.err;
  EXPECT_NE(done.err.find("nice: a niceness of -5: ours is 0, and without the privilege"), std::string::npos)
      << done.err;
}

}  // namespace
}  // namespace troupe::end_to_end::worker_limits_test
