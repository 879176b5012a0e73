#include "captured.hpp"

#include <troupe/actors/message.hpp>
#include <troupe/cli/command_line.hpp>

#include <string>
#include <vector>

namespace troupe::cli::check_verb_test {
namespace {

class check_verb_test : public speaking {
 protected:
  std::string check(const std::string& path) {
    const captured out(std::cout), err(std::cerr);
    EXPECT_EQ(check_verb({.file = path}, stages), 0);
    EXPECT_EQ(err.text(), "");
    return out.text();
  }
};

TEST_F(check_verb_test, shows_members_places_and_what_flows_between_them) {
  const auto path = file(R"([stage.measure]
from    = { files = "in.txt" }
timeout = "1500ms"
[stage.twice]
from    = "measure"
workers = 2
place   = "thread"
to      = { file = "out.jsonl" }
)");
  const auto text = check(path);
  const std::vector<std::string> parts{
      path + " is fine:\n", "  measure: 1 worker process, timeout 1.5s\n    -> twice  long\n",
      "  twice: 2 threads of the director\n", "  twice.to: sink, '" + home.path("out.jsonl") + "'\n",
      "  measure.from: source of 1 files, 4 B\n    -> measure  line\n"};
  for (const auto& part : parts)
    EXPECT_NE(text.find(part), std::string::npos) << part << "is not in\n" << text;
}

TEST_F(check_verb_test, calls_standard_output_by_its_name) {
  EXPECT_NE(
      check(file("[stage.twice]\nfrom = { range = [0, 3] }\nplace = \"thread\"\nto = { file = \"-\" }\n"))
          .find("twice: 1 thread of the director\n"),
      std::string::npos);
  EXPECT_NE(check(home.path("play.toml")).find("twice.to: sink, standard output\n"), std::string::npos);
}

TEST_F(check_verb_test, shows_how_many_workers_there_may_be_and_what_each_may_use) {
  const auto text = check(file(R"([stage.measure]
from     = { files = "in.txt" }
workers  = { min = 0, max = 3 }
max_jobs = 10000
limits   = { memory_max = "1G", nofile = 1024 }
to       = { file = "-" }
)"));
  EXPECT_NE(
      text.find(
          "  measure: 0 to 3 worker processes, replaced after about 10,000 items, memory_max 1 GiB, nofile "
          "1,024\n"),
      std::string::npos)
      << text;
}

struct note {};
struct clerk {
  using receives = troupe::receives<note>;
  void operator()(note) {}
};

TEST_F(check_verb_test, shows_actors_below_who_starts_them_again) {
  ASSERT_TRUE(stages.add(runtime::define_actor<clerk>("clerk")));
  const auto path = file(R"([actor.clerk]
place   = "detached"
mailbox = { capacity = 0 }
restart = { policy = "never" }
[actor.left]
call    = "clerk"
mailbox = { capacity = 1000, overflow = "drop_oldest" }
[actor.right]
call    = "clerk"
mailbox = { overflow = "reject" }
[supervisor.top]
children = ["below"]
strategy = "one_for_all"
restart  = { policy = "always", burst = 1, window = "1m" }
[supervisor.below]
children = ["right", "left"]
)");
  EXPECT_EQ(check(path), path + R"( is fine:
  supervisor top: one_for_all, started again always, at most once in 1m
    supervisor below: one_for_one, started again on failure, at most 5 times in 10s
      actor right: clerk, mailbox of 4,096, rejects what is over
      actor left: clerk, mailbox of 1,000, drops the oldest
  actor clerk: clerk on a thread of its own, unbounded mailbox, never started again
)");
}

TEST_F(check_verb_test, of_a_wrong_file_says_nothing_on_stdout) {
  const captured out(std::cout), err(std::cerr);
  EXPECT_EQ(check_verb({.file = home.path("gone.toml")}, stages), 3);
  EXPECT_EQ(out.text(), "");
}

}  // namespace
}  // namespace troupe::cli::check_verb_test
