// Actors of a file in processes of their own: who reaches whom, who is started again with whom, who hears of it.
#include "performance.hpp"

#include <map>
#include <set>

namespace troupe::end_to_end::process_actors_test {
namespace {

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
      file += "[actor." + name +
              ".options.known]\nmy_here = \"here\"\nmy_alone = \"alone\"\nmy_left = \"left\"\n" +
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
      return std::ranges::all_of(all_four,
                                 [&](const auto& to) { return play.count(to, "news " + text) > 0; });
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
  const char* may_live_again = "";  // its fall may be heard before that of whom it would have followed
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
strategy = ")") + scene.strategy +
                   "\"\n");
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
    if (name != "first")
      play.wait_for("first", "answer of " + name + ' ' + std::to_string(play.process_of(name)));
  EXPECT_EQ(play.interrupt().status.code(), 130);
  for (const auto& [name, lives] : scene.lives) {
    EXPECT_GE(play.lives_of(name).size(), lives) << name;
    EXPECT_LE(play.lives_of(name).size(), lives + (name == scene.may_live_again ? 1 : 0)) << name;
  }
  if (scene.of == std::string_view("third") && scene.how == std::string_view("kill")) return;
  for (const auto process : play.lives_of("third"))
    EXPECT_EQ(process, third) << "its process was not to blame";
}
const fall falls[] = {
    {"one_for_one_by_a_kill",
     "one_for_one",
     "second",
     "kill",
     {{"first", 1}, {"second", 2}, {"third", 1}, {"fourth", 1}, {"fifth", 2}}},
    {"one_for_all_by_a_kill",
     "one_for_all",
     "second",
     "kill",
     {{"first", 2}, {"second", 2}, {"third", 2}, {"fourth", 2}, {"fifth", 2}}},
    {"one_for_all_by_a_throw_elsewhere",
     "one_for_all",
     "third",
     "throw",
     {{"first", 2}, {"second", 2}, {"third", 2}, {"fourth", 2}, {"fifth", 2}}},
    {"one_for_all_by_a_throw_here",
     "one_for_all",
     "fourth",
     "throw",
     {{"first", 2}, {"second", 2}, {"third", 2}, {"fourth", 2}, {"fifth", 2}}},
    {"rest_for_one_by_a_kill_of_the_third",
     "rest_for_one",
     "third",
     "kill",
     {{"first", 1}, {"second", 1}, {"third", 2}, {"fourth", 2}, {"fifth", 2}}},
    {"rest_for_one_by_a_kill_of_two",
     "rest_for_one",
     "second",
     "kill",
     {{"first", 1}, {"second", 2}, {"third", 2}, {"fourth", 2}, {"fifth", 2}},
     "fifth"},
    {"rest_for_one_by_a_throw_elsewhere",
     "rest_for_one",
     "third",
     "throw",
     {{"first", 1}, {"second", 1}, {"third", 2}, {"fourth", 2}, {"fifth", 2}}},
    {"rest_for_one_by_a_throw_here",
     "rest_for_one",
     "fourth",
     "throw",
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
)") +
                   "children = " + GetParam() + "\n");
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

}  // namespace
}  // namespace troupe::end_to_end::process_actors_test
