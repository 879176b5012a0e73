// Who starts when, when several children fall at once; and what is left of them when their supervisor ends.
#include "supervised.hpp"

#include <troupe/actors/test_probe.hpp>

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace supervisor_order_test {
namespace {

using namespace supervised;
using namespace std::chrono_literals;
using troupe::ending;
using troupe::restart_when;
using troupe::strategy;

constexpr strategy all_strategies[] = {strategy::one_for_one, strategy::one_for_all, strategy::rest_for_one};

/// Waits for an hour for an answer that nobody gives.
class patient : public worker {
 public:
  using receives = troupe::receives<stop_now>;
  patient(troupe::context& self, std::reference_wrapper<probe::journal> journal,
          troupe::address<how_many> whom)
      : worker(self, journal), whom_(std::move(whom)) {}
  troupe::task<> operator()(stop_now) {
    auto answer = whom_.ask(how_many{}, 1h);
    static_cast<void>(co_await answer);
  }

 private:
  const troupe::address<how_many> whom_;
};

struct stuck_scene : scene {
  troupe::test_probe<how_many> nobody{stage};
  using scene::scene;
  /// A child that has a coroutine to finish, and will not.
  troupe::address_of<patient> hire_stuck(troupe::supervisor& by, std::string name) {
    auto made = by.spawn<patient>({.name = std::move(name)}, std::ref(journal),
                                  troupe::address<how_many>(nobody.address()));
    made.send(stop_now{});
    stage.run_until_idle();
    return made;
  }
  [[nodiscard]] bool ended(const troupe::address<>& whom) { return stage.system().ended(whom); }
  [[nodiscard]] auto births(const std::string& name) {
    return std::ranges::count(journal.lines(), "+" + name);
  }
};

class together : public testing::TestWithParam<strategy> {};

TEST_P(together, many_that_fall_while_others_are_starting_start_in_their_order_after_the_last_has_gone) {
  const std::string names = "abcdefgh";
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    scene s({.strategy = GetParam(), .restart = {.burst = 1000, .delay = 0ms}}, seed);
    std::map<char, worker_address> all;
    for (const char name : names) all[name] = s.hire({name});
    const auto step = [&](std::uint64_t count) {
      while (count-- > 0) s.stage.step();
    };
    for (const char name : {'b', 'd', 'g'}) all[name].send(fail_now{});
    step(seed % 37);
    for (const char name : {'c', 'f', 'h'}) all[name].kill();
    step(seed % 23);
    all['e'].stop();
    all['a'].send(fail_now{});
    step(seed % 41);
    for (const char name : {'b', 'g'}) all[name].kill();
    s.stage.run_until_idle();
    std::set<char> alive;
    std::map<char, std::size_t> born;
    const lines seen = s.journal.lines();
    for (std::size_t i = 0; i < seen.size(); ++i) {
      const char name = seen[i][1];
      if (seen[i][0] == '-') {
        ASSERT_EQ(alive.erase(name), 1U) << "seed " << seed << ", line " << i;
        continue;
      }
      ASSERT_TRUE(alive.empty() || *alive.rbegin() < name)
          << name << " starts while " << *alive.rbegin() << " lives; seed " << seed << ", line " << i;
      alive.insert(name);
      born[name] = i;
    }
    ASSERT_TRUE(s.stage.system().ended(all['e'])) << "seed " << seed;
    ASSERT_EQ(std::string(alive.begin(), alive.end()), "abcdfgh") << "seed " << seed;
    born.erase('e');
    ASSERT_TRUE(std::ranges::is_sorted(born, {}, [](const auto& each) { return each.second; }));
    s.boss.stop();
    s.stage.run_until_idle();
    ASSERT_EQ(s.stage.system().size(), 0U) << "seed " << seed;
  }
}

INSTANTIATE_TEST_SUITE_P(of, together, testing::Values(strategy::one_for_all, strategy::rest_for_one));

TEST(supervisor, rest_for_one_keeps_the_longer_delay_of_one_that_is_down_when_an_earlier_one_falls) {
  stuck_scene s({.strategy = strategy::rest_for_one,
                 .restart = {.burst = 100, .window = 1h, .delay = 1s, .max_delay = 1min}});
  const auto calm = s.hire("calm"), hot = s.hire("hot");
  for (int i = 0; i < 5; ++i) {
    hot.send(fail_now{});
    s.wait(1min);
  }
  EXPECT_EQ(s.births("hot"), 6);
  hot.send(fail_now{});  // waits for 16 s at least
  s.stage.run_until_idle();
  calm.send(fail_now{});
  s.wait(15s);
  EXPECT_EQ(s.births("calm"), 2);
  EXPECT_EQ(s.births("hot"), 6);
  s.wait(20s);
  EXPECT_EQ(s.births("hot"), 7);
}

TEST(supervisor, children_that_fail_together_do_not_come_back_all_at_the_same_time) {
  stuck_scene s({.restart = {.delay = 1s}});
  std::vector<worker_address> all;
  for (int i = 0; i < 20; ++i) {
    all.push_back(s.hire("one"));
    all.back().send(fail_now{});
  }
  s.wait(500ms - 1ns);
  EXPECT_EQ(s.births("one"), 20);
  s.wait(250ms);
  EXPECT_GT(s.births("one"), 20);
  EXPECT_LT(s.births("one"), 40);
  s.wait(251ms);
  EXPECT_EQ(s.births("one"), 40);
}

// A supervisor that is killed, or gives up, and lives again.

TEST(supervisor, that_is_killed_takes_its_children_along_and_starts_them_again_once_uncounted) {
  for (const strategy how : all_strategies)
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
      stuck_scene s({.name = "top", .restart = at_once}, seed);
      auto below = s.boss.supervise({.name = "below", .strategy = how, .restart = {.burst = 0}});
      std::vector<worker_address> all;
      for (const char* name : {"a", "b", "c"})
        all.push_back(below.spawn<ref_worker>({.name = name}, std::ref(s.journal)));
      below.address().kill();
      const lines seen = s.run();
      ASSERT_EQ(seen.size(), 9U) << "seed " << seed;
      for (const char* name : {"a", "b", "c"}) ASSERT_EQ(s.births(name), 2) << name << ", seed " << seed;
      if (how != strategy::one_for_one) {
        ASSERT_EQ(lines(seen.end() - 3, seen.end()), (lines{"+a", "+b", "+c"})) << "seed " << seed;
      }
      const auto looks = s.stage.system().look();
      const auto boss = std::ranges::find(looks, "below", &troupe::actor_info::name);
      ASSERT_NE(boss, looks.end());
      ASSERT_EQ(boss->restarts, 1U) << "seed " << seed;
      s.boss.stop();
      s.stage.run_until_idle();
      for (const auto& each : all) ASSERT_TRUE(s.ended(each)) << "seed " << seed;
      ASSERT_TRUE(s.ended(s.boss.address())) << "seed " << seed;
    }
}

