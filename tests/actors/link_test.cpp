// Links, the end of those that nobody can reach, and what a look inside shows.
#include "probe.hpp"

#include <troupe/actors/context.hpp>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace link_test {
namespace {

using namespace std::chrono_literals;
using probe::number;
using troupe::ending;

struct join {
  troupe::address<> whom;
};
struct part {
  troupe::address<> whom;
};
struct fail_now {};

class node {
 public:
  using receives = troupe::receives<join, part, fail_now, number>;
  explicit node(troupe::context& self) : self_(self) {}
  void operator()(const join& j) { self_.link(j.whom); }
  void operator()(const part& p) { self_.unlink(p.whom); }
  void operator()(fail_now) { throw std::runtime_error("broke"); }
  void operator()(number) {}

 private:
  troupe::context& self_;
};
using address = troupe::address_of<node>;

struct scene {
  troupe::test_system stage;
  address a = stage.spawn<node>({.name = "a"});
  address b = stage.spawn<node>({.name = "b"});
  address c = stage.spawn<node>({.name = "c"});
  void link(const address& from, const address& to) {
    from.send(join{to});
    stage.run_until_idle();
  }
  troupe::end_reason reason(const address& whom) {
    return stage.system().wait_ended(whom, probe::watchdog()).value();
  }
};

TEST(link, takes_the_other_along_when_one_fails_in_both_directions) {
  for (const bool forth : {true, false}) {
    scene s;
    s.link(s.a, s.b);
    (forth ? s.a : s.b).send(fail_now{});
    s.stage.run_until_idle();
    EXPECT_EQ(
        s.reason(forth ? s.b : s.a),
        (troupe::end_reason{ending::linked, forth ? "actor 'a' failed: broke" : "actor 'b' failed: broke"}));
    EXPECT_FALSE(s.stage.system().ended(s.c));
  }
}

TEST(link, takes_the_other_along_when_one_is_killed) {
  scene s;
  s.link(s.a, s.b);
  s.a.kill();
  s.stage.run_until_idle();
  EXPECT_EQ(s.reason(s.b), (troupe::end_reason{ending::linked, "actor 'a' was killed"}));
}

TEST(link, goes_through_a_chain_and_says_how) {
  scene s;
  s.link(s.a, s.b);
  s.link(s.b, s.c);
  s.a.send(fail_now{});
  s.stage.run_until_idle();
  EXPECT_EQ(s.reason(s.c).text, "actor 'b' ended with another: actor 'a' failed: broke");
}

TEST(link, leaves_the_other_alone_when_one_stops) {
  scene s;
  s.link(s.a, s.b);
  s.a.stop();
  s.stage.run_until_idle();
  EXPECT_FALSE(s.stage.system().ended(s.b));
}

TEST(link, to_one_that_failed_before_ends_at_once_and_to_one_that_stopped_does_nothing) {
  scene s;
  s.a.send(fail_now{});
  s.b.stop();
  s.stage.run_until_idle();
  s.link(s.c, s.b);
  EXPECT_FALSE(s.stage.system().ended(s.c));
  s.link(s.c, s.a);
  EXPECT_EQ(s.reason(s.c).text, "actor 'a' failed: broke");
}

TEST(link, to_one_between_two_lives_ends_at_once_and_leaves_nothing_behind) {
  scene s;
  auto boss = s.stage.system().supervise({.restart = {.delay = 1s}});
  const address child = boss.spawn<node>({.name = "child"});
  child.send(fail_now{});
  s.stage.run_until_idle();
  s.link(s.a, child);
  EXPECT_EQ(s.reason(s.a), (troupe::end_reason{ending::linked, "actor 'child' is down"}));
  s.stage.advance(2s);
  child.kill();
  s.stage.run_until_idle();
  EXPECT_FALSE(s.stage.system().ended(child)) << "it lives again";
}

TEST(link, can_be_undone_and_twice_is_once) {
  scene s;
  s.link(s.a, s.b);
  s.link(s.a, s.b);
  s.b.send(part{s.a});
  s.stage.run_until_idle();
  s.a.kill();
  s.stage.run_until_idle();
  EXPECT_FALSE(s.stage.system().ended(s.b));
}

TEST(link, that_is_undone_by_either_side_binds_neither) {
  for (const bool from : {true, false})
    for (const bool first : {true, false}) {
      scene s;
      s.link(s.a, s.b);
      (from ? s.a : s.b).send(part{from ? s.b : s.a});
      s.stage.run_until_idle();
      (first ? s.a : s.b).kill();
      s.stage.run_until_idle();
      EXPECT_FALSE(s.stage.system().ended(first ? s.b : s.a));
    }
}

TEST(link, between_two_that_live_again_is_broken_once_and_for_all) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    troupe::test_system stage(seed);
    auto boss = stage.system().supervise({.restart = {.delay = 0ms}});
    const address a = boss.spawn<node>({.name = "a"}), b = boss.spawn<node>({.name = "b"});
    a.send(join{b});
    stage.run_until_idle();
    const auto restarts = [&] {
      std::vector<unsigned> all(2);
      for (const auto& each : stage.system().look())
        if (each.name == "a" || each.name == "b") all[each.name == "b" ? 1 : 0] = each.restarts;
      return all;
    };
    b.send(fail_now{});
    stage.run_until_idle();
    ASSERT_EQ(restarts(), (std::vector<unsigned>{1, 1})) << "seed " << seed;
    b.kill();
    stage.run_until_idle();
    ASSERT_EQ(restarts(), (std::vector<unsigned>{1, 2})) << "seed " << seed;
  }
}

