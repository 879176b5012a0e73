#include "probe.hpp"
#include "supervised.hpp"

#include <troupe/actors/test_system.hpp>

#include <algorithm>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

namespace test_system_test {
namespace {

using namespace std::chrono_literals;
using probe::double_it;
using probe::number;

struct hop {
  int left = 0;
};

/// Passes a hop on to one of its neighbours, asks now and then, sets a timer now and then.
class walker {
 public:
  using receives = troupe::receives<hop, troupe::address<hop, double_it>, double_it>;
  explicit walker(troupe::context& self) : self_(self) {}
  void operator()(troupe::address<hop, double_it> other) { others_.push_back(std::move(other)); }
  troupe::task<> operator()(hop h) {
    if (h.left == 0) co_return;
    const auto& other = others_[static_cast<std::size_t>(h.left) % others_.size()];
    if (h.left % 3 == 0) {
      auto answer = other.ask(double_it{h.left}, 7ms);
      static_cast<void>(co_await answer);
    }
    if (h.left % 5 == 0)
      self_.after(h.left * 1ms, hop{h.left - 1});
    else
      other.send(hop{h.left - 1});
  }
  int operator()(double_it q) { return 2 * q.value; }

 private:
  troupe::context& self_;
  std::vector<troupe::address<hop, double_it>> others_;
};

std::vector<std::string> play(std::uint64_t seed) {
  troupe::test_system stage(seed);
  std::vector<troupe::address_of<walker>> all;
  for (int i = 0; i < 5; ++i) all.push_back(stage.spawn<walker>({.name = "w"}));
  for (const auto& each : all)
    for (const auto& other : all)
      if (each != other) each.send(troupe::address<hop, double_it>(other));
  for (const auto& each : all) each.send(hop{100});
  stage.advance(300ms);
  all.front().kill();
  stage.advance(10s);
  return stage.trace();
}

TEST(test_system, gives_the_same_trace_for_the_same_seed) {
  const auto first = play(42);
  EXPECT_GT(first.size(), 100U);
  for (int i = 0; i < 100; ++i) ASSERT_EQ(play(42), first);
}

/// A tree in which somebody fails all the time.
std::vector<std::string> play_a_tree(std::uint64_t seed) {
  supervised::scene s({.name = "top", .strategy = troupe::strategy::one_for_all, .restart = {.burst = 20}},
                      seed);
  auto below = s.boss.supervise({.name = "below", .restart = {.burst = 3, .delay = 20ms}});
  std::vector<supervised::worker_address> all{s.hire("a"), s.hire("b")};
  for (const char* name : {"c", "d"})
    all.push_back(below.spawn<supervised::ref_worker>({.name = name}, std::ref(s.journal)));
  for (int round = 0; round < 40; ++round) {
    for (std::size_t i = 0; i < all.size(); ++i) {
      all[i].send(number{round});
      if ((static_cast<std::size_t>(round) + i) % 7 == 0) all[i].send(supervised::fail_now{});
      if (round % 11 == 5 && i == 1) all[i].kill();
    }
    s.stage.advance(15ms);
  }
  std::vector<std::string> seen = s.stage.trace();
  const auto lines = s.journal.lines();
  seen.insert(seen.end(), lines.begin(), lines.end());
  return seen;
}

TEST(test_system, gives_the_same_trace_of_supervisors_for_the_same_seed) {
  const auto first = play_a_tree(7);
  EXPECT_GT(std::count(first.begin(), first.end(), "+c"), 3);
  for (int i = 0; i < 100; ++i) ASSERT_EQ(play_a_tree(7), first);
  EXPECT_NE(play_a_tree(8), first);
}

TEST(test_system, gives_other_orders_for_other_seeds) {
  std::vector<std::vector<std::string>> seen;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) seen.push_back(play(seed));
  std::sort(seen.begin(), seen.end());
  EXPECT_GE(std::unique(seen.begin(), seen.end()) - seen.begin(), 9);
}

TEST(test_system, says_who_took_what) {
  troupe::test_system stage;
  auto to = stage.spawn<walker>({.name = "w"});
  to.send(hop{0});
  to.stop();
  stage.run_until_idle();
  EXPECT_EQ(stage.trace(), (std::vector<std::string>{"w#1 hop", "w#1 stop"}));
}

TEST(test_system, takes_one_message_per_step) {
  probe::journal journal;
  probe::gate gate;
  troupe::test_system stage;
  auto to = stage.spawn<probe::recorder>({}, journal, gate);
  EXPECT_FALSE(stage.step());
  to.send(number{0});
  to.send(number{1});
  EXPECT_TRUE(stage.step());
  EXPECT_EQ(journal.lines(), probe::numbers(1));
  EXPECT_EQ(stage.run_until_idle(), 1U);
  EXPECT_FALSE(stage.step());
}

TEST(test_system, stops_after_its_limit_with_actors_that_never_rest) {
  struct restless {
    using receives = troupe::receives<number>;
    troupe::context& self;
    explicit restless(troupe::context& context) : self(context) {}
    void operator()(number n) { self.address<restless>().send(number{n.value + 1}); }
  };
  troupe::test_system stage;
  stage.spawn<restless>().send(number{0});
  EXPECT_EQ(stage.run_until_idle(50), 50U);
}

TEST(test_system, cannot_go_back_in_time) {
  troupe::test_system stage;
  EXPECT_THROW(stage.advance(-1s), std::invalid_argument);
  EXPECT_THROW(static_cast<void>(stage.run_until([] { return false; }, -1ns)), std::invalid_argument);
  stage.advance(troupe::nanoseconds::max());
  stage.advance(troupe::nanoseconds::max());
  EXPECT_GE(stage.elapsed(), troupe::nanoseconds::max());
}

TEST(test_system, moves_time_only_when_told) {
  troupe::test_system stage;
  EXPECT_EQ(stage.elapsed(), 0s);
  stage.run_until_idle();
  EXPECT_EQ(stage.elapsed(), 0s);
  stage.advance(90s);
  EXPECT_EQ(stage.elapsed(), 90s);
}

}  // namespace
}  // namespace test_system_test
