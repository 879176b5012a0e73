#include "captured.hpp"

#include <troupe/actors/message.hpp>
#include <troupe/cli/in_process.hpp>
#include <troupe/cli/load_plan.hpp>

#include <algorithm>

namespace troupe::cli::in_process_test {
namespace {

struct call {};
struct clerk {
  using receives = troupe::receives<call>;
  void operator()(call) {}
};

class in_process_test : public speaking {
 protected:
  loaded load(const std::string& text) {
    static_cast<void>(stages.add(runtime::define_actor<clerk>("clerk")));
    auto got = load_plan({.file = file(text), .in_process = true}, stages);
    EXPECT_TRUE(got);
    return got ? std::move(*got) : loaded();
  }
};

TEST_F(in_process_test, moves_stages_and_actors_and_says_what_is_promised_no_more) {
  const auto got = load(R"([stage.measure]
from    = { files = "in.txt" }
workers = { min = 2, max = 3 }
timeout = "1s"
limits  = { memory_max = "1G" }
to      = { file = "out.jsonl" }
[actor.clerk]
place = "back"
[process.back]
limits = { nofile = 100 }
)");
  ASSERT_EQ(got.plan.members.size(), 3U);
  const auto& stage = got.plan.members[0];
  EXPECT_FALSE(stage.in_process);
  EXPECT_EQ(stage.workers, 1U);
  EXPECT_FALSE(stage.timeout);
  EXPECT_EQ(stage.worker, worker_settings());
  EXPECT_EQ(got.file.actors[0].place, config::actor::placement::thread);
  EXPECT_TRUE(got.file.processes.empty());
  EXPECT_NE(got.promised_no_more.find("a crash ends the run"), std::string::npos) << got.promised_no_more;
}

TEST_F(in_process_test, leaves_external_programs_where_they_are) {
  const auto got = load(R"([stage.low]
from    = { files = "in.txt" }
command = ["true", "{input}"]
timeout = "1s"
)");
  EXPECT_TRUE(got.plan.members[0].in_process);
  EXPECT_TRUE(got.plan.members[0].timeout);
  EXPECT_EQ(got.promised_no_more, "");
}

TEST_F(in_process_test, has_nothing_to_say_of_what_was_there_already) {
  const auto got = load(
      "[stage.measure]\nfrom = { files = \"in.txt\" }\nplace = \"thread\"\nworkers = 2\nto = { file = \"-\" "
      "}\n");
  EXPECT_EQ(got.plan.members[0].workers, 2U);
  EXPECT_EQ(got.promised_no_more, "");
}

}  // namespace
}  // namespace troupe::cli::in_process_test
