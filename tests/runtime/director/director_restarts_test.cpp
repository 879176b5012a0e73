// The director and a program that cannot be started: nothing of it ever runs.
#include "../scene.hpp"

#include <troupe/runtime/director/director.hpp>
#include <troupe/spawn/spawner.hpp>

namespace troupe::runtime::director_restarts_test {
namespace {

using namespace std::chrono_literals;

class director_and_its_workers : public ::testing::Test {
 protected:
  director_and_its_workers() {
    auto started = spawn::spawner::start();
    EXPECT_TRUE(started) << started.error().message();
    spawner = std::move(*started);
    auto& restart = on.of.members[1].restart;
    restart.window = 1h;
    restart.burst = 2;
  }
  outcome run() {
    std::vector<outcome> outcomes;
    const auto whom = on.actors.spawn<director>(
        {.name = "director"},
        director_setting{on.of,
                         on.by,
                         counters,
                         on.log,
                         "run-1",
                         {},
                         {},
                         [this] {
                           return std::make_unique<workforce>(
                               *spawner, "/nowhere/program", "program",
                               workforce_events{[](const instance&, from_worker) {},
                                                [](const instance&, const spawn::exit_report&) {},
                                                [](const instance&, std::string_view, bool) {}});
                         },
                         [&](outcome how) { outcomes.push_back(std::move(how)); }});
    whom.send(order{order_kind::begin});
    on.actors.advance(10min);  // longer than all pauses before restarts
    EXPECT_EQ(outcomes.size(), 1U);
    return outcomes.empty() ? outcome{} : outcomes[0];
  }
  std::unique_ptr<spawn::spawner> spawner;
  run_counters counters;
  scene on;
};

TEST_F(director_and_its_workers, tries_again_as_often_as_the_burst_allows_and_gives_up) {
  const auto how = run();
  EXPECT_EQ(how.kind, outcome_kind::failed);
  EXPECT_FALSE(how.drained);
  EXPECT_EQ(how.message.rfind("stage 'work': worker work.0 could not be started: ", 0), 0U) << how.message;
  EXPECT_NE(how.message.find("'/nowhere/program'"), std::string::npos) << how.message;
  EXPECT_NE(how.message.find("have ended more than 2 times within 1h"), std::string::npos) << how.message;
  EXPECT_EQ(counters.restarts, 2U);
}

TEST_F(director_and_its_workers, does_not_try_again_when_the_policy_is_never) {
  on.of.members[1].restart.policy = restart_when::never;
  const auto how = run();
  EXPECT_EQ(how.kind, outcome_kind::failed);
  EXPECT_NE(how.message.find(", and restart.policy is \"never\""), std::string::npos) << how.message;
  EXPECT_EQ(counters.restarts, 0U);
}

TEST_F(director_and_its_workers, counts_the_deaths_of_all_workers_of_a_stage_together) {
  on.of.members[1].workers = 3;
  const auto how = run();
  EXPECT_EQ(how.kind, outcome_kind::failed);
  EXPECT_EQ(counters.restarts, 2U) << "they run the same program";
}

}  // namespace
}  // namespace troupe::runtime::director_restarts_test
