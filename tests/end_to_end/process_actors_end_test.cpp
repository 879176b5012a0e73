// Actors of a file in processes of their own: how they and the run come to an end, and who hears of it; files that are
// wrong.
#include "performance.hpp"

#include <set>

namespace troupe::end_to_end::process_actors_end_test {
namespace {

TEST(process_actors_end, the_run_with_a_sentence_when_they_die_too_often) {
  performance play(R"(
[actor.console]
[actor.alone]
call  = "player"
place = "process"
[actor.left]
call    = "player"
place   = "back"
restart = { burst = 2, delay = "1ms" }
[process.back]
)");
  play.wait_for("alone", "ready");
  for (std::size_t life = 1; life <= 2; ++life) {
    play.wait_for("left", "ready", life);
    play.tell("left segv");
  }
  play.wait_for("left", "ready", 3);
  const audience processes(play.running().id());
  EXPECT_EQ(processes.size(), 2U);
  play.tell("left segv");
  const auto done = play.running().wait();
  EXPECT_EQ(done.status.code(), 1) << done.err;
  const auto last = done.err.find("error: actor 'left' failed");
  ASSERT_NE(last, std::string::npos) << done.err;
  EXPECT_NE(done.err.find("process 'back'", last), std::string::npos) << done.err;
  EXPECT_NE(done.err.find("SIGSEGV", last), std::string::npos) << done.err;
  EXPECT_TRUE(processes.is_alone());
  EXPECT_TRUE(play.sockets().empty());
}

TEST(process_actors_end, the_run_with_a_sentence_when_a_constructor_throws_each_time) {
  performance play(R"(
[actor.left]
call    = "player"
place   = "process"
restart = { burst = 2, delay = "1ms" }
options = { when_made = "throw" }
)");
  const auto done = play.running().wait();
  EXPECT_EQ(done.status.code(), 1) << done.err;
  EXPECT_NE(done.err.find("error: actor 'left' failed"), std::string::npos) << done.err;
  EXPECT_NE(done.err.find("no wish to play"), std::string::npos) << done.err;
  const auto lives = play.lives_of("left");
  EXPECT_EQ(lives.size(), 3U);
  EXPECT_EQ(std::set(lives.begin(), lives.end()).size(), 1U) << "its process was not to blame";
}

TEST(process_actors_end, the_run_with_a_hint_when_a_worker_does_not_run) {
  performance play(R"(
[actor.left]
call    = "player"
place   = "process"
restart = { burst = 1, delay = "1ms" }
)",
                   {.env = {{"PLAY_SKIP_RUN", "1"}}});
  const auto done = play.running().wait();
  EXPECT_EQ(done.status.code(), 1) << done.err;
  EXPECT_EQ(count_of("does main() call app.run()?", done.err), 2U) << done.err;
  EXPECT_NE(done.err.find("error: actor 'left' failed"), std::string::npos) << done.err;
}

/// What ends left for good, and what its monitors hear then.
struct good_bye {
  const char* name;
  const char* restart;
  const char* how;  // "kill": its process
  const char* reason;
};
void PrintTo(const good_bye& what, std::ostream* out) {
  *out << what.name;
}
class process_actors_monitor : public testing::TestWithParam<good_bye> {};

TEST_P(process_actors_monitor, hears_the_end_for_good_with_its_reason_and_no_restart) {
  const auto& scene = GetParam();
  const std::vector<std::string> monitors{"here", "alone", "left"};
  std::string file = std::string(four) + R"(
[actor.star]
call    = "player"
place   = "process"
restart = )" + scene.restart +
                     '\n';
  for (const auto& name : monitors) file += "[actor." + name + ".options.known]\nstar = \"star\"\n";
  performance play(file);
  for (const auto& name : monitors) {
    play.tell(name + " monitor star");
    play.wait_for(name, "monitors star");
  }
  if (std::string_view(scene.restart).find("never") == std::string_view::npos) {
    play.kill_process_of("star");
    play.wait_for("star", "ready", 2);
    for (const auto& name : monitors) {
      play.tell(name + " ask star");
      play.wait_for(name, "answer of star " + std::to_string(play.process_of("star", 2)));
      EXPECT_EQ(play.count(name, "down "), 0U);
    }
  }
  if (scene.how == std::string_view("kill"))
    play.kill_process_of("star");
  else
    play.tell(std::string("star ") + scene.how);
  for (const auto& name : monitors) play.wait_for(name, "down ");
  for (const auto& name : monitors) {
    EXPECT_EQ(play.count(name, std::string("down star ") + scene.reason), 1U) << play.home().read(name);
    EXPECT_EQ(play.count(name, "down "), 1U);
    play.tell(name + " ask star");
    play.wait_for(name, "answer of star closed");
  }
  EXPECT_EQ(play.interrupt().status.code(), 130);
}
const good_bye good_byes[] = {
    {"stop", "{ delay = \"1ms\" }", "stop", "stopped: "},
    {"throw", "{ policy = \"never\" }", "throw", "failed: told to throw"},
    {"kill", "{ policy = \"never\" }", "kill", "process_lost: its process 'star' "},
};
INSTANTIATE_TEST_SUITE_P(of_a, process_actors_monitor, testing::ValuesIn(good_byes),
                         [](const auto& made) { return std::string(made.param.name); });