TEST(supervisor, that_gave_up_starts_all_its_children_again_whatever_its_strategy) {
  for (const strategy how : all_strategies) {
    stuck_scene s({.restart = at_once});
    auto below = s.boss.supervise({.strategy = how, .restart = {.burst = 0}});
    const auto a = below.spawn<ref_worker>({.name = "a"}, std::ref(s.journal)),
               b = below.spawn<ref_worker>({.name = "b"}, std::ref(s.journal));
    b.send(fail_now{});
    s.stage.run_until_idle();
    EXPECT_EQ(s.births("a"), 2);
    EXPECT_EQ(s.births("b"), 2);
  }
}

TEST(supervisor, at_the_root_that_gives_up_ends_after_its_children) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    stuck_scene s({.restart = {.burst = 0}}, seed);
    const auto calm = s.hire("calm"), hot = s.hire("hot"), late = s.hire("late");
    hot.send(fail_now{});
    while (!s.ended(s.boss.address())) ASSERT_TRUE(s.stage.step());
    for (const auto& each : {calm, hot, late}) ASSERT_TRUE(s.ended(each)) << "seed " << seed;
  }
}

// Stops.

TEST(supervisor, kills_each_child_that_ignores_its_stop_for_five_seconds_and_goes_on) {
  std::string said;
  const auto log = troupe::logger::make(
      {.colour = troupe::log_colour::never, .write = [&](std::string_view line) { said += line; }});
  for (const auto policy : {restart_when::never, restart_when::on_failure, restart_when::always}) {
    said.clear();
    stuck_scene s({.name = "boss", .restart = {.policy = policy}}, 1, log);
    const auto first = s.hire("first");
    const auto second = s.hire_stuck(s.boss, "second");
    const auto third = s.hire("third");
    const auto last = s.hire_stuck(s.boss, "last");
    third.send(number{3});
    s.boss.stop();
    s.wait(5s - 1ns);
    EXPECT_FALSE(s.ended(last));
    EXPECT_FALSE(s.ended(third)) << "one after the other";
    s.wait(1ns);
    EXPECT_TRUE(s.ended(last));
    EXPECT_TRUE(s.ended(third));
    EXPECT_FALSE(s.ended(second));
    s.wait(5s - 1ns);
    EXPECT_FALSE(s.ended(second)) << "it has 5 s of its own";
    EXPECT_FALSE(s.ended(first));
    s.wait(1ns);
    EXPECT_TRUE(s.ended(s.boss.address()));
    EXPECT_EQ(s.end_of(last).how, ending::killed);
    EXPECT_EQ(s.end_of(third).how, ending::stopped);
    EXPECT_EQ(s.end_of(second).how, ending::killed);
    EXPECT_EQ(s.end_of(first).how, ending::stopped);
    EXPECT_EQ(s.end_of(s.boss.address()).how, ending::stopped);
    EXPECT_EQ(s.journal.lines(), (lines{"+first", "+second", "+third", "+last", "third 3", "-last", "-third",
                                        "-second", "-first"}));
    for (const std::string name : {"last", "second"})
      EXPECT_NE(said.find("actor '" + name + "' has not finished 5s after it was told to stop"), said.npos)
          << said;
    EXPECT_EQ(said.find("'first'"), said.npos) << said;
  }
}

