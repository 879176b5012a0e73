// Names, topics and routers.
#include "probe.hpp"

#include <troupe/actors/internal/cell.hpp>
#include <troupe/actors/internal/names.hpp>
#include <troupe/actors/internal/topics.hpp>
#include <troupe/actors/router.hpp>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace finding_test {
namespace {

using namespace std::chrono_literals;
using probe::double_it;
using probe::number;
using troupe::errc;
using greeter = troupe::address<double_it>;

struct scene {
  probe::journal journal;
  probe::gate gate;
  troupe::test_system stage;
  troupe::address_of<probe::recorder> to = stage.spawn<probe::recorder>({.name = "recorder"}, journal, gate);
};

TEST(names, lead_to_a_typed_address) {
  scene s;
  ASSERT_TRUE(s.stage.system().enter_name("doubler", s.to));
  const auto found = s.stage.system().find<greeter>("doubler");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->ask(double_it{4}).get(), 8);
}

TEST(names, given_while_an_actor_ends_do_not_stay_with_it) {
  const auto system = probe::started();
  for (int round = 0; round < 300; ++round) {
    // A long one takes longer to enter than the killer needs to begin.
    const std::string name(round % 15 == 0 ? 2'000'000 : 10, 'n');
    probe::journal journal;
    probe::gate gate;
    const auto whom = system->spawn<probe::recorder>({}, journal, gate);
    std::string given = name;
    std::thread killer([&] { whom.kill(); });
    static_cast<void>(system->enter_name(std::move(given), whom));
    killer.join();
    ASSERT_TRUE(system->wait_ended(whom, probe::watchdog()));
    // Its end is known before its name is free.
    const auto gone = troupe::deadline::after(60s);
    while (system->find<greeter>(name) && !gone.passed()) std::this_thread::yield();
    ASSERT_FALSE(system->find<greeter>(name)) << "round " << round;
  }
}

TEST(names, that_nobody_has_and_of_the_wrong_class_are_errors_with_a_sentence) {
  scene s;
  ASSERT_TRUE(s.stage.system().enter_name("recorder", s.to));
  const auto none = s.stage.system().find<greeter>("doubler");
  EXPECT_EQ(none.error().code, errc::not_found);
  EXPECT_EQ(none.error().context, "find an actor with the name 'doubler'");
  const auto wrong = s.stage.system().find<troupe::address<double_it, troupe::down>>("recorder");
  EXPECT_EQ(wrong.error().code, errc::wrong_kind);
  EXPECT_EQ(wrong.error().context,
            "find an actor with the name 'recorder' that receives 'down': actor 'recorder' does not");
}

TEST(names, given_twice_are_an_error_and_the_first_keeps_it) {
  scene s;
  const auto other = s.stage.spawn<probe::recorder>({}, s.journal, s.gate);
  ASSERT_TRUE(s.stage.system().enter_name("one", s.to));
  const auto again = s.stage.system().enter_name("one", other);
  EXPECT_EQ(again.error().code, errc::already_exists);
  EXPECT_EQ(again.error().context, "give an actor the name 'one', which another one has");
  EXPECT_EQ(s.stage.system().find<greeter>("one"), greeter(s.to));
}

TEST(names, need_text_and_a_living_actor) {
  scene s;
  EXPECT_EQ(s.stage.system().enter_name("", s.to).error().code, errc::invalid_argument);
  EXPECT_EQ(s.stage.system().enter_name("x", greeter()).error().code, errc::invalid_argument);
  s.to.kill();
  s.stage.run_until_idle();
  EXPECT_EQ(s.stage.system().enter_name("x", s.to).error().code, errc::closed);
}

TEST(names, are_free_again_when_their_actor_has_ended_or_they_are_taken_back) {
  scene s;
  ASSERT_TRUE(s.stage.system().enter_name("one", s.to));
  EXPECT_TRUE(s.stage.system().remove_name("one"));
  EXPECT_FALSE(s.stage.system().remove_name("one"));
  ASSERT_TRUE(s.stage.system().enter_name("one", s.to));
  ASSERT_TRUE(s.stage.system().enter_name("alias", s.to));
  s.to.stop();
  s.stage.run_until_idle();
  EXPECT_FALSE(s.stage.system().find<greeter>("one"));
  EXPECT_FALSE(s.stage.system().find<greeter>("alias"));
}