TEST(process_actors_end, is_told_to_those_who_come_later) {
  performance play(std::string(four) + R"(
[actor.star]
call  = "player"
place = "process"
[actor.fan]
call    = "player"
place   = "process"
restart = { delay = "1ms" }
options = { monitors = ["star", "extra"], known = { star = "star", extra = "extra" } }
[actor.extra]
call = "player"
)");
  play.wait_for("fan", "ready");
  play.tell("star stop");
  play.tell("extra stop");
  play.wait_for("fan", "down star stopped");
  play.wait_for("fan", "down extra stopped");
  play.kill_process_of("fan");
  play.wait_for("fan", "ready", 2);
  play.wait_for("fan", "down star stopped", 2);
  play.wait_for("fan", "down extra stopped", 2);
  play.tell("fan ask star");
  play.tell("fan ask extra");
  play.wait_for("fan", "answer of star closed");
  play.wait_for("fan", "answer of extra closed");
}

TEST(process_actors_end, is_for_good_though_their_process_comes_back) {
  performance play(std::string(four) + R"(
[actor.right.options.known]
it = "left"
[actor.alone.options.known]
it = "left"
)");
  wait_until_all_are_there(play);
  play.tell("alone monitor it");
  play.wait_for("alone", "monitors it");
  play.tell("left stop");
  play.wait_for("alone", "down left stopped");
  play.kill_process_of("right");
  play.wait_for("right", "ready", 2);
  for (const std::string asker : {"alone", "right"}) {
    play.tell(asker + " ask it");
    play.wait_for(asker, "answer of it closed");
  }
  EXPECT_EQ(play.interrupt().status.code(), 130);
  EXPECT_EQ(play.lives_of("left").size(), 1U);
}

TEST(process_actors_end, their_process_when_the_last_of_them_has_stopped) {
  performance play(four);
  wait_until_all_are_there(play);
  const auto workers = [&] { return workers_of(play.running().id()); };
  const auto alone = play.process_of("alone");
  play.tell("here monitor left");
  play.wait_for("here", "monitors left");
  play.tell("left stop");
  play.wait_for("here", "down left stopped");
  play.tell("here ask right");
  play.wait_for("here", "answer of right");
  EXPECT_EQ(workers().size(), 2U);
  play.tell("right stop");
  play.running().wait_until("back has ended", [&] { return workers() == std::vector{alone}; });
  EXPECT_EQ(play.interrupt().status.code(), 130);
  EXPECT_EQ(play.running().err().find("error"), std::string::npos) << play.running().err();
}

