// Strategies, escalation, and how trees stop.
#include "supervised.hpp"

#include <troupe/actors/test_probe.hpp>

#include <algorithm>
#include <stdexcept>

namespace supervisor_tree_test {
namespace {

using namespace supervised;
using namespace std::chrono_literals;
using troupe::ending;
using troupe::strategy;

TEST(supervisor, one_for_all_starts_all_again_in_their_order) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    scene s({.strategy = strategy::one_for_all, .restart = at_once}, seed);
    const auto a = s.hire("a"), b = s.hire("b"), c = s.hire("c");
    b.send(fail_now{});
    s.stage.run_until_idle();
    lines seen = s.journal.lines();
    ASSERT_EQ(seen.size(), 9U) << "seed " << seed;
    EXPECT_EQ(seen[3], "-b");
    EXPECT_EQ(lines(seen.end() - 3, seen.end()), (lines{"+a", "+b", "+c"}));
  }
}

TEST(supervisor, rest_for_one_starts_those_again_that_were_spawned_later) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    scene s({.strategy = strategy::rest_for_one, .restart = at_once}, seed);
    const auto a = s.hire("a"), b = s.hire("b"), c = s.hire("c");
    b.send(fail_now{});
    s.stage.run_until_idle();
    EXPECT_EQ(s.journal.lines(), (lines{"+a", "+b", "+c", "-b", "-c", "+b", "+c"}));
  }
}

TEST(supervisor, those_that_are_started_again_with_another_keep_their_queue) {
  scene s({.strategy = strategy::one_for_all, .restart = {.delay = 1s}});
  const auto a = s.hire("a"), b = s.hire("b");
  b.send(fail_now{});
  s.stage.run_until_idle();
  a.send(number{1});
  b.send(number{2});
  const lines seen = s.wait(2s);
  EXPECT_EQ(lines(seen.end() - 4, seen.end()).size(), 4U);
  EXPECT_EQ(std::ranges::count(seen, "a 1") + std::ranges::count(seen, "b 2"), 2);
  EXPECT_EQ(s.stage.system().dead_letters().total(), 0U);
}

TEST(supervisor, does_not_count_a_kill_that_comes_behind_a_death) {
  std::string said;
  const auto log = troupe::logger::make(
      {.colour = troupe::log_colour::never, .write = [&](std::string_view line) { said += line; }});
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    scene s({.strategy = troupe::strategy::one_for_all, .restart = {.burst = 5, .window = 1h, .delay = 0ms}},
            seed, log);
    const auto one = s.hire("one"), two = s.hire("two"), three = s.hire("three");
    for (const auto& each : {one, two, three}) each.send(fail_now{});
    s.run();
    for (const auto& each : {one, two, three}) ASSERT_EQ(each.ask(supervised::how_many{}).get(), 0);
    ASSERT_EQ(said.find("it was killed"), said.npos) << "seed " << seed << '\n' << said;
  }
}

TEST(supervisor, gives_up_when_a_child_fails_too_often_and_says_who_and_why) {
  scene s({.name = "boss", .restart = {.burst = 2, .window = 10s, .delay = 0ms}});
  const auto calm = s.hire("calm"), hot = s.hire("hot");
  for (int i = 0; i < 3; ++i) {
    hot.send(fail_now{});
    s.stage.run_until_idle();
  }
  EXPECT_EQ(s.end_of(s.boss.address()),
            (troupe::end_reason{ending::failed, "actor 'hot' failed too often, at last: no more paper"}));
  EXPECT_TRUE(s.stage.system().ended(calm));
  EXPECT_TRUE(s.stage.system().ended(hot));
  EXPECT_EQ(s.stage.system().wait_ended(hot, probe::watchdog())->text, "no more paper");
  EXPECT_EQ(s.stage.system().size(), 0U);
}