TEST(names, can_be_waited_for) {
  scene s;
  auto early = s.stage.system().wait_for<greeter>("doubler", 1h);
  auto wrong = s.stage.system().wait_for<troupe::address<troupe::down>>("doubler", 1h);
  EXPECT_FALSE(early.ready());
  ASSERT_TRUE(s.stage.system().enter_name("doubler", s.to));
  EXPECT_EQ(early.get()->ask(double_it{4}).get(), 8);
  EXPECT_EQ(wrong.get().error().code, errc::wrong_kind);
  EXPECT_EQ(s.stage.system().wait_for<greeter>("doubler").get(), greeter(s.to));
}

TEST(names, that_do_not_come_are_waited_for_until_the_deadline_or_the_end) {
  scene s;
  const auto late = s.stage.system().wait_for<greeter>("nobody", 3s).get();
  EXPECT_EQ(late.error().code, errc::timed_out);
  EXPECT_EQ(late.error().context, "wait for an actor with the name 'nobody'");
  troupe::future<greeter> pending;
  {
    auto system = probe::started();
    pending = system->wait_for<greeter>("nobody", 1h);
  }
  EXPECT_EQ(pending.get().error().code, errc::closed);
}

TEST(names, that_are_waited_for_come_no_more_when_the_system_has_gone_although_an_address_holds_its_parts) {
  troupe::future<greeter> pending;
  greeter kept;
  {
    scene s;
    kept = s.to;
    pending = s.stage.system().wait_for<greeter>("nobody", 1h);
  }
  ASSERT_TRUE(pending.ready());
  EXPECT_EQ(pending.get().error().code, errc::closed);
}

TEST(names, keep_nobody_who_has_given_up_waiting) {
  class seeker final : public troupe::actors::name_seeker {
   public:
    seeker(int& alive, bool gave_up) : alive_(alive), gave_up_(gave_up) { ++alive_; }
    ~seeker() override { --alive_; }
    void found(const troupe::actors::cell_ref&) noexcept override {}
    [[nodiscard]] bool gave_up() const noexcept override { return gave_up_; }

   private:
    int& alive_;
    const bool gave_up_;
  };
  int waiting = 0, given_up = 0;
  troupe::actors::names all;
  for (int i = 0; i < 1000; ++i) {
    all.seek(i % 2 == 0 ? "nobody" : "nobody " + std::to_string(i), std::make_unique<seeker>(given_up, true));
    if (i < 3) all.seek("nobody", std::make_unique<seeker>(waiting, false));
  }
  EXPECT_EQ(waiting, 3);
  EXPECT_LE(given_up, 16) << "a few, until more come";
  all.close();
  EXPECT_EQ(waiting + given_up, 0);
}

TEST(names, can_be_awaited_in_an_actor) {
  struct seeker {
    using receives = troupe::receives<number>;
    troupe::context& self;
    probe::journal& journal;
    seeker(troupe::context& context, probe::journal& to) : self(context), journal(to) {}
    troupe::task<> operator()(number) {
      auto found = self.system().wait_for<greeter>("doubler", 1h);
      const auto to = co_await found;
      auto answer = to->ask(double_it{5});
      journal.add(std::to_string((co_await answer).value_or(-1)));
    }
  };
  scene s;
  const auto seeking = s.stage.spawn<seeker>({}, s.journal);
  seeking.send(number{});
  s.stage.run_until_idle();
  ASSERT_TRUE(s.stage.system().enter_name("doubler", s.to));
  s.stage.run_until_idle();
  EXPECT_EQ(s.journal.lines(), std::vector<std::string>{"10"});
}

// Topics.

struct weather {
  probe::copy_counting counter;
  std::string text;
};
struct quiet {
  using reply = bool;
};

class listener {
 public:
  using receives = troupe::receives<weather, quiet>;
  listener(troupe::context& self, probe::journal& journal) : self_(self), journal_(journal) {
    self_.subscribe<listener, weather>();
    self_.subscribe<listener, weather>();
  }
  void operator()(const weather& w) { journal_.add(std::string(self_.name()) + ": " + w.text); }
  bool operator()(quiet) {
    self_.unsubscribe<weather>();
    return true;
  }