TEST(supervisor, gives_a_supervisor_below_the_time_that_its_children_need) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    stuck_scene s({.name = "top"}, seed);
    const auto first = s.hire("first");
    auto below = s.boss.supervise({.name = "below"});
    const auto one = s.hire_stuck(below, "one"), two = s.hire_stuck(below, "two");
    s.boss.stop();
    s.wait(10s - 1ns);
    ASSERT_TRUE(s.ended(two)) << "seed " << seed;
    ASSERT_FALSE(s.ended(one)) << "seed " << seed;
    ASSERT_FALSE(s.ended(below.address())) << "seed " << seed;
    s.wait(1ns);
    for (const auto& each : {one, two}) ASSERT_EQ(s.end_of(each).how, ending::killed) << "seed " << seed;
    ASSERT_EQ(s.end_of(below.address()).how, ending::stopped) << "seed " << seed;
    ASSERT_EQ(s.end_of(first).how, ending::stopped) << "seed " << seed;
  }
}

TEST(supervisor, that_stops_neither_starts_nor_counts_a_child_that_fails_meanwhile) {
  stuck_scene s({.restart = {.burst = 0, .delay = 0ms}});
  const auto hot = s.hire("hot");
  const auto last = s.hire_stuck(s.boss, "last");
  s.boss.stop();
  s.stage.run_until_idle();
  hot.send(fail_now{});
  s.stage.run_until_idle();
  EXPECT_TRUE(s.ended(hot)) << "it has no life to finish";
  EXPECT_FALSE(s.ended(last));
  s.wait(5s);
  EXPECT_EQ(s.births("hot"), 1);
  EXPECT_EQ(s.end_of(s.boss.address()), (troupe::end_reason{ending::stopped, {}}));
}

TEST(supervisor, that_stops_ends_those_that_are_down_at_once) {
  stuck_scene s({.restart = {.delay = 1h, .max_delay = 1h}});
  const auto hot = s.hire("hot");
  const auto last = s.hire_stuck(s.boss, "last");
  hot.send(fail_now{});
  s.stage.run_until_idle();
  s.boss.stop();
  s.stage.run_until_idle();
  EXPECT_EQ(s.end_of(hot).how, ending::stopped);
  EXPECT_FALSE(s.ended(last));
}

TEST(supervisor, does_not_miss_a_child_that_was_stopped_while_it_waited_for_its_delay) {
  for (const strategy how : all_strategies) {
    stuck_scene s({.strategy = how, .restart = {.delay = 1min, .max_delay = 1min}});
    const auto hot = s.hire("hot"), other = s.hire("other");
    hot.send(fail_now{});
    s.stage.run_until_idle();
    hot.stop();
    s.wait(2min);
    EXPECT_TRUE(s.ended(hot));
    EXPECT_FALSE(s.ended(s.boss.address()));
    EXPECT_EQ(s.births("other"), how == strategy::one_for_one ? 1 : 2);
  }
}

TEST(supervisor, takes_no_child_while_its_system_shuts_down) {
  struct hirer {
    using receives = troupe::receives<number>;
    scene& all;
    worker_address& late;
    hirer(scene& in, worker_address& to) : all(in), late(to) {}
    void operator()(number) { late = all.hire("late"); }
  };
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    scene s({}, seed);
    worker_address late;
    const auto to = s.stage.spawn<hirer>({}, s, late);
    to.send(number{1});
    EXPECT_TRUE(s.stage.system().shutdown(60s));
    ASSERT_EQ(s.end_of(late).how, ending::killed) << "seed " << seed;
    ASSERT_EQ(s.journal.lines(), lines{}) << "seed " << seed;
  }
}

TEST(supervisor, a_stop_of_one_below_is_for_good_even_where_stops_count_as_deaths) {
  stuck_scene s({.restart = {.policy = restart_when::always, .delay = 0ms}});
  auto below = s.boss.supervise({});
  const auto one = below.spawn<ref_worker>({.name = "one"}, std::ref(s.journal));
  below.stop();
  EXPECT_EQ(s.wait(1h), (lines{"+one", "-one"}));
  EXPECT_EQ(s.end_of(below.address()).how, ending::stopped);
  EXPECT_FALSE(s.ended(s.boss.address()));
}

TEST(supervisor, a_stop_between_two_lives_of_a_child_that_always_lives_again_divides_its_queue) {
  stuck_scene s({.restart = {.policy = restart_when::always, .delay = 1s}});
  const auto one = s.hire("one");
  one.send(fail_now{});
  s.stage.run_until_idle();
  one.send(number{1});
  one.stop();
  s.stage.run_until_idle();
  one.send(number{2});
  EXPECT_EQ(s.wait(1min), (lines{"+one", "-one", "+one", "one 1", "-one", "+one", "one 2"}));
}

}  // namespace
}  // namespace supervisor_order_test