TEST(link, whose_break_came_too_late_is_not_the_reason_of_the_next_end) {
  struct linker {
    using receives = troupe::receives<number>;
    linker(troupe::context& self, const troupe::address<fail_now>& to) {
      self.link(to);
      throw std::runtime_error("stillborn");
    }
    void operator()(number) {}
  };
  struct parent {
    using receives = troupe::receives<fail_now>;
    troupe::context& self;
    explicit parent(troupe::context& context) : self(context) {}
    void operator()(fail_now) {
      self.system().spawn<linker>({}, troupe::address<fail_now>(self.address<parent>()));
      throw std::runtime_error("failed by itself");
    }
  };
  troupe::test_system stage;
  auto boss = stage.system().supervise({.restart = {.burst = 1, .delay = 0ms}});
  const auto one = boss.spawn<parent>();
  one.send(fail_now{});
  stage.run_until_idle();
  EXPECT_FALSE(stage.system().ended(one));
  one.kill();
  EXPECT_EQ(stage.system().wait_ended(one, probe::watchdog()), (troupe::end_reason{ending::killed, {}}));
}

TEST(link, to_an_empty_address_ends_the_actor_with_a_sentence) {
  scene s;
  s.a.send(join{});
  s.stage.run_until_idle();
  EXPECT_EQ(s.reason(s.a).text, "actor 'a' links itself to an empty address");
}

TEST(link, among_many_on_real_threads_ends_all_of_them) {
  for (int round = 0; round < 20; ++round) {
    auto system = probe::started();
    std::vector<address> ring;
    for (int i = 0; i < 50; ++i) ring.push_back(system->spawn<node>());
    for (std::size_t i = 0; i < ring.size(); ++i) ring[i].send(join{ring[(i + 1) % ring.size()]});
    ring[7].send(fail_now{});
    ASSERT_TRUE(system->wait_ended(probe::watchdog()));
    for (const auto& each : ring) EXPECT_TRUE(system->ended(each));
  }
}

// Those that nobody can reach.

TEST(unreachable, an_idle_actor_ends_when_its_last_address_goes) {
  troupe::test_system stage;
  auto lonely = stage.spawn<node>();
  stage.run_until_idle();
  EXPECT_EQ(stage.system().size(), 1U);
  lonely = {};
  stage.run_until_idle();
  EXPECT_EQ(stage.system().size(), 0U);
}

TEST(unreachable, an_actor_handles_what_it_was_sent_before_its_last_address_went) {
  probe::journal journal;
  probe::gate gate;
  troupe::test_system stage;
  stage.spawn<probe::recorder>({}, journal, gate).send(number{5});
  stage.run_until_idle();
  EXPECT_EQ(journal.lines(), std::vector<std::string>{"5"});
  EXPECT_EQ(stage.system().size(), 0U);
}

TEST(unreachable, a_monitor_hears_of_it) {
  struct watcher {
    using receives = troupe::receives<troupe::down>;
    probe::journal& journal;
    watcher(troupe::context& self, probe::journal& to, const address& whom) : journal(to) {
      self.monitor<watcher>(whom);
    }
    void operator()(troupe::down d) {
      journal.add(d.reason.how == ending::unreachable ? "unreachable" : "else");
    }
  };
  probe::journal journal;
  troupe::test_system stage;
  auto lonely = stage.spawn<node>();
  const auto observer = stage.spawn<watcher>({}, journal, lonely);
  lonely = {};
  stage.run_until_idle();
  EXPECT_EQ(journal.lines(), std::vector<std::string>{"unreachable"});
}