 private:
  troupe::context& self_;
  probe::journal& journal_;
};

TEST(topics, show_one_object_to_all_who_subscribed_without_a_copy) {
  const auto copies = std::make_shared<std::atomic<int>>(0);
  probe::journal journal;
  troupe::test_system stage;
  std::vector<troupe::address_of<listener>> all;
  for (const char* name : {"a", "b", "c"}) all.push_back(stage.spawn<listener>({.name = name}, journal));
  EXPECT_EQ(stage.system().publish(weather{probe::copy_counting(copies), "rain"}), 3U);
  stage.run_until_idle();
  auto seen = journal.lines();
  std::ranges::sort(seen);
  EXPECT_EQ(seen, (std::vector<std::string>{"a: rain", "b: rain", "c: rain"}));
  EXPECT_EQ(*copies, 0);
}

TEST(topics, reach_nobody_who_has_unsubscribed_or_ended) {
  probe::journal journal;
  troupe::test_system stage;
  const auto a = stage.spawn<listener>({.name = "a"}, journal),
             b = stage.spawn<listener>({.name = "b"}, journal),
             c = stage.spawn<listener>({.name = "c"}, journal);
  EXPECT_EQ(a.ask(quiet{}).get(), true);
  b.kill();
  stage.run_until_idle();
  const auto none = std::make_shared<std::atomic<int>>(0);
  EXPECT_EQ(stage.system().publish(weather{probe::copy_counting(none), "sun"}), 1U);
  stage.run_until_idle();
  EXPECT_EQ(journal.lines(), std::vector<std::string>{"c: sun"});
  EXPECT_EQ(stage.system().publish(number{1}), 0U);
}

TEST(topics, keep_the_order_of_those_who_subscribed_when_one_of_them_leaves) {
  scene s;
  const auto b = s.stage.spawn<probe::recorder>({}, s.journal, s.gate),
             c = s.stage.spawn<probe::recorder>({}, s.journal, s.gate);
  const auto& topic = troupe::actors::message_type_of<number>;
  troupe::actors::topics all;
  std::vector<troupe::actors::cell_ref> cells;
  for (const auto& each : {s.to, b, c}) {
    cells.push_back(troupe::actors::address_access::cell(each));
    EXPECT_TRUE(all.add(topic, *cells.back().get()));
  }
  EXPECT_FALSE(all.add(topic, *cells[1].get()));
  EXPECT_EQ(all.listeners(topic), cells);
  EXPECT_TRUE(all.remove(topic, *cells[1].get()));
  EXPECT_FALSE(all.remove(topic, *cells[1].get()));
  cells.erase(cells.begin() + 1);
  EXPECT_EQ(all.listeners(topic), cells);
}

TEST(topics, of_one_life_are_not_those_of_the_next) {
  struct once {
    using receives = troupe::receives<number, probe::boom>;
    once(troupe::context& self, std::reference_wrapper<int> lives) {
      if (lives++ == 0) self.subscribe<once, number>();
    }
    void operator()(const number&) {}
    void operator()(probe::boom) { throw std::runtime_error("boom"); }
  };
  troupe::test_system stage;
  int lives = 0;
  auto boss = stage.system().supervise({.restart = {.delay = 0ms}});
  const auto one = boss.spawn<once>({}, std::ref(lives));
  EXPECT_EQ(stage.system().publish(number{1}), 1U);
  one.send(probe::boom{});
  stage.run_until_idle();
  EXPECT_EQ(lives, 2);
  EXPECT_EQ(stage.system().publish(number{2}), 0U);
}

TEST(topics, can_be_published_by_an_actor_to_itself_too) {
  struct talker {
    using receives = troupe::receives<number, double_it>;
    troupe::context& self;
    probe::journal& journal;
    talker(troupe::context& context, probe::journal& to) : self(context), journal(to) {
      self.subscribe<talker, number>();
    }
    void operator()(const number& n) { journal.add(std::to_string(n.value)); }
    int operator()(double_it q) { return static_cast<int>(self.publish(number{q.value})); }
  };
  scene s;
  const auto to = s.stage.spawn<talker>({}, s.journal);
  EXPECT_EQ(to.ask(double_it{3}).get(), 1);
  s.stage.run_until_idle();
  EXPECT_EQ(s.journal.lines(), std::vector<std::string>{"3"});
}

