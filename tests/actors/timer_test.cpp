#include "probe.hpp"

#include <troupe/actors/internal/timer_queue.hpp>
#include <troupe/actors/timer.hpp>

#include <string>
#include <vector>

namespace timer_test {
namespace {

using namespace std::chrono_literals;
using probe::number;

struct begin_ticking {
  troupe::nanoseconds period{};
};
struct stop_ticking {
  using reply = bool;
};
struct precious {  // cannot be copied
  std::unique_ptr<int> value;
};
struct begin_precious {};

class ticker {
 public:
  using receives =
      troupe::receives<begin_ticking, stop_ticking, number, precious, begin_precious, probe::hold>;
  ticker(troupe::context& self, probe::journal& journal, probe::gate& gate)
      : self_(self), journal_(journal), gate_(gate) {}
  void operator()(begin_ticking b) { timer_ = self_.every<ticker>(b.period, number{1}); }
  void operator()(begin_precious) {
    timer_ =
        self_.every<ticker>(1s, [made = 0]() mutable { return precious{std::make_unique<int>(++made)}; });
  }
  bool operator()(stop_ticking) { return timer_.cancel(); }
  void operator()(number) { journal_.add("tick"); }
  void operator()(const precious& p) { journal_.add("tick " + std::to_string(*p.value)); }
  void operator()(probe::hold) { gate_.wait(); }

 private:
  troupe::context& self_;
  probe::journal& journal_;
  probe::gate& gate_;
  troupe::timer timer_;
};

struct scene {
  probe::journal journal;
  probe::gate gate;
  troupe::test_system stage;
  troupe::address_of<ticker> to = stage.spawn<ticker>({.name = "ticker"}, journal, gate);
  std::size_t ticks() {
    stage.run_until_idle();
    return journal.lines().size();
  }
};

TEST(timer, every_sends_after_each_period_until_it_is_called_off) {
  scene s;
  s.to.send(begin_ticking{1s});
  s.stage.run_until_idle();
  s.stage.advance(999ms);
  EXPECT_EQ(s.ticks(), 0U);
  s.stage.advance(1ms);
  EXPECT_EQ(s.ticks(), 1U);
  s.stage.advance(10s);
  EXPECT_EQ(s.ticks(), 11U);
  EXPECT_EQ(s.to.ask(stop_ticking{}).get(), true);
  EXPECT_EQ(s.to.ask(stop_ticking{}).get(), false);
  s.stage.advance(10s);
  EXPECT_EQ(s.ticks(), 11U);
}

TEST(timer, every_makes_messages_that_cannot_be_copied) {
  scene s;
  s.to.send(begin_precious{});
  s.stage.advance(0s);
  s.stage.advance(3s);
  EXPECT_EQ(s.journal.lines(), (std::vector<std::string>{"tick 1", "tick 2", "tick 3"}));
}

TEST(timer, every_leaves_out_what_an_actor_was_too_slow_for) {
  probe::journal journal;
  probe::gate gate;
  auto system = probe::started();
  const auto to = system->spawn<ticker>({.mailbox = {.capacity = 2}}, journal, gate);
  to.send(begin_ticking{1us});
  to.send(probe::hold{});
  ASSERT_TRUE(gate.wait_for_visitor());
  const auto began = troupe::steady::now();
  while (troupe::steady::now() - began < 5ms) std::this_thread::yield();
  EXPECT_LE(system->look().at(0).queued, 3U);
  gate.open();
  ASSERT_TRUE(journal.wait_for(3));
}

TEST(timer, every_fires_no_storm_when_time_jumps) {
  class counter final : public troupe::actors::timed {
   public:
    explicit counter(int& count) : count_(count) {}
    void due() noexcept override { ++count_; }

   private:
    int& count_;
  };
  troupe::actors::timer_queue queue;
  const troupe::steady::time_point start{};
  int count = 0;
  queue.add_repeating(start + 1s, 1s, std::make_unique<counter>(count));
  queue.fire(start + 1s);
  EXPECT_EQ(count, 1);
  queue.fire(start + 1000s + 1ms);  // the process stood still
  EXPECT_EQ(count, 2);
  EXPECT_EQ(queue.next(), start + 1001s);  // and keeps its beat
}

TEST(timer, every_with_a_period_of_nothing_ends_the_actor_with_a_sentence) {
  scene s;
  s.to.send(begin_ticking{0s});
  const auto reason = s.stage.system().wait_ended(s.to, probe::watchdog());
  ASSERT_TRUE(reason);
  EXPECT_EQ(reason->text, "actor 'ticker' sets a timer with a period of 0 ns: it has to be over 0");
}

TEST(timer, those_of_an_actor_go_with_it) {
  scene s;
  s.to.send(begin_ticking{1s});
  s.stage.run_until_idle();
  s.to.kill();
  s.stage.advance(10s);
  EXPECT_EQ(s.ticks(), 0U);
  EXPECT_EQ(s.stage.system().size(), 0U);
}

TEST(timer, a_million_of_them_wait_without_a_thread_each_and_are_called_off_with_their_actor) {
  struct hoarder {
    using receives = troupe::receives<number>;
    explicit hoarder(troupe::context& self) {
      for (int i = 0; i < 1'000'000; ++i) self.after<hoarder>(1h + i * 1us, number{i});
    }
    void operator()(number) {}
  };
  troupe::test_system stage;
  const auto to = stage.spawn<hoarder>();
  to.kill();
  stage.run_until_idle();
  EXPECT_EQ(stage.system().size(), 0U);
  stage.advance(2h);
  EXPECT_EQ(stage.system().dead_letters().total(), 0U);
}

TEST(timer, on_real_threads_repeating_ones_are_called_off_for_good) {
  auto system = probe::started();
  for (int round = 0; round < 200; ++round) {
    probe::journal journal;
    probe::gate gate;
    const auto to = system->spawn<ticker>({}, journal, gate);
    to.send(begin_ticking{1us});
    ASSERT_TRUE(journal.wait_for(1));
    EXPECT_EQ(to.ask(stop_ticking{}, 60s).get(), true);
    EXPECT_EQ(to.ask(stop_ticking{}, 60s).get(), false);
    to.stop();
    ASSERT_TRUE(system->wait_ended(to, probe::watchdog()));
  }
}

}  // namespace
}  // namespace timer_test
