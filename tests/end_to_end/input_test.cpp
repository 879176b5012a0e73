// What a source may be given: files, standard input, ranges; also none, much, and what is not text.
#include "program.hpp"

namespace troupe::end_to_end::input_test {
namespace {

constexpr auto upper = R"(
[stage.upper]
from = { files = "in.txt" }
to   = { file = "-", format = "lines" }
)";

const std::vector<std::string> run_play{"run", "play.toml"};

ended run_upper_on(const folder& home, std::string_view text) {
  home.write("play.toml", upper);
  home.write("in.txt", text);
  return run(home, run_play);
}

TEST(input, of_an_empty_file_gives_an_empty_answer) {
  const folder home;
  const auto done = run_upper_on(home, "");
  EXPECT_EQ(done.status.code(), 0) << done.err;
  EXPECT_EQ(done.out, "");
  EXPECT_EQ(summary(done.err, "items"), 0) << done.err;
}

TEST(input, may_lack_the_last_line_end) {
  const folder home;
  EXPECT_EQ(run_upper_on(home, "one\ntwo").out, "ONE\nTWO\n");
}

TEST(input, counts_empty_lines_as_items) {
  const folder home;
  const auto done = run_upper_on(home, "\n\na\n\n");
  EXPECT_EQ(done.out, "\n\nA\n\n");
  EXPECT_EQ(summary(done.err, "items"), 4) << done.err;
}

TEST(input, may_have_lines_that_end_as_on_windows) {
  const folder home;
  EXPECT_EQ(run_upper_on(home, "one\r\ntwo\r\n").out, "ONE\nTWO\n");
}

TEST(input, that_is_not_utf8_is_counted_and_passed_on) {
  const folder home;
  const auto done = run_upper_on(home,
                                 "good\nb\xff\xfe"
                                 "d\n\xc3\xa4\nl\xe4st");
  EXPECT_EQ(done.status.code(), 0) << done.err;
  EXPECT_EQ(done.out,
            "GOOD\nB\xff\xfe"
            "D\n\xc3\xa4\nL\xe4ST\n");
  EXPECT_EQ(summary(done.err, "not UTF-8"), 2) << done.err;
}

TEST(input, may_hold_zero_bytes_and_long_lines) {
  const folder home;
  const std::string zeros("a\0b", 3);
  const std::string longer(3'000'000, 'x');
  const auto done = run_upper_on(home, zeros + '\n' + longer + '\n');
  EXPECT_EQ(done.status.code(), 0) << done.err;
  EXPECT_TRUE(done.out == std::string("A\0B\n", 4) + std::string(longer.size(), 'X') + '\n');
}

TEST(input, of_several_files_is_read_as_one) {
  const folder home;
  home.write("a1.txt", "a");
  home.write("a2.txt", "b\n");
  home.write("c.txt", "c\n");
  home.write("play.toml", R"(
[stage.upper]
from = { files = ["a*.txt", "c.txt"] }
to   = { file = "-", format = "lines" }
)");
  EXPECT_EQ(run(home, run_play).out, "A\nB\nC\n");
}

TEST(input, split_by_files_gives_their_paths) {
  const folder home;
  home.write("a1.txt", "a");
  home.write("a2.txt", "b\n");
  home.write("play.toml", R"(
[stage.path_of]
from = { files = "a*.txt", split = "none" }
to   = { file = "-", format = "lines" }
)");
  const auto done = run(home, run_play);
  EXPECT_EQ(done.status.code(), 0) << done.err;
  EXPECT_EQ(done.out, "a1.txt\na2.txt\n");
}

TEST(input, from_stdin_arrives_line_by_line_while_it_is_open) {
  const folder home;
  home.write("play.toml", R"(
[stage.upper]
from = { stdin = true }
to   = { file = "-", format = "lines" }
)");
  program running(home, run_play, {.in = stream::ours});
  ASSERT_TRUE(running.feed("one\n"));
  running.wait_for_lines(1);
  ASSERT_TRUE(running.feed("two\nthree\nfo"));
  running.wait_for_lines(3);
  ASSERT_TRUE(running.feed("ur"));
  running.close_stdin();
  const auto done = running.wait();
  EXPECT_EQ(done.status.code(), 0) << done.err;
  EXPECT_EQ(done.out, "ONE\nTWO\nTHREE\nFOUR\n");
}

TEST(input, from_stdin_that_is_empty_gives_an_empty_answer) {
  const folder home;
  home.write("play.toml", R"(
[stage.upper]
from = { stdin = true }
to   = { file = "-", format = "lines" }
)");
  const auto done = run(home, run_play);
  EXPECT_EQ(done.status.code(), 0) << done.err;
  EXPECT_EQ(done.out, "");
}

TEST(input, leaves_as_a_batch_when_its_wait_is_over) {
  const folder home;
  home.write("play.toml", R"(
[stage.upper_block]
from  = { stdin = true }
batch = { size = 1000, wait = "1ms" }
to    = { file = "-", format = "lines" }
)");
  program running(home, run_play, {.in = stream::ours});
  ASSERT_TRUE(running.feed("one\ntwo\n"));
  running.wait_for_lines(2);
  running.close_stdin();
  const auto done = running.wait();
  EXPECT_EQ(done.status.code(), 0) << done.err;
  EXPECT_EQ(done.out, "ONE\nTWO\n");
}

TEST(input, may_be_a_range_with_numbers_below_zero) {
  const folder home;
  home.write("play.toml", R"(
[stage.number]
from = { range = [-1, 2] }
to   = { file = "-" }
)");
  const auto done = run(home, run_play);
  EXPECT_EQ(done.status.code(), 0) << done.err;
  EXPECT_EQ(done.out, "{\"value\":-1}\n{\"value\":0}\n{\"value\":1}\n");
}

TEST(input, what_stages_print_goes_to_the_log_with_their_name) {
  const folder home;
  home.write("in.txt", "hear me\n");
  home.write("play.toml", R"(
[stage.shout]
from = { files = "in.txt" }
to   = { file = "-", format = "lines" }
)");
  const auto done = run(home, run_play);
  EXPECT_EQ(done.out, "hear me\n");
  EXPECT_NE(done.err.find("shout.0: shout: hear me"), std::string::npos) << done.err;
  EXPECT_NE(done.err.find("shout.0: aside: hear me"), std::string::npos) << done.err;
}

}  // namespace
}  // namespace troupe::end_to_end::input_test
