#include "probe.hpp"

#include <troupe/actors/context.hpp>
#include <troupe/actors/internal/cell.hpp>

#include <algorithm>
#include <stdexcept>

namespace context_test {
namespace {

using namespace std::chrono_literals;
using probe::number;
using troupe::ending;

struct watch {
  troupe::address<number> whom;
};
struct tick {
  int value = 0;
};
struct set_timer {
  troupe::nanoseconds delay{};
  int value = 0;
};
struct cancel_last {
  using reply = bool;
};
struct stop_yourself {};
struct who_are_you {
  using reply = std::string;
};

std::string_view word(ending how) {
  return how == ending::stopped ? "stopped" : how == ending::killed ? "killed" : "failed";
}

/// Watches, sets timers, and writes down what comes of it.
class watcher {
 public:
  using receives =
      troupe::receives<watch, troupe::down, number, tick, set_timer, cancel_last, stop_yourself, who_are_you>;
  watcher(troupe::context& self, probe::journal& journal) : self_(self), journal_(journal) {}
  void operator()(watch w) { self_.monitor<watcher>(w.whom); }
  void operator()(troupe::down d) {
    EXPECT_NE(d.actor, troupe::actor_id{});
    journal_.add(d.name + " " + std::string(word(d.reason.how)) +
                 (d.reason.text.empty() ? "" : ": " + d.reason.text));
  }
  void operator()(number n) { journal_.add("number " + std::to_string(n.value)); }
  void operator()(tick t) { journal_.add("tick " + std::to_string(t.value)); }
  void operator()(set_timer s) { last_ = self_.after<watcher>(s.delay, tick{s.value}); }
  bool operator()(cancel_last) { return last_.cancel(); }
  void operator()(stop_yourself) {
    self_.stop();
    EXPECT_FALSE(self_.address<watcher>().send(number{99}));
  }
  std::string operator()(who_are_you) {
    EXPECT_GE(self_.system().size(), 1U);
    return std::string(self_.name()) +
           std::to_string(self_.id().value == self_.address<watcher>().id().value);
  }

 private:
  troupe::context& self_;
  probe::journal& journal_;
  troupe::timer last_;
};

struct report {
  troupe::address<number> to;
};

/// Sends to somebody and ends in the same breath.
class reporter {
 public:
  using receives = troupe::receives<report, number, probe::boom>;
  explicit reporter(troupe::context& self) : self_(self) {}
  void operator()(report r) {
    for (int i = 0; i < 3; ++i) r.to.send(number{i});
    self_.stop();
  }
  void operator()(number) {}
  void operator()(probe::boom) { throw std::runtime_error("boom"); }

 private:
  troupe::context& self_;
};

struct scene {
  probe::journal journal;
  troupe::test_system stage;
  troupe::address_of<watcher> to = stage.spawn<watcher>({.name = "watcher"}, journal);
  troupe::address_of<reporter> other = stage.spawn<reporter>({.name = "other"});

