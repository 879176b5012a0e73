// Programs of actors: they run until they are stopped, until nobody is left, or until somebody cannot be mended; beside
// stages, as long as these.
#include "program.hpp"

#include <algorithm>
#include <csignal>

namespace troupe::end_to_end::actors_test {
namespace {

const std::vector<std::string> run_play{"run", "play.toml"};

TEST(actors, alone_run_until_ctrl_c_and_finish_their_mailboxes) {
  const folder home;
  home.write("play.toml", "[actor.player]\noptions = { does = \"say\", times = 3000 }\n");
  program running(home, run_play);
  running.wait_for_lines(1);
  running.signal(SIGINT);
  const auto done = running.wait();
  EXPECT_EQ(done.status.code(), 130) << done.err;
  EXPECT_EQ(lines_of(done.out).size(), 3000U);
  EXPECT_NE(done.err.find("every actor finished its mailbox"), std::string::npos) << done.err;
  EXPECT_EQ(summary(done.err, "actors"), 1U) << done.err;
  EXPECT_EQ(done.err.find("items"), std::string::npos) << "there are no stages: " << done.err;
}

TEST(actors, that_do_not_return_are_left_behind_at_the_second_ctrl_c) {
  const folder home;
  home.write("play.toml", "[actor.player]\noptions = { does = \"hang\", times = 1 }\n");
  program running(home, run_play);
  running.wait_for_lines(1);
  running.signal_and_see_it_taken(SIGINT);
  running.signal(SIGINT);
  const auto done = running.wait();
  EXPECT_EQ(done.status.code(), 130) << done.err;
  EXPECT_NE(done.err.find("an actor that runs in this process has not returned"), std::string::npos)
      << done.err;
}

TEST(actors, that_are_never_made_are_left_behind_at_the_second_ctrl_c) {
  const folder home;
  home.write("play.toml", "[actor.player]\noptions = { does = \"hang when made\" }\n");
  program running(home, run_play);
  running.wait_for_lines(1);
  running.signal_and_see_it_taken(SIGINT);
  running.signal(SIGINT);
  const auto done = running.wait();
  EXPECT_EQ(done.status.code(), 130) << done.err;
  EXPECT_NE(done.err.find("the constructor of an actor has not returned"), std::string::npos) << done.err;
}

TEST(actors, that_wait_for_a_restart_do_not_make_a_stop_a_failure) {
  const folder home;
  home.write(
      "play.toml",
      "[actor.player]\noptions = { does = \"throw\", times = 2 }\nrestart = { delay = \"1h\", max_delay = "
      "\"1h\" }\n");
  program running(home, run_play);
  running.wait_for_err("it is started again in");
  running.signal(SIGTERM);
  const auto done = running.wait();
  EXPECT_EQ(done.status.code(), 143) << done.err;
  EXPECT_NE(done.err.find("what was left in mailboxes was dropped"), std::string::npos) << done.err;
  EXPECT_NE(done.err.find("dead letters  1 (1 left in a mailbox)"), std::string::npos) << done.err;
}

TEST(actors, of_whom_nobody_is_left_end_the_run) {
  const folder home;
  home.write(
      "play.toml",
      "[actor.player]\noptions = { does = \"stop\", times = 1 }\n[actor.other]\ncall = \"player\"\noptions = "
      "{ does = \"stop\", times = 2 }\n");
  const auto done = run(home, run_play);
  EXPECT_EQ(done.status.code(), 0) << done.err;
}

TEST(actors, that_cannot_be_mended_end_the_run_with_who_and_why) {
  const folder home;
  home.write(
      "play.toml",
      "[actor.player]\noptions = { does = \"throw\", times = 1 }\nrestart = { burst = 2, delay = \"1ms\" "
      "}\n[actor.idle]\ncall = \"player\"\n");
  const auto done = run(home, run_play);
  EXPECT_EQ(done.status.code(), 1) << done.err;
  EXPECT_NE(done.err.find("error: actor 'player' failed too often, at last: stage fright"), std::string::npos)
      << done.err;
  const auto lines = lines_of(done.err);
  EXPECT_EQ(std::count_if(lines.begin(), lines.end(),
                          [](const auto& each) { return each.find("is started again") != each.npos; }),
            2)
      << done.err;
}

constexpr auto both = R"([stage.upper]
from = { files = "in.txt" }
to = { file = "-", format = "lines" }
[actor.player]
)";

TEST(actors, beside_stages_run_as_long_as_these) {
  const folder home;
  home.write("in.txt", "one\ntwo\n");
  home.write("play.toml", both);
  const auto done = run(home, run_play);
  EXPECT_EQ(done.status.code(), 0) << done.err;
  EXPECT_TRUE(same_lines(lines_of(done.out), {"ONE", "TWO"}));
  EXPECT_EQ(summary(done.err, "actors"), 1U);
  EXPECT_EQ(summary(done.err, "items"), 2U);
}

TEST(actors, beside_stages_that_cannot_be_mended_end_these_too) {
  const folder home;
  home.write("play.toml", both);
  program running(home,
                  {"run", "play.toml", "--set", "stage.upper.from={stdin=true}", "--set",
                   "actor.player.options={does='throw',times=1}", "--set", "actor.player.restart={burst=0}"},
                  {.in = stream::ours});
  const auto done = running.wait();  // its stdin is still open
  EXPECT_EQ(done.status.code(), 1) << done.err;
  EXPECT_NE(done.err.find("error: actor 'player' failed"), std::string::npos) << done.err;
}

TEST(actors, that_are_wrong_are_listed_with_stages_that_are) {
  const folder home;
  home.write(
      "play.toml",
      "[stage.uper]\nfrom = { range = [0, 1] }\n[actor.plyer]\n[actor.player]\noptions = { dose = 1 }\n");
  const auto done = run(home, {"check", "play.toml"});
  EXPECT_EQ(done.status.code(), 3);
  for (const std::string error :
       {"play.toml:1:1: error: stage 'uper'", "play.toml:3:1: error: actor 'plyer'",
        "play.toml:5:13: error: unknown key 'dose' in 'options'; did you mean 'does'?"})
    EXPECT_NE(done.err.find(error), std::string::npos) << error << " is not in\n" << done.err;
}

}  // namespace
}  // namespace troupe::end_to_end::actors_test
