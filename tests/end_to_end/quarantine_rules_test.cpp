// What follows when an item is given up, and that there is a place for it before anything is read.
#include "program.hpp"

namespace troupe::end_to_end::quarantine_rules_test {
namespace {

constexpr auto fragile = R"(
[stage.fragile]
from    = { stdin = true }
to      = { file = "out.txt", format = "lines" }
)";

TEST(an_item, that_throws_is_tried_again_where_the_file_says_so) {
  const folder home;
  home.write("play.toml", fragile);
  program running(home, {"run", "play.toml", "--set", "stage.fragile.retry=[\"error\"]"},
                  {.in = stream::ours});
  ASSERT_TRUE(running.feed("once a throw\ntally starts throw\nonce b segv\n"));
  running.close_stdin();
  const auto done = running.wait();
  EXPECT_EQ(done.status.code(), 4) << done.err;
  EXPECT_EQ(home.read("out.txt"), "once a throw\n");
  EXPECT_EQ(home.read("starts"), "xxx");
  EXPECT_EQ(summary(done.err, "quarantined"), 2U) << "a crash is not in the list: " << done.err;
}

TEST(an_item, that_runs_too_long_is_not_tried_again_where_the_file_says_so) {
  const folder home;
  home.write("play.toml", fragile);
  program running(
      home,
      {"run", "play.toml", "--set", "stage.fragile.retry=[\"crash\"]", "--set", "stage.fragile.timeout=1s"},
      {.in = stream::ours});
  ASSERT_TRUE(running.feed("tally hangs hang\nonce b segv\n"));
  running.close_stdin();
  const auto done = running.wait();
  EXPECT_EQ(done.status.code(), 4) << done.err;
  EXPECT_EQ(home.read("hangs"), "x");
  EXPECT_EQ(home.read("out.txt"), "once b segv\n");
}

TEST(an_item, in_quarantine_ends_the_run_where_the_file_says_so) {
  const folder home;
  home.write("play.toml", fragile);
  program running(home, {"run", "play.toml", "--set", "stage.fragile.on_quarantine=stop"},
                  {.in = stream::ours});
  ASSERT_TRUE(running.feed("one\nthrow\n"));
  const auto done = running.wait();  // its stdin is still open
  EXPECT_EQ(done.status.code(), 4) << done.err;
  EXPECT_EQ(home.read("out.txt"), "one\n");
  EXPECT_NE(done.err.find("error: stage 'fragile', item "), std::string::npos) << done.err;
  EXPECT_NE(done.err.find("is in quarantine, and on_quarantine is \"stop\": no more input was begun"),
            std::string::npos)
      << done.err;
  EXPECT_EQ(home.list("quarantine").size(), 2U);
}

TEST(a_quarantine, that_cannot_be_written_is_found_before_anything_is_read_or_written) {
  const folder home;
  home.write("in.txt", "one\n");
  home.write("play.toml", R"(
[stage.fragile]
from       = { files = "in.txt" }
quarantine = "in.txt/below"
to         = { file = "out.txt", format = "lines" }
)");
  for (const char* verb : {"check", "run"}) {
    const auto done = run(home, {verb, "play.toml"});
    EXPECT_EQ(done.status.code(), 6) << done.err;
    EXPECT_TRUE(
        done.err.starts_with("play.toml:4:14: error: stage 'fragile': use the quarantine folder "
                             "'in.txt/below': Not a directory"))
        << done.err;
  }
  EXPECT_FALSE(home.holds("out.txt"));
}

TEST(a_quarantine, that_is_not_needed_leaves_nothing_behind) {
  const folder home;
  home.write("in.txt", "one\n");
  home.write("play.toml", R"(
[stage.fragile]
from       = { files = "in.txt" }
quarantine = "deep/down/below"
to         = { file = "out.txt", format = "lines" }
)");
  EXPECT_EQ(run(home, {"check", "play.toml"}).status.code(), 0);
  EXPECT_EQ(run(home, {"run", "play.toml"}).status.code(), 0);
  EXPECT_FALSE(home.holds("deep"));
}

}  // namespace
}  // namespace troupe::end_to_end::quarantine_rules_test