  void watch_other() {
    to.send(watch{other});
    stage.run_until_idle();
  }
  std::vector<std::string> run() {
    stage.run_until_idle();
    return journal.lines();
  }
};

using lines = std::vector<std::string>;

TEST(context, monitor_hears_of_a_stop) {
  scene s;
  s.watch_other();
  s.other.stop();
  EXPECT_EQ(s.run(), lines{"other stopped"});
}

TEST(context, monitor_hears_of_a_kill) {
  scene s;
  s.watch_other();
  s.other.kill();
  EXPECT_EQ(s.run(), lines{"other killed"});
}

TEST(context, monitor_hears_the_text_of_an_exception) {
  scene s;
  s.watch_other();
  s.other.send(probe::boom{});
  EXPECT_EQ(s.run(), lines{"other failed: boom"});
}

TEST(context, monitor_hears_at_once_of_an_actor_that_has_ended) {
  scene s;
  s.other.send(probe::boom{});
  s.stage.run_until_idle();
  s.watch_other();
  EXPECT_EQ(s.run(), lines{"other failed: boom"});
}

TEST(context, monitor_hears_once_per_watch) {
  scene s;
  s.watch_other();
  s.watch_other();
  s.other.stop();
  EXPECT_EQ(s.run(), (lines{"other stopped", "other stopped"}));
}

TEST(context, monitor_is_forgotten_with_whoever_watched) {
  scene s;
  for (int i = 0; i < 1'000; ++i) {
    const auto passer_by = s.stage.spawn<watcher>({}, s.journal);
    passer_by.send(watch{s.other});
    passer_by.stop();
    s.stage.run_until_idle();
  }
  s.watch_other();
  const auto& cell = *troupe::actors::address_access::cell(s.other).get();
  EXPECT_LE(cell.related.has->watchers.size(), 32U);
  s.other.stop();
  EXPECT_EQ(s.run(), (lines{"other stopped"}));
}

TEST(context, down_comes_after_what_the_ended_actor_sent_whatever_the_order_of_turns) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed)
    for (const std::size_t capacity : {1, 2, 100}) {
      probe::journal journal;
      troupe::test_system stage(seed);
      auto to = stage.spawn<watcher>({.mailbox = {.capacity = capacity}}, journal);
      auto other = stage.spawn<reporter>({.name = "other"});
      to.send(watch{other});
      stage.run_until_idle();
      other.send(report{to});
      stage.run_until_idle();
      ASSERT_EQ(journal.lines(), (lines{"number 0", "number 1", "number 2", "other stopped"}))
          << "seed " << seed;
    }
}

TEST(context, down_is_neither_refused_by_a_full_mailbox_nor_dropped) {
  for (const auto policy : {troupe::overflow::reject, troupe::overflow::drop_oldest}) {
    probe::journal journal;
    troupe::test_system stage;
    auto to = stage.spawn<watcher>({.mailbox = {.capacity = 1, .overflow = policy}}, journal);
    auto other = stage.spawn<reporter>({.name = "other"});
    to.send(watch{other});
    stage.run_until_idle();
    to.send(number{0});
    other.kill();
    while (!stage.system().ended(other)) ASSERT_TRUE(stage.step());
    to.send(number{1});
    stage.run_until_idle();
    const auto seen = journal.lines();
    EXPECT_EQ(std::count(seen.begin(), seen.end(), "other killed"), 1);
  }
}

class forgetful {
 public:
  using receives = troupe::receives<watch>;
  explicit forgetful(troupe::context& self) : self_(self) {}
  void operator()(watch w) { self_.monitor(w.whom); }

 private:
  troupe::context& self_;
};

TEST(context, monitor_by_an_actor_that_does_not_list_down_ends_it_with_a_sentence) {
  troupe::test_system stage;
  auto other = stage.spawn<reporter>();
  auto to = stage.spawn<forgetful>({.name = "forgetful"});
  to.send(watch{other});
  const auto reason = stage.system().wait_ended(to, probe::watchdog());
  ASSERT_TRUE(reason);
  EXPECT_EQ(reason->text, "actor 'forgetful' does not list 'down' in its `receives`");
}

TEST(context, monitor_of_an_empty_address_ends_the_actor_with_a_sentence) {
  scene s;
  s.to.send(watch{});
  const auto reason = s.stage.system().wait_ended(s.to, probe::watchdog());
  ASSERT_TRUE(reason);
  EXPECT_EQ(reason->text, "actor 'watcher' monitors an empty address");
}

TEST(context, after_sends_when_its_time_has_come_and_not_before) {
  scene s;
  s.to.send(set_timer{2s, 2});
  s.to.send(set_timer{1s, 1});
  s.to.send(set_timer{2s, 3});
  EXPECT_EQ(s.run(), lines{});
  s.stage.advance(1s);
  EXPECT_EQ(s.run(), lines{"tick 1"});
  s.stage.advance(999ms);
  EXPECT_EQ(s.run(), lines{"tick 1"});
  s.stage.advance(1ms);
  EXPECT_EQ(s.run(), (lines{"tick 1", "tick 2", "tick 3"}));
}

