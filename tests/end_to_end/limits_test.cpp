// Machines that are too small: a message and an end, never a hang. prlimit (util-linux) makes them small.
#include "program.hpp"

#include <troupe/base/sanitizers.hpp>

namespace troupe::end_to_end::limits_test {
namespace {

const std::vector<std::string> run_play{"run", "play.toml"};

TEST(limits, on_descriptors_are_looked_at_before_anything_is_written) {
  const folder home;
  home.write("play.toml", R"(
[stage.inflate]
from    = { range = [0, 9] }
workers = 30
[stage.exclaim]
from    = "inflate"
workers = 10
to      = { file = "out.txt", format = "lines" }
)");
  const auto done = run(home, run_play, {.prefix = {"prlimit", "--nofile=150"}});
  EXPECT_EQ(done.status.code(), 1) << done.err;
  EXPECT_EQ(done.err,
            "error: the director needs about 605 file descriptors and may open 150: start fewer workers, or "
            "raise the limit (ulimit -Hn)\n");
  EXPECT_FALSE(home.holds("out.txt"));
}

TEST(limits, on_the_size_of_files_are_an_error_of_the_output) {
  const folder home;
  home.write("play.toml", R"(
[stage.inflate]
from = { range = [90000, 90003] }
to   = { file = "out.txt", format = "lines" }
)");
  const auto done = run(home, run_play, {.prefix = {"prlimit", "--fsize=100000"}});
  EXPECT_EQ(done.status.code(), 6) << done.status.describe() << '\n' << done.err;
  EXPECT_NE(done.err.find("error: write to 'out.txt': File too large"), std::string::npos) << done.err;
}

class memory : public testing::TestWithParam<const char*> {};

/// An item of 60 MB needs some hundreds of megabytes on its way: somebody on it has too little.
TEST_P(memory, that_is_too_small_ends_the_run_with_a_message) {
  if (sanitized) GTEST_SKIP() << "a sanitizer needs the address space";
  const folder home;
  home.write("play.toml", R"(
[stage.inflate]
from = { range = [60000000, 60000001] }
[stage.fragile_echo]
from = "inflate"
to   = { file = "/dev/null" }
)");
  const auto done = run(home, run_play, {.prefix = {"prlimit", std::string("--as=") + GetParam()}});
  ASSERT_TRUE(done.status.code()) << done.status.describe() << '\n' << done.err;
  EXPECT_TRUE(*done.status.code() == 1 || *done.status.code() == 4) << done.err;
  EXPECT_NE(done.err.find("error"), std::string::npos) << done.err;
}
INSTANTIATE_TEST_SUITE_P(of, memory,
                         testing::Values("115000000", "170000000", "240000000", "330000000", "400000000"),
                         [](const auto& made) { return std::string("bytes_") + made.param; });

}  // namespace
}  // namespace troupe::end_to_end::limits_test