TEST(supervisor, that_gives_up_is_started_again_by_the_one_above_with_the_same_addresses) {
  scene s({.name = "top", .restart = at_once});
  auto below = s.boss.supervise({.name = "below", .restart = {.burst = 0, .window = 10s, .delay = 0ms}});
  const auto one = below.spawn<ref_worker>({.name = "one"}, std::ref(s.journal));
  const auto two = below.spawn<ref_worker>({.name = "two"}, std::ref(s.journal));
  one.send(fail_now{});
  one.send(number{1});
  two.send(number{2});
  const lines seen = s.run();
  EXPECT_EQ(std::ranges::count(seen, "+one"), 2);
  EXPECT_EQ(std::ranges::count(seen, "+two"), 2);
  EXPECT_EQ(std::ranges::count(seen, "one 1"), 1);
  EXPECT_EQ(std::ranges::count(seen, "two 2"), 1);
  EXPECT_FALSE(s.stage.system().ended(below.address()));
}

TEST(supervisor, that_is_started_again_has_forgiven_its_children) {
  scene s({.name = "top", .restart = at_once});
  auto below = s.boss.supervise({.name = "below", .restart = {.burst = 1, .window = 1h, .delay = 0ms}});
  const auto one = below.spawn<ref_worker>({.name = "one"}, std::ref(s.journal));
  const auto fail_once = [&] {
    one.send(fail_now{});
    s.stage.run_until_idle();
    return s.stage.system().look();
  };
  const auto restarts_of_below = [&](const std::vector<troupe::actor_info>& all) {
    const auto at = std::ranges::find(all, "below", &troupe::actor_info::name);
    return at == all.end() ? 99U : at->restarts;
  };
  EXPECT_EQ(restarts_of_below(fail_once()), 0U);
  EXPECT_EQ(restarts_of_below(fail_once()), 1U) << "the second within the window";
  EXPECT_EQ(restarts_of_below(fail_once()), 1U) << "the first of the new life";
  EXPECT_EQ(restarts_of_below(fail_once()), 2U);
}

TEST(supervisor, says_in_the_log_what_it_does_about_each_failure) {
  std::string said;
  const auto log = troupe::logger::make({.level = troupe::log_level::debug,
                                         .colour = troupe::log_colour::never,
                                         .write = [&](std::string_view line) { said += line; }});
  {
    scene s({.name = "boss", .restart = {.burst = 1, .window = 1h, .delay = 0ms}}, 1, log);
    const auto hot = s.hire("hot");
    hot.send(fail_now{});
    s.stage.run_until_idle();
    hot.send(fail_now{});
    s.stage.run_until_idle();
  }
  scene s({.name = "strict", .restart = {.policy = troupe::restart_when::never}}, 1, log);
  s.hire("lost").kill();
  s.stage.run_until_idle();
  for (const std::string line : {"warn  boss: actor 'hot' failed: no more paper; it is started again\n",
                                 "error boss: actor 'hot' failed: no more paper; that was too often\n",
                                 "warn  strict: actor 'lost' failed: it was killed\n"})
    EXPECT_NE(said.find(line), std::string::npos) << line << said;
}

TEST(supervisor, escalates_to_the_root_which_ends_with_everything_below_it) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    scene s({.name = "top", .restart = {.burst = 1, .window = 100s, .delay = 0ms}}, seed);
    auto below = s.boss.supervise({.name = "below", .restart = {.burst = 0, .window = 100s, .delay = 0ms}});
    const auto bystander = s.hire("bystander");
    const auto one = below.spawn<ref_worker>({.name = "one"}, std::ref(s.journal));
    for (int i = 0; i < 2; ++i) {
      one.send(fail_now{});
      s.stage.run_until_idle();
    }
    EXPECT_EQ(
        s.end_of(s.boss.address()).text,
        "actor 'below' failed too often, at last: actor 'one' failed too often, at last: no more paper");
    EXPECT_TRUE(s.stage.system().ended(below.address()));
    EXPECT_EQ(s.stage.system().size(), 0U) << "seed " << seed;
  }
}