TEST(process_actors_end, the_run_when_all_have_stopped) {
  performance play(R"(
[actor.left]
call    = "player"
place   = "back"
options = { when_made = "stop" }
[actor.right]
call    = "player"
place   = "process"
options = { when_made = "stop" }
[process.back]
)");
  const auto done = play.running().wait();
  EXPECT_EQ(done.status.code(), 0) << done.err;
  EXPECT_EQ(done.err.find("error"), std::string::npos) << done.err;
  EXPECT_TRUE(play.sockets().empty());
}

TEST(process_actors_end, with_the_stages_beside_them) {
  const folder home;
  home.write("in.txt", "one\ntwo\nthree\n");
  home.write("play.toml", std::string(four) + R"(
[stage.echo]
from    = { files = "in.txt" }
workers = 2
to      = { file = "-", format = "lines" }
)");
  const auto done = run(home, {"run", "play.toml"}, {.path = troupe_app()});
  EXPECT_EQ(done.status.code(), 0) << done.err;
  EXPECT_TRUE(same_lines(lines_of(done.out), {"one", "two", "three"}));
  EXPECT_EQ(done.err.find("error"), std::string::npos) << done.err;
  EXPECT_EQ(done.err.find("killed"), std::string::npos) << done.err;
  auto left = home.list("troupe");
  std::erase(left, "lock");
  EXPECT_TRUE(left.empty());
}

TEST(process_actors_end, with_a_process_over_its_memory_max_and_live_again) {
  performance play(R"(
[actor.console]
[actor.here]
call = "player"
[actor.left]
call    = "player"
place   = "back"
restart = { delay = "1ms" }
[actor.right]
call    = "player"
place   = "back"
restart = { delay = "1ms" }
[process.back]
limits = { memory_max = "300M" }
)");
  play.wait_for("right", "ready");
  play.wait_for("left", "ready");
  play.tell("left gorge");
  play.wait_for("left", "ready", 2);
  play.wait_for("right", "ready", 2);
  play.tell("here ask right");
  play.wait_for("here", "answer of right " + std::to_string(play.process_of("left", 2)));
  const auto done = play.interrupt();
  EXPECT_EQ(done.status.code(), 130);
  EXPECT_EQ(
      count_of("(over its memory_max)", done.err.substr(0, done.err.find('\n', done.err.find("error")))), 1U)
      << done.err;
}

/// Files that are wrong, and the sentence.
struct wrong_file {
  const char* name;
  const char* text;
  std::vector<std::string> says;
};
void PrintTo(const wrong_file& what, std::ostream* out) {
  *out << what.name;
}
class process_actors_refusal : public testing::TestWithParam<wrong_file> {};

TEST_P(process_actors_refusal, says_where_and_why) {
  const folder home;
  home.write("play.toml", GetParam().text);
  for (const std::string verb : {"check", "run"}) {
    const auto done = run(home, {verb, "play.toml"}, {.path = troupe_app()});
    EXPECT_EQ(done.status.code(), 3) << done.err;
    for (const auto& each : GetParam().says)
      EXPECT_EQ(count_of(each, done.err), 1U) << each << '\n' << done.err;
  }
}
const wrong_file wrong_files[] = {
    {"messages_that_cannot_travel",
     "[actor.painter]\nplace = \"process\"\n",
     {"play.toml:2:9: error: actor 'painter' cannot live in another process: 'picture' is not portable: "
      "field 'on' ",
      "field 'pixels'", "write place = \"thread\""}},
    {"options_with_an_actor_elsewhere",
     "[actor.painter]\n[actor.admirer]\nplace = \"back\"\noptions = { of = \"painter\" }\n[process.back]\n",
     {"play.toml:4:18: error: ",
      "actor 'painter' lives in another process than actor 'admirer', and 'picture' is not portable: field "
      "'on' "}},
};
INSTANTIATE_TEST_SUITE_P(of, process_actors_refusal, testing::ValuesIn(wrong_files),
                         [](const auto& made) { return std::string(made.param.name); });

}  // namespace
}  // namespace troupe::end_to_end::process_actors_end_test
