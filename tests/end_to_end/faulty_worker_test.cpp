// A worker that sends what no worker may send: it is killed and started again, and the run goes on.
#include "program.hpp"

namespace troupe::end_to_end::faulty_worker_test {
namespace {

constexpr auto two_workers = R"(
[stage.fragile]
from    = { files = "in.txt" }
workers = 2
restart = { burst = 2 }
to      = { file = "out.txt", format = "lines" }
)";

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++found;
  return found;
}

TEST(faulty_worker, is_killed_and_the_run_completes) {
  const folder home;
  home.write("play.toml", two_workers);
  home.write("in.txt", "one\nonce mark garble\ntwo\nthree\n");
  const auto done = run(home, {"run", "play.toml"});
  EXPECT_EQ(done.status.code(), 0) << done.err;
  EXPECT_TRUE(same_lines(lines_of(home.read("out.txt")), {"one", "once mark garble", "two", "three"}));
  EXPECT_EQ(count(done.err, " breaks the protocol, its link is closed: "), 1U) << done.err;
  EXPECT_EQ(count(done.err, " was killed for breaking the protocol: "), 1U) << done.err;
  EXPECT_NE(done.err.find("unknown kind 99"), std::string::npos) << done.err;
}

TEST(faulty_worker, ends_the_run_by_the_burst_of_its_stage_and_not_the_director) {
  const folder home;
  home.write("play.toml", two_workers);
  home.write("in.txt", "garble\n");
  const auto done = run(home, {"run", "play.toml"});
  EXPECT_EQ(done.status.code(), 1) << done.err;
  EXPECT_EQ(count(done.err, " was killed for breaking the protocol: "), 3U) << done.err;
  EXPECT_NE(done.err.find("have ended more than 2 times"), std::string::npos) << done.err;
}

}  // namespace
}  // namespace troupe::end_to_end::faulty_worker_test
