// Processes with actors of a file that are killed, frozen or told to end, at bad moments too: nothing hangs, nobody is
// left, and what was promised holds.
#include "orphanage.hpp"
#include "performance.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <set>

namespace troupe::end_to_end::process_actors_kill_test {
namespace {

/// Those who send and ask all the time, here and in a process.
constexpr auto pushers = R"(
[actor.near_to_left]
call    = "pusher"
options = { to = "left" }
[actor.near_to_right]
call    = "pusher"
options = { to = "right" }
[actor.far_to_left]
call    = "pusher"
place   = "process"
options = { to = "left" }
[actor.far_to_right]
call    = "pusher"
place   = "process"
options = { to = "right" }
)";
const std::vector<std::string> all_pushers{"near_to_left", "near_to_right", "far_to_left", "far_to_right"};

/// What one heard of each sender, in all its lives.
std::map<std::string, std::vector<std::int64_t>> heard_by(const performance& play, const std::string& name) {
  std::map<std::string, std::vector<std::int64_t>> all;
  for (const auto& line : play.notes(name)) {
    if (!line.starts_with("got ")) continue;
    const auto space = line.rfind(' ');
    all[line.substr(4, space - 4)].push_back(std::stoll(line.substr(space + 1)));
  }
  return all;
}

void expect_that_order_holds(const performance& play, const std::string& name, std::size_t senders) {
  const auto all = heard_by(play, name);
  EXPECT_EQ(all.size(), senders);
  for (const auto& [sender, numbers] : all) {
    const auto back = std::ranges::adjacent_find(numbers, std::greater_equal());
    EXPECT_EQ(back, numbers.end()) << name << " heard " << sender << "'s " << *back << " not before "
                                   << *std::next(back);
  }
}

/// "settled answered 17 closed 3 full 1": every question has had its answer.
void settle(performance& play) {
  for (const auto& name : all_pushers) play.tell(name + " rest");
  for (const auto& name : all_pushers) {
    play.wait_for(name, "settled");
    const auto line = play.notes(name).back();
    EXPECT_TRUE(line.starts_with("settled answered ")) << name << ": " << line;
    std::istringstream words(line.substr(8));
    std::uint64_t often = 0;
    for (std::string how; words >> how >> often;)
      EXPECT_TRUE(how == "answered" || how == "closed" || how == "full") << name << ": " << line;
  }
}

TEST(process_actors_kill, again_and_again_starts_it_once_each_time_while_all_send_and_ask) {
  constexpr std::size_t kills = 10;
  performance play(std::string(four) + pushers);
  for (std::size_t kill = 0; kill <= kills; ++kill) {
    for (const std::string name : {"left", "right"}) {
      play.wait_for(name, "ready", kill + 1);
      play.running().wait_until("somebody far and near reaches " + name, [&] {
        const auto all = play.notes(name);
        const auto life = std::find(all.rbegin(), all.rend(), "ready").base();
        return std::any_of(life, all.end(), [](const auto& each) { return each.starts_with("got near"); }) &&
               std::any_of(life, all.end(), [](const auto& each) { return each.starts_with("got far"); });
      });
    }
    if (kill < kills) stranger(play.lives_of("left").back()).kill(SIGKILL);
  }
  settle(play);
  const auto done = play.interrupt();
  EXPECT_EQ(done.status.code(), 130) << done.err;
  const auto lives = play.lives_of("left");
  EXPECT_EQ(lives.size(), kills + 1);
  EXPECT_EQ(lives, play.lives_of("right")) << "both live in the same processes";
  EXPECT_EQ(std::set(lives.begin(), lives.end()).size(), kills + 1);
  EXPECT_EQ(count_of("error process 'back' killed by SIGKILL", done.err), kills) << done.err;
  EXPECT_EQ(count_of("error process 'far", done.err), 0U) << done.err;
  EXPECT_EQ(play.lives_of("alone").size(), 1U);
  expect_that_order_holds(play, "left", 2);
  expect_that_order_holds(play, "right", 2);
}

TEST(process_actors_kill, fails_the_question_that_is_being_handled_and_not_the_next) {
  performance play(four);
  for (const std::string asker : {"here", "alone"}) {
    const auto life = play.lives_of("left").size() + (asker == "here" ? 1 : 0);
    play.wait_for("left", "ready", life);
    play.tell("left when_asked hang");
    play.wait_for("left", "warned", life);
    play.tell(asker + " ask left");  // its patience is a minute
    play.wait_for("left", "asked", life);
    play.tell("here send left 2");  // for the next life, or lost
    stranger(play.lives_of("left").back()).kill(SIGKILL);
    play.wait_for(asker, "answer of left closed");
    play.tell(asker + " ask left");
    play.wait_for(asker, "answer of left " + std::to_string(play.process_of("left", life + 1)));
  }
  EXPECT_EQ(play.interrupt().status.code(), 130);
}

TEST(process_actors_kill, of_any_at_any_moment_leaves_all_alive_in_the_end) {
  const unsigned seed = std::random_device{}();
  RecordProperty("seed", std::to_string(seed));
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  performance play(std::string(four) + pushers + R"(
[supervisor.others]
children = ["near_to_left", "far_to_left", "near_to_right", "far_to_right"]
restart  = { burst = 1000, delay = "1ms", max_delay = "2ms" }
)");
  for (int round = 0; round < 40; ++round) {
    // Some are still being started.
    ASSERT_FALSE(play.running().ends_within(milliseconds(random() % 25))) << play.running().err();
    const auto workers = workers_of(play.running().id());
    if (!workers.empty()) stranger(workers[random() % workers.size()]).kill(SIGKILL);
  }
  for (const std::string from : {"here", "alone", "left", "right"})
    for (const std::string to : {"here", "alone", "left", "right"}) {
      if (from == to) continue;
      const auto before = play.count(from, "answer of " + to + " ");
      play.running().wait_until(from + " reaches " + to, [&] {
        play.tell(from + " ask " + to);
        play.wait_for(from, "answer of " + to, before + 1);
        return play.count(from, "answer of " + to + " closed") < play.count(from, "answer of " + to);
      });
    }
  EXPECT_EQ(play.interrupt().status.code(), 130);
  EXPECT_EQ(play.lives_of("here").size(), 1U);
}

TEST(process_actors_kill, while_one_is_being_made_starts_it_again) {
  performance play(std::string(four) + R"(
[actor.slow]
call    = "player"
place   = "process"
restart = { delay = "1ms" }
options = { when_made = "await gate" }
)");
  stranger(play.process_of("slow")).kill(SIGKILL);
  stranger(play.process_of("left")).kill(SIGKILL);  // while the other one is being started
  static_cast<void>(play.process_of("slow", 2));
  play.tell("here ask slow");
  play.open_gate("gate");
  play.wait_for("here", "answer of slow " + std::to_string(play.process_of("slow", 2)));
  const auto done = play.interrupt();
  EXPECT_EQ(done.status.code(), 130);
  EXPECT_EQ(done.err.find("told to stop"), std::string::npos) << done.err;
}

TEST(process_actors_kill, right_before_all_stop_holds_up_nobody) {
  performance play(four);
  wait_until_all_are_there(play);
  play.kill_process_of("left");
  play.kill_process_of("alone");
  play.running().wait_for_err("process 'back' killed");
  play.running().wait_for_err("process 'alone' killed");
  const auto done = play.interrupt();
  EXPECT_EQ(done.status.code(), 130) << done.err;
  EXPECT_EQ(done.err.find("told to stop"), std::string::npos) << done.err;
  EXPECT_TRUE(play.sockets().empty());
}

TEST(process_actors_kill, while_all_stop_ends_the_run) {
  performance play(four);
  wait_until_all_are_there(play);
  const audience processes(play.running().id());
  play.tell("left await gate");
  play.tell("right await gate");
  play.wait_for("left", "awaits gate");
  play.wait_for("right", "awaits gate");
  play.tell("left say never");
  play.running().signal(SIGINT);
  play.running().wait_until("alone has ended", [&] { return workers_of(play.running().id()).size() == 1; });
  stranger(play.process_of("left")).kill(SIGKILL);
  const auto done = play.running().wait();
  EXPECT_EQ(done.status.code(), 130) << done.err;
  EXPECT_NE(done.err.find("process 'back' killed by SIGKILL"), std::string::npos) << done.err;
  EXPECT_EQ(done.err.find("every actor finished its mailbox"), std::string::npos) << done.err;
  EXPECT_EQ(play.count("left", "never"), 0U);
  EXPECT_EQ(play.lives_of("left").size(), 1U) << "nobody wants it to live again";
  EXPECT_TRUE(processes.is_alone());
  EXPECT_TRUE(play.sockets().empty());
}

TEST(process_actors_kill, is_what_happens_to_one_that_is_silent) {
  performance play(four);
  wait_until_all_are_there(play);
  play.kill_process_of("left", SIGSTOP);
  play.wait_for("left", "ready", 2);
  play.wait_for("right", "ready", 2);
  play.tell("alone ask left");
  play.wait_for("alone", "answer of left " + std::to_string(play.process_of("left", 2)));
  const auto done = play.interrupt();
  EXPECT_EQ(done.status.code(), 130);
  EXPECT_EQ(count_of("error process 'back' was killed: ", done.err), 1U) << done.err;
  EXPECT_EQ(play.lives_of("alone").size(), 1U);
}

TEST(process_actors_interrupt, lets_every_actor_finish_its_mailbox) {
  performance play(four);
  wait_until_all_are_there(play);
  const audience processes(play.running().id());
  EXPECT_EQ(processes.size(), 2U);
  play.tell("left await gate");
  play.wait_for("left", "awaits gate");
  // One link for all that one process says to another: the answer says that the rest has come.
  for (const std::string sender : {"here", "alone", "right"}) play.tell(sender + " send left 1000");
  for (const std::string sender : {"here", "alone"}) {
    play.tell(sender + " ask right");
    play.wait_for(sender, "answer of right");
  }
  play.wait_for("right", "sent left");
  play.running().signal(SIGINT);
  play.running().wait_until("alone has ended", [&] { return workers_of(play.running().id()).size() == 1; });
  play.open_gate("gate");
  const auto done = play.running().wait();
  EXPECT_EQ(done.status.code(), 130) << done.err;
  EXPECT_NE(done.err.find("every actor finished its mailbox"), std::string::npos) << done.err;
  for (const auto& [sender, numbers] : heard_by(play, "left")) EXPECT_EQ(numbers.size(), 1000U) << sender;
  expect_that_order_holds(play, "left", 3);
  EXPECT_TRUE(processes.is_alone());
  EXPECT_TRUE(play.sockets().empty());
  EXPECT_EQ(done.err.find("error"), std::string::npos) << done.err;
}

class process_actors_second_interrupt : public testing::TestWithParam<const char*> {};

TEST_P(process_actors_second_interrupt, ends_at_once_though_one_hangs) {
  const bool in_handler = GetParam() == std::string_view("handler");
  performance play(std::string(four) + "[actor.slow]\ncall = \"player\"\nplace = \"process\"\n" +
                   (in_handler ? "" : "options = { when_made = \"hang\" }\n"));
  wait_until_all_are_there(play);
  play.wait_for("slow", "born");
  if (in_handler) {
    play.tell("slow hang");
    play.wait_for("slow", "hangs");
  }
  const audience processes(play.running().id());
  EXPECT_EQ(processes.size(), 3U);
  play.running().signal_and_see_it_taken(SIGINT);
  EXPECT_FALSE(play.running().ends_within(milliseconds(100))) << play.running().err();
  play.running().signal(SIGINT);
  const auto done = play.running().wait();
  EXPECT_EQ(done.status.code(), 130) << done.err;
  EXPECT_TRUE(processes.is_alone(watchdog));
}
INSTANTIATE_TEST_SUITE_P(in_its, process_actors_second_interrupt, testing::Values("handler", "constructor"),
                         [](const auto& made) { return std::string(made.param); });

TEST(process_actors_director, killed_leaves_no_process) {
  const orphanage here;
  performance play(std::string(four) + pushers);
  wait_until_all_are_there(play);
  play.tell("left hang");
  play.wait_for("left", "hangs");
  play.wait_for("right", "got far_to_right");
  play.running().signal(SIGKILL);
  EXPECT_EQ(play.running().wait().status.signal(), SIGKILL);
  EXPECT_EQ(orphanage::bury_all(), 5U) << "back, alone, two pushers and the warden";
}

TEST(process_actors_director, killed_at_any_moment_leaves_no_process) {
  const orphanage here;
  const unsigned seed = std::random_device{}();
  RecordProperty("seed", std::to_string(seed));
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 10; ++round) {
    performance play(std::string(four) + pushers);
    ASSERT_FALSE(play.running().ends_within(milliseconds(random() % 100))) << play.running().err();
    play.running().signal(SIGKILL);
    static_cast<void>(play.running().wait());
    orphanage::bury_all();
  }
}

}  // namespace
}  // namespace troupe::end_to_end::process_actors_kill_test
