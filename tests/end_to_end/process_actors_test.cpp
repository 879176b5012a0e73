// Actors of a file in processes of their own: who reaches whom, who is started again with whom, who hears of it.
#include "performance.hpp"

#include <map>
#include <set>

namespace troupe::end_to_end::process_actors_test {
namespace {

/// left and right live together in back, alone by itself, here in the director.
constexpr auto four = R"(
[actor.console]
[actor.here]
call = "player"
[actor.alone]
call  = "player"
place = "process"
restart = { delay = "1ms" }
[actor.left]
call  = "player"
place = "back"
restart = { delay = "1ms" }
[actor.right]
call  = "player"
place = "back"
restart = { delay = "1ms" }
[process.back]
)";
const std::vector<std::string> all_four{"here", "alone", "left", "right"};

void wait_until_all_are_there(performance& play, const std::vector<std::string>& names = all_four) {
  for (const auto& name : names) play.wait_for(name, "ready");
}

TEST(process_actors, live_where_the_file_says) {
  performance play(four);
  wait_until_all_are_there(play);
  std::map<std::string, pid_t> at;
  for (const auto& name : all_four) at[name] = play.process_of(name);
  EXPECT_EQ(at["here"], play.running().id());
  EXPECT_EQ(at["left"], at["right"]);
  EXPECT_EQ((std::set{at["here"], at["alone"], at["left"]}.size()), 3U);
  const auto workers = workers_of(play.running().id());
  EXPECT_EQ(std::set(workers.begin(), workers.end()), (std::set{at["alone"], at["left"]}));
}

/// How they know each other.
class process_actors_reach : public testing::TestWithParam<const char*> {};

TEST_P(process_actors_reach, each_other_and_by_an_address_in_a_reply) {
  const bool by_options = GetParam() == std::string_view("options");
  std::string file = four;
  if (by_options)
    for (const auto& name : all_four)
      file += "[actor." + name + ".options.known]\nmy_here = \"here\"\nmy_alone = \"alone\"\nmy_left = \"left\"\n" +
              "my_right = \"right\"\n";
  const std::string of = by_options ? "my_" : "";
  performance play(file);
  for (const auto& from : all_four)
    for (const auto& to : all_four) {
      if (from == to) continue;  // it would wait for itself
      play.tell(from + " send " + of + to + " 3");
      play.tell(from + " ask " + of + to + " 77");
      play.wait_for(from, "answer of " + of + to + ' ' + std::to_string(play.process_of(to)) + " who heard ");
      play.wait_for(to, "got " + from + " 77");
      std::vector<std::string> got;
      for (const auto& line : play.notes(to))
        if (line.starts_with("got " + from + ' ')) got.push_back(line.substr(5 + from.size()));
      EXPECT_EQ(got, (std::vector<std::string>{"1", "2", "3", "77"})) << from << " to " << to;
    }
  EXPECT_EQ(play.interrupt().status.code(), 130);
}
INSTANTIATE_TEST_SUITE_P(by, process_actors_reach, testing::Values("options", "names"),
                         [](const auto& made) { return std::string(made.param); });

TEST(process_actors, hear_once_what_is_published_anywhere) {
  performance play(four);
  wait_until_all_are_there(play);
  for (const auto& from : all_four) {
    // Who publishes is not told when the others have begun to listen.
    int trial = 0;
    const auto heard_by_all = [&](const std::string& text) {
      return std::ranges::all_of(all_four, [&](const auto& to) { return play.count(to, "news " + text) > 0; });
    };
    const auto trials = from + "_trial";
    play.running().wait_until("all hear " + from, [&] {
      play.tell(from + " publish " + trials + std::to_string(++trial));
      return heard_by_all(trials);
    });
    play.tell(from + " publish " + from + "_says");
    play.running().wait_until("all have heard " + from, [&] { return heard_by_all(from + "_says"); });
  }
  EXPECT_EQ(play.interrupt().status.code(), 130);
  for (const auto& from : all_four)
    for (const auto& to : all_four) {
      EXPECT_EQ(play.count(to, "news " + from + "_says"), 1U) << from << " to " << to;
      std::set<std::string> different;
      for (const auto& line : play.notes(to))
        if (line.starts_with("news " + from + "_trial")) different.insert(line);
      EXPECT_EQ(different.size(), play.count(to, "news " + from + "_trial")) << from << " to " << to;
    }
}

TEST(process_actors, that_throw_live_again_in_the_same_process_with_their_mailbox) {
  performance play(four);
  play.tell("here send right 3");
  play.wait_for("right", "got here 3");
  play.tell("left await gate");
  play.wait_for("left", "awaits gate");
  play.tell("left throw");
  play.tell("here send left 5");
  play.tell("here ask right");  // one link: its answer says that what went to left has come
  play.wait_for("here", "answer of right");
  play.open_gate("gate");
  play.wait_for("left", "got here 5");
  const auto back = play.process_of("right");
  EXPECT_EQ(play.lives_of("left"), (std::vector{back, back}));
  EXPECT_EQ(play.lives_of("right"), (std::vector{back}));
  EXPECT_EQ(play.count("left", "got "), 5U);
  play.tell("here ask right");
  play.wait_for("here", "answer of right " + std::to_string(back) + " who heard 3", 2);
  const auto done = play.interrupt();
  EXPECT_EQ(done.status.code(), 130);
  EXPECT_NE(done.err.find("told to throw"), std::string::npos) << done.err;
  EXPECT_EQ(done.err.find("process 'back'"), std::string::npos) << done.err;
}

TEST(process_actors, that_throw_over_a_question_fail_it_and_go_on) {
  performance play(four);
  play.tell("left when_asked throw");
  play.wait_for("left", "warned");
  play.tell("here ask left");
  play.wait_for("here", "answer of left handler_failed");
  play.tell("here ask left");
  play.wait_for("here", "answer of left " + std::to_string(play.process_of("left")));
  EXPECT_EQ(play.lives_of("left").size(), 2U);
  EXPECT_EQ(play.process_of("left"), play.process_of("right"));
}

/// Who falls, and how often each has lived then.
struct fall {
  const char* name;
  const char* strategy;
  const char* of;
  const char* how;  // "kill": its process
  std::map<std::string, std::size_t> lives;
};
void PrintTo(const fall& what, std::ostream* out) {
  *out << what.name;
}
class process_actors_together : public testing::TestWithParam<fall> {};

TEST_P(process_actors_together, live_again_with_whom_their_supervisor_says) {
  const auto& scene = GetParam();
  performance play(std::string(R"(
[actor.console]
[actor.first]
call = "player"
[actor.second]
call  = "player"
place = "back"
[actor.third]
call  = "player"
place = "process"
[actor.fourth]
call = "player"
[actor.fifth]
call  = "player"
place = "back"
[process.back]
[supervisor.all]
children = ["first", "second", "third", "fourth", "fifth"]
restart  = { delay = "1ms" }
strategy = ")") + scene.strategy + "\"\n");
  wait_until_all_are_there(play, {"first", "second", "third", "fourth", "fifth"});
  const auto third = play.process_of("third");
  if (scene.how == std::string_view("kill"))
    play.kill_process_of(scene.of);
  else
    play.tell(std::string(scene.of) + ' ' + scene.how);
  for (const auto& [name, lives] : scene.lives) {
    play.wait_for(name, "ready", lives);
    if (name != "first") play.tell("first ask " + name);
  }
  for (const auto& [name, lives] : scene.lives)
    if (name != "first") play.wait_for("first", "answer of " + name + ' ' + std::to_string(play.process_of(name)));
  EXPECT_EQ(play.interrupt().status.code(), 130);
  for (const auto& [name, lives] : scene.lives) EXPECT_EQ(play.lives_of(name).size(), lives) << name;
  if (scene.of == std::string_view("third") && scene.how == std::string_view("kill")) return;
  for (const auto process : play.lives_of("third"))
    EXPECT_EQ(process, third) << "its process was not to blame";
}
const fall falls[] = {
    {"one_for_one_by_a_kill", "one_for_one", "second", "kill",
     {{"first", 1}, {"second", 2}, {"third", 1}, {"fourth", 1}, {"fifth", 2}}},
    {"one_for_all_by_a_kill", "one_for_all", "second", "kill",
     {{"first", 2}, {"second", 2}, {"third", 2}, {"fourth", 2}, {"fifth", 2}}},
    {"one_for_all_by_a_throw_elsewhere", "one_for_all", "third", "throw",
     {{"first", 2}, {"second", 2}, {"third", 2}, {"fourth", 2}, {"fifth", 2}}},
    {"one_for_all_by_a_throw_here", "one_for_all", "fourth", "throw",
     {{"first", 2}, {"second", 2}, {"third", 2}, {"fourth", 2}, {"fifth", 2}}},
    {"rest_for_one_by_a_kill_of_the_third", "rest_for_one", "third", "kill",
     {{"first", 1}, {"second", 1}, {"third", 2}, {"fourth", 2}, {"fifth", 2}}},
    {"rest_for_one_by_a_kill_of_two", "rest_for_one", "second", "kill",
     {{"first", 1}, {"second", 2}, {"third", 2}, {"fourth", 2}, {"fifth", 2}}},
    {"rest_for_one_by_a_throw_elsewhere", "rest_for_one", "third", "throw",
     {{"first", 1}, {"second", 1}, {"third", 2}, {"fourth", 2}, {"fifth", 2}}},
    {"rest_for_one_by_a_throw_here", "rest_for_one", "fourth", "throw",
     {{"first", 1}, {"second", 1}, {"third", 1}, {"fourth", 2}, {"fifth", 2}}},
};
INSTANTIATE_TEST_SUITE_P(at, process_actors_together, testing::ValuesIn(falls),
                         [](const auto& made) { return std::string(made.param.name); });

class process_actors_early : public testing::TestWithParam<const char*> {};

TEST_P(process_actors_early, are_restarted_while_their_process_is_still_being_started) {
  performance play(std::string(R"(
[actor.console]
[actor.far]
call  = "player"
place = "process"
[actor.near]
call    = "player"
options = { when_made = "throw_once" }
[supervisor.both]
strategy = "one_for_all"
restart  = { delay = "1ms" }
)") + "children = " + GetParam() + "\n");
  play.wait_for("near", "ready");
  play.tell("near ask far");
  play.wait_for("near", "answer of far " + std::to_string(play.process_of("far")));
  const auto done = play.interrupt();
  EXPECT_EQ(done.status.code(), 130) << done.err;
  EXPECT_EQ(play.lives_of("near").size(), 2U);
  EXPECT_EQ(done.err.find("process 'far'"), std::string::npos) << done.err;
}
INSTANTIATE_TEST_SUITE_P(listed, process_actors_early,
                         testing::Values("[\"far\", \"near\"]", "[\"near\", \"far\"]"),
                         [](const auto& made) { return made.index == 0 ? "first" : "last"; });

TEST(process_actors, that_die_too_often_end_the_run_with_a_sentence) {
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

TEST(process_actors, whose_constructor_throws_each_time_end_the_run_with_a_sentence) {
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

TEST(process_actors, in_a_program_that_does_not_run_as_a_worker_end_the_run_with_a_hint) {
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
restart = )" + scene.restart + '\n';
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

TEST(process_actors, that_come_later_hear_of_those_who_have_gone_for_good) {
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

TEST(process_actors, that_have_stopped_do_not_come_back_with_their_process) {
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

TEST(process_actors, end_their_process_when_the_last_of_them_has_stopped) {
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

TEST(process_actors, end_the_run_when_all_have_stopped) {
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

TEST(process_actors, beside_stages_are_stopped_when_these_are_done) {
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

TEST(process_actors, over_their_memory_max_are_killed_and_live_again) {
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
  EXPECT_EQ(count_of("(over its memory_max)", done.err.substr(0, done.err.find('\n', done.err.find("error")))), 1U)
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
    for (const auto& each : GetParam().says) EXPECT_EQ(count_of(each, done.err), 1U) << each << '\n' << done.err;
  }
}
const wrong_file wrong_files[] = {
    {"messages_that_cannot_travel",
     "[actor.painter]\nplace = \"process\"\n",
     {"play.toml:2:9: error: actor 'painter' cannot live in another process: 'picture' is not portable: field 'on' ",
      "field 'pixels'", "write place = \"thread\""}},
    {"options_with_an_actor_elsewhere",
     "[actor.painter]\n[actor.admirer]\nplace = \"back\"\noptions = { of = \"painter\" }\n[process.back]\n",
     {"play.toml:4:18: error: ",
      "actor 'painter' lives in another process than actor 'admirer', and 'picture' is not portable: field 'on' "}},
};
INSTANTIATE_TEST_SUITE_P(of, process_actors_refusal, testing::ValuesIn(wrong_files),
                         [](const auto& made) { return std::string(made.param.name); });

}  // namespace
}  // namespace troupe::end_to_end::process_actors_test