TEST(context, after_can_be_called_off_until_it_has_come) {
  scene s;
  s.to.send(set_timer{1s, 1});
  EXPECT_EQ(s.to.ask(cancel_last{}).get(), true);
  EXPECT_EQ(s.to.ask(cancel_last{}).get(), false);
  s.to.send(set_timer{1s, 2});
  s.stage.advance(5s);
  EXPECT_EQ(s.to.ask(cancel_last{}).get(), false);
  EXPECT_EQ(s.run(), lines{"tick 2"});
  EXPECT_FALSE(troupe::timer().cancel());
}

TEST(context, after_ends_with_its_actor_and_makes_no_dead_letter) {
  scene s;
  s.to.send(set_timer{1s, 1});
  s.to.stop();
  s.stage.advance(5s);
  EXPECT_EQ(s.run(), lines{});
  EXPECT_EQ(s.stage.system().dead_letters().total(), 0U);
}

TEST(context, after_is_not_held_up_by_a_full_mailbox) {
  probe::journal journal;
  troupe::test_system stage;
  auto to = stage.spawn<watcher>({.mailbox = {.capacity = 1, .overflow = troupe::overflow::reject}}, journal);
  to.send(set_timer{0s, 5});
  EXPECT_TRUE(stage.step());
  to.send(number{1});
  stage.advance(0s);
  auto seen = journal.lines();
  std::sort(seen.begin(), seen.end());
  EXPECT_EQ(seen, (lines{"number 1", "tick 5"}));
}

TEST(context, after_with_a_negative_delay_ends_the_actor_with_a_sentence) {
  scene s;
  s.to.send(set_timer{-1s, 1});
  const auto reason = s.stage.system().wait_ended(s.to, probe::watchdog());
  ASSERT_TRUE(reason);
  EXPECT_EQ(reason->text, "actor 'watcher' sets a timer in the past");
}

TEST(context, after_works_on_a_real_clock) {
  probe::journal journal;
  auto system = probe::started();
  auto to = system->spawn<watcher>({}, journal);
  to.send(set_timer{1h, 9});
  for (int i = 3; i > 0; --i) to.send(set_timer{i * 1ms, i});
  ASSERT_TRUE(journal.wait_for(3));
  auto ticks = journal.lines();  // sorted: a machine may pause for longer than the timers are apart
  std::ranges::sort(ticks);
  EXPECT_EQ(ticks, (lines{"tick 1", "tick 2", "tick 3"}));
}

TEST(context, a_timer_may_outlive_its_system) {
  troupe::timer last;
  struct keeper {
    using receives = troupe::receives<tick>;
    keeper(troupe::context& self, troupe::timer& to) { to = self.after(1h, tick{}); }
    void operator()(tick) {}
  };
  {
    auto system = probe::started();
    system->spawn<keeper>({}, last);
  }
  EXPECT_FALSE(last.cancel());
}

TEST(context, stop_closes_the_mailbox_and_finishes_what_is_in_it) {
  scene s;
  s.to.send(stop_yourself{});
  s.to.send(number{1});
  EXPECT_EQ(s.run(), lines{"number 1"});
  EXPECT_TRUE(s.stage.system().ended(s.to));
}

TEST(context, tells_an_actor_who_it_is) {
  scene s;
  EXPECT_EQ(s.to.ask(who_are_you{}).get(), "watcher1");
}

TEST(context, address_of_another_class_ends_the_actor_with_a_sentence) {
  struct liar {
    using receives = troupe::receives<number>;
    explicit liar(troupe::context& self) { static_cast<void>(self.address<watcher>()); }
    void operator()(number) {}
  };
  troupe::test_system stage;
  const auto reason = stage.system().wait_ended(stage.spawn<liar>({.name = "liar"}), probe::watchdog());
  ASSERT_TRUE(reason);
  EXPECT_EQ(reason->text, "actor 'liar' does not list 'watch' in its `receives`");
}

}  // namespace
}  // namespace context_test