TEST(supervisor, stops_its_children_last_first_and_lets_each_finish_its_queue) {
  scene s({});
  const auto a = s.hire("a"), b = s.hire("b");
  a.send(number{1});
  b.send(number{2});
  s.boss.stop();
  s.stage.run_until_idle();
  lines seen = s.journal.lines();
  std::erase_if(seen, [](const std::string& each) { return !each.starts_with("-"); });
  EXPECT_EQ(seen, (lines{"-b", "-a"}));
  EXPECT_EQ(s.stage.system().dead_letters().total(), 0U);
  EXPECT_EQ(s.end_of(s.boss.address()).how, ending::stopped);
}

/// Waits for an hour for an answer that nobody gives.
class patient {
 public:
  using receives = troupe::receives<number>;
  explicit patient(troupe::address<how_many> whom) : whom_(std::move(whom)) {}
  troupe::task<> operator()(number) {
    auto answer = whom_.ask(how_many{}, 1h);
    static_cast<void>(co_await answer);
  }

 private:
  const troupe::address<how_many> whom_;
};

TEST(supervisor, kills_a_child_that_does_not_stop_within_five_seconds) {
  scene s({.name = "boss"});
  troupe::test_probe<how_many> nobody(s.stage);
  const auto first = s.hire("first");
  const auto last = s.boss.spawn<patient>({}, troupe::address<how_many>(nobody.address()));
  last.send(number{1});
  s.stage.run_until_idle();
  s.boss.stop();
  s.wait(4s);
  EXPECT_FALSE(s.stage.system().ended(first)) << "one after the other";
  EXPECT_FALSE(s.stage.system().ended(last));
  s.wait(2s);
  EXPECT_EQ(s.end_of(last).how, ending::killed);
  EXPECT_EQ(s.end_of(first).how, ending::stopped);
  EXPECT_EQ(s.end_of(s.boss.address()).how, ending::stopped);
}

TEST(supervisor, gives_a_child_the_time_to_stop_that_it_was_told) {
  scene s({.stop_timeout = 1min});
  troupe::test_probe<how_many> nobody(s.stage);
  const auto slow = s.boss.spawn<patient>({}, troupe::address<how_many>(nobody.address()));
  slow.send(number{1});
  s.stage.run_until_idle();
  s.boss.stop();
  s.wait(59s);
  EXPECT_FALSE(s.stage.system().ended(slow));
  s.wait(2s);
  EXPECT_EQ(s.end_of(slow).how, ending::killed);
}

TEST(supervisor, that_is_killed_ends_after_its_children) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    scene s({.name = "top", .restart = {.policy = troupe::restart_when::never}}, seed);
    auto below = s.boss.supervise({.name = "below"});
    auto deeper = below.supervise({.name = "deeper"});
    const auto one = below.spawn<ref_worker>({.name = "one"}, std::ref(s.journal));
    const auto two = deeper.spawn<ref_worker>({.name = "two"}, std::ref(s.journal));
    s.stage.run_until_idle();
    below.address().kill();
    while (!s.stage.system().ended(below.address())) ASSERT_TRUE(s.stage.step()) << "seed " << seed;
    const lines seen = s.journal.lines();
    ASSERT_EQ(std::ranges::count(seen, "-one") + std::ranges::count(seen, "-two"), 2) << "seed " << seed;
    EXPECT_EQ(s.end_of(below.address()).how, ending::killed);
    s.stage.run_until_idle();
    EXPECT_TRUE(s.stage.system().ended(one));
    EXPECT_TRUE(s.stage.system().ended(two));
    EXPECT_FALSE(s.stage.system().ended(s.boss.address()));
  }
}

TEST(supervisor, that_is_started_again_with_another_takes_its_children_down_first) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    scene s({.strategy = strategy::one_for_all, .restart = at_once}, seed);
    const auto first = s.hire("first");
    auto below = s.boss.supervise({.restart = at_once});
    const auto leaf = below.spawn<ref_worker>({.name = "leaf"}, std::ref(s.journal));
    s.stage.run_until_idle();
    first.send(fail_now{});
    const lines seen = s.run();
    EXPECT_EQ(seen, (lines{"+first", "+leaf", "-first", "-leaf", "+first", "+leaf"})) << "seed " << seed;
    ASSERT_EQ(leaf.ask(how_many{}).get(), 0);
    ASSERT_EQ(s.stage.system().dead_letters().total(), 0U);
  }
}

