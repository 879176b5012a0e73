// What `run` tells programs, and how it runs under a debugger.
#include "program.hpp"
#include "program_scene.hpp"

#include <string>

namespace troupe::end_to_end::run_options_test {
namespace {

constexpr auto upper_to = R"([stage.upper]
from    = { files = "in.txt" }
workers = 2
timeout = "20s"
)";

class run_options_test : public testing::Test {
 protected:
  void write(const std::string& sink) {
    home.write("in.txt", "one\ntwo\n");
    home.write("play.toml", upper_to + ("to = { file = \"" + sink + "\", format = \"lines\" }\n"));
  }
  const folder home;
};

TEST_F(run_options_test, json_tells_the_end_on_standard_output_alone) {
  write("out.txt");
  const auto done = run(home, {"run", "play.toml", "--quiet", "--json", "-"});
  EXPECT_EQ(done.status.code(), 0) << done.err;
  EXPECT_EQ(done.err, "");
  EXPECT_TRUE(done.out.starts_with(R"({"file":"play.toml","outcome":"done","exit_status":0,"signal":null,)"))
      << done.out;
  EXPECT_TRUE(holds_text(done.out, R"("items_read":2,"items_done":2,"items_written":2,"bytes_read":8,)"));
  EXPECT_EQ(lines_of(done.out).size(), 1U);
}

TEST_F(run_options_test, json_goes_to_a_file_where_standard_output_has_the_results) {
  write("-");
  const auto mixed = run(home, {"run", "play.toml", "--json", "-"});
  EXPECT_EQ(mixed.status.code(), 2);
  EXPECT_EQ(mixed.out, "");
  EXPECT_TRUE(
      holds_text(mixed.err, "that is the output of 'upper.to'; name another file: --json summary.json"));
  const auto apart = run(home, {"run", "play.toml", "--json", "end.json"});
  EXPECT_EQ(apart.status.code(), 0) << apart.err;
  EXPECT_TRUE(same_lines(lines_of(apart.out), {"ONE", "TWO"}));
  EXPECT_TRUE(holds_text(home.read("end.json"), R"("outcome":"done")"));
  EXPECT_TRUE(holds_text(apart.err, "\n  items "));
}

TEST_F(run_options_test, json_is_there_after_a_run_that_could_not_begin) {
  write("gone/out.txt");
  const auto done = run(home, {"run", "play.toml", "--json", "end.json"});
  EXPECT_EQ(done.status.code(), 6) << done.err;
  EXPECT_TRUE(holds_text(home.read("end.json"), R"("outcome":"output_failed","exit_status":6)"));
  EXPECT_TRUE(holds_text(home.read("end.json"), "gone/out.txt"));
}

TEST_F(run_options_test, json_that_cannot_be_written_is_known_before_anything_begins) {
  write("out.txt");
  const auto done = run(home, {"run", "play.toml", "--json", "gone/end.json"});
  EXPECT_EQ(done.status.code(), 6);
  EXPECT_TRUE(holds_text(done.err, "error: write the summary to 'gone/end.json': No such file or directory"));
  EXPECT_FALSE(home.holds("out.txt"));
}

TEST_F(run_options_test, json_that_finds_no_room_is_status_6) {
  write("out.txt");
  const auto done = run(home, {"run", "play.toml", "--quiet", "--json", "/dev/full"});
  EXPECT_EQ(done.status.code(), 6);
  EXPECT_TRUE(holds_text(done.err, "write the summary to '/dev/full': No space left on device"));
  EXPECT_EQ(lines_of(home.read("out.txt")).size(), 2U);
}

TEST_F(run_options_test, in_process_gives_the_same_without_a_worker_and_says_what_it_costs) {
  write("out.txt");
  const auto done = run(home, {"run", "play.toml", "--in-process"});
  EXPECT_EQ(done.status.code(), 0) << done.err;
  EXPECT_TRUE(same_lines(lines_of(home.read("out.txt")), {"ONE", "TWO"}));
  EXPECT_TRUE(holds_text(done.err, "in one process, with one worker of each stage: a crash ends the run"));
  EXPECT_EQ(summary(done.err, "workers"), 0U);
  EXPECT_FALSE(holds_text(run(home, {"run", "play.toml"}).err, "in one process"));
}

}  // namespace
}  // namespace troupe::end_to_end::run_options_test