TEST(unreachable, timers_names_topics_and_addresses_in_messages_keep_an_actor) {
  struct sleeper {
    using receives = troupe::receives<number, probe::boom>;
    probe::journal& journal;
    sleeper(troupe::context& self, probe::journal& to) : journal(to) { self.after<sleeper>(1h, number{1}); }
    void operator()(number) { journal.add("woke"); }
    void operator()(probe::boom) {}
  };
  struct listener {
    using receives = troupe::receives<number>;
    probe::journal& journal;
    listener(troupe::context& self, probe::journal& to) : journal(to) { self.subscribe<listener, number>(); }
    void operator()(const number&) { journal.add("heard"); }
  };
  probe::journal journal;
  troupe::test_system stage;
  stage.spawn<sleeper>({}, journal);
  stage.spawn<listener>({}, journal);
  EXPECT_TRUE(stage.system().enter_name("known", stage.spawn<node>()));
  stage.run_until_idle();
  EXPECT_EQ(stage.system().size(), 3U);
  stage.system().publish(number{});
  stage.advance(2h);
  EXPECT_EQ(journal.lines(), (std::vector<std::string>{"heard", "woke"}));
  EXPECT_EQ(stage.system().size(), 2U);  // the sleeper had slept enough
}

TEST(unreachable, addresses_in_a_circle_do_not_outlive_their_system) {
  struct holder {
    using receives = troupe::receives<join>;
    std::vector<troupe::address<>> held;
    std::shared_ptr<int> alive;
    explicit holder(std::shared_ptr<int> count) : alive(std::move(count)) {}
    void operator()(join j) { held.push_back(std::move(j.whom)); }
  };
  const auto alive = std::make_shared<int>(0);
  {
    auto system = probe::started();
    const auto a = system->spawn<holder>({}, alive), b = system->spawn<holder>({}, alive);
    a.send(join{b});
    b.send(join{a});
  }
  EXPECT_EQ(alive.use_count(), 1);
}

TEST(unreachable, last_addresses_that_go_on_several_threads_end_each_actor_once) {
  auto system = probe::started();
  for (int round = 0; round < 200; ++round) {
    auto whom = system->spawn<node>();
    std::vector<std::thread> threads;
    for (int t = 0; t < 3; ++t)
      threads.emplace_back([mine = whom] {
        for (int i = 0; i < 5; ++i) mine.send(number{i});
      });
    whom = {};
    for (auto& each : threads) each.join();
  }
  EXPECT_TRUE(system->wait_ended(probe::watchdog()));
  EXPECT_EQ(system->dead_letters().total(), 0U);
}

// A look inside.

TEST(look, shows_name_type_queue_and_what_was_handled) {
  probe::journal journal;
  probe::gate gate;
  auto system = probe::started();
  const auto busy = system->spawn<probe::recorder>({.name = "busy"}, journal, gate);
  busy.send(probe::hold{});
  ASSERT_TRUE(gate.wait_for_visitor());
  for (int i = 0; i < 5; ++i) busy.send(number{i});
  auto seen = system->look();
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0].name, "busy");
  EXPECT_EQ(seen[0].type, "recorder");
  EXPECT_EQ(seen[0].id, busy.id());
  EXPECT_EQ(seen[0].state, troupe::actor_state::ready);
  EXPECT_GE(seen[0].queued, 5U);
  gate.open();
  EXPECT_EQ(busy.ask(probe::double_it{1}, 60s).get(), 2);
  seen = system->look();
  EXPECT_GE(seen[0].handled, 6U);
}

TEST(look, counts_the_time_in_turns_when_they_end) {
  probe::journal journal;
  probe::gate gate;
  auto system = probe::started();
  const auto busy = system->spawn<probe::recorder>({}, journal, gate);
  busy.send(probe::hold{});
  ASSERT_TRUE(gate.wait_for_visitor());
  const auto began = troupe::steady::now();
  while (troupe::steady::now() - began < 5ms) std::this_thread::yield();
  gate.open();
  EXPECT_EQ(busy.ask(probe::double_it{1}, 60s).get(), 2);
  const auto limit = probe::watchdog();
  while (system->look().at(0).state != troupe::actor_state::idle && !limit.passed())
    std::this_thread::yield();
  EXPECT_GE(system->look().at(0).busy, 5ms);
}

TEST(look, counts_the_time_of_every_turn_of_a_long_queue) {
  struct spinner {
    using receives = troupe::receives<number, probe::hold>;
    probe::gate& gate;
    explicit spinner(probe::gate& before) : gate(before) {}
    void operator()(probe::hold) { gate.wait(); }
    void operator()(number) {
      const auto began = troupe::steady::now();
      while (troupe::steady::now() - began < 20us) continue;
    }
  };
  probe::gate gate;
  auto system = probe::started();
  const auto busy = system->spawn<spinner>({}, gate);
  busy.send(probe::hold{});
  ASSERT_TRUE(gate.wait_for_visitor());
  for (int i = 0; i < 1000; ++i) busy.send(number{i});  // several turns
  gate.open();
  const auto limit = probe::watchdog();
  while (system->look().at(0).state != troupe::actor_state::idle && !limit.passed())
    std::this_thread::yield();
  EXPECT_GE(system->look().at(0).busy, 20ms);
}

}  // namespace
}  // namespace link_test