TEST(supervisor, starts_all_again_when_the_longest_delay_is_over) {
  scene s({.strategy = strategy::one_for_all,
           .restart = {.burst = 100, .window = 1h, .delay = 1s, .max_delay = 1min}});
  const auto hot = s.hire("hot"), cool = s.hire("cool");
  for (int i = 0; i < 5; ++i) {  // its delay is 8 to 16 s by now
    hot.send(fail_now{});
    s.wait(1min);
  }
  const std::size_t before = s.journal.lines().size();
  hot.send(fail_now{});  // waits for 16 s at least
  s.stage.run_until_idle();
  cool.send(fail_now{});  // is down, too: the message is for its next life
  const lines seen = s.wait(15s);
  EXPECT_EQ(seen.size(), before + 2) << "both have gone, nobody has come";
}

TEST(supervisor, a_stop_reaches_a_tree_from_its_leaves_whatever_state_it_is_in) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    scene s({.restart = {.delay = 50ms}}, seed);
    auto below =
        s.boss.supervise({.strategy = strategy::one_for_all, .restart = {.burst = 1, .delay = 10ms}});
    std::vector<worker_address> all;
    for (const char* name : {"a", "b", "c"})
      all.push_back(below.spawn<ref_worker>({.name = name}, std::ref(s.journal)));
    for (const auto& each : all) each.send(fail_now{});
    for (std::uint64_t i = 0; i < seed % 13; ++i) s.stage.step();
    s.boss.stop();
    s.stage.advance(60s);
    ASSERT_EQ(s.stage.system().size(), 0U) << "seed " << seed;
  }
}

TEST(supervisor, that_is_stopped_while_it_gives_up_has_failed) {
  std::string said;
  const auto log = troupe::logger::make(
      {.colour = troupe::log_colour::never, .write = [&](std::string_view line) { said += line; }});
  scene s({.restart = {.burst = 0}}, 1, log);
  const auto hot = s.hire("hot"), calm = s.hire("calm");
  hot.send(fail_now{});
  while (said.find("that was too often") == said.npos) ASSERT_TRUE(s.stage.step());
  s.boss.stop();  // the calm one is still on its way down
  s.stage.run_until_idle();
  EXPECT_EQ(s.end_of(s.boss.address()),
            (troupe::end_reason{ending::failed, "actor 'hot' failed too often, at last: no more paper"}));
  EXPECT_EQ(s.stage.system().size(), 0U);
}

TEST(supervisor, shutdown_of_the_system_stops_trees_in_order_and_leaves_nothing) {
  scene s({});
  auto below = s.boss.supervise({});
  const auto a = below.spawn<ref_worker>({.name = "a"}, std::ref(s.journal));
  const auto b = s.hire("b");
  EXPECT_TRUE(s.stage.system().shutdown(60s));
  EXPECT_EQ(s.journal.lines(), (lines{"+a", "+b", "-b", "-a"}));
  EXPECT_EQ(s.stage.system().size(), 0U);
}

TEST(supervisor, spawns_nothing_once_it_has_ended) {
  scene s({});
  s.boss.stop();
  s.stage.run_until_idle();
  const auto late = s.hire("late");
  EXPECT_TRUE(s.stage.system().ended(late));
  EXPECT_EQ(s.stage.system().size(), 0U);
}

TEST(supervisor, that_was_never_started_says_so) {
  troupe::supervisor none;
  probe::journal journal;
  EXPECT_THROW(none.spawn<ref_worker>({}, std::ref(journal)), std::logic_error);
  EXPECT_FALSE(none.address());
  none.stop();
}

}  // namespace
}  // namespace supervisor_tree_test