// Routers.

struct who {
  int key = 0;
  using reply = int;
};

class member {
 public:
  using receives = troupe::receives<who, probe::hold>;
  member(int number, probe::gate& gate) : number_(number), gate_(gate) {}
  int operator()(who) { return number_; }
  void operator()(probe::hold) { gate_.wait(); }

 private:
  int number_;
  probe::gate& gate_;
};
using crowd = std::vector<troupe::address<who, probe::hold>>;

crowd members(troupe::actor_system& system, probe::gate& gate, int count) {
  crowd all;
  for (int i = 0; i < count; ++i) all.push_back(system.spawn<member>({}, i, gate));
  return all;
}

TEST(router, round_robin_takes_turns_and_leaves_out_who_has_ended) {
  probe::gate gate;
  troupe::test_system stage;
  const troupe::router<who, probe::hold> to(members(stage.system(), gate, 3), troupe::routing::round_robin);
  std::vector<int> seen;
  for (int i = 0; i < 6; ++i) seen.push_back(to.ask(who{}).get().value_or(-1));
  EXPECT_EQ(seen, (std::vector<int>{0, 1, 2, 0, 1, 2}));
  to.members()[1].kill();
  stage.run_until_idle();
  for (int i = 0; i < 6; ++i) EXPECT_NE(to.ask(who{}).get().value_or(-1), 1);
}

TEST(router, least_loaded_avoids_those_that_are_behind) {
  probe::gate gate;
  auto system = probe::started(3);
  const troupe::router<who, probe::hold> to(members(*system, gate, 2), troupe::routing::least_loaded);
  to.members()[0].send(probe::hold{});
  ASSERT_TRUE(gate.wait_for_visitor());
  // More than what an owner may have taken without saying so yet (mailbox_options::capacity / 64).
  for (int i = 0; i < 500; ++i) static_cast<void>(to.members()[0].ask(who{}, 60s));
  for (int i = 0; i < 10; ++i) EXPECT_EQ(to.ask(who{}, 60s).get(), 1);
  gate.open();
}

TEST(router, by_key_sends_the_same_key_to_the_same_member_and_moves_few_keys_when_one_ends) {
  probe::gate gate;
  troupe::test_system stage;
  const troupe::router<who, probe::hold> to(members(stage.system(), gate, 5), troupe::routing::round_robin);
  std::map<int, int> before;
  for (int key = 0; key < 500; ++key) before[key] = to.of(key).ask(who{}).get().value_or(-1);
  std::map<int, int> share;
  for (const auto& [key, at] : before) ++share[at];
  for (const auto& [at, keys] : share) EXPECT_GT(keys, 50) << "member " << at;
  to.members()[2].kill();
  stage.run_until_idle();
  for (const auto& [key, at] : before) {
    const int now = to.of(key).ask(who{}).get().value_or(-1);
    EXPECT_NE(now, 2);
    EXPECT_TRUE(at == 2 || now == at) << "key " << key;
  }
}

TEST(router, without_anybody_is_an_error) {
  probe::gate gate;
  troupe::test_system stage;
  const troupe::router<who, probe::hold> empty({}, troupe::routing::round_robin);
  EXPECT_EQ(empty.send(who{}).error().code, errc::invalid_argument);
  EXPECT_EQ(empty.ask(who{}).get().error().code, errc::invalid_argument);
  const troupe::router<who, probe::hold> dead(members(stage.system(), gate, 2),
                                              troupe::routing::least_loaded);
  for (const auto& each : dead.members()) each.kill();
  stage.run_until_idle();
  EXPECT_EQ(dead.send(who{}).error().code, errc::closed);
  EXPECT_EQ(dead.ask(who{}).get().error().code, errc::closed);
  EXPECT_EQ(dead.of(3).ask(who{}).get().error().code, errc::closed);
}

}  // namespace
}  // namespace finding_test
