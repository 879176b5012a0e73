// Actors that have addresses before they have objects.
#include "supervised.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <stdexcept>
#include <thread>
#include <utility>

namespace reserved_test {
namespace {

using namespace supervised;
using namespace std::chrono_literals;
using troupe::ending;

struct ball {
  int bounces = 0;
};

/// Plays the ball back until it has bounced ten times.
class player {
 public:
  using receives = troupe::receives<ball>;
  player(troupe::address<ball> other, std::reference_wrapper<int> most)
      : other_(std::move(other)), most_(most) {}
  void operator()(ball b) {
    most_.get() = std::max(most_.get(), b.bounces);
    if (b.bounces < 10) other_.send(ball{b.bounces + 1});
  }

 private:
  const troupe::address<ball> other_;
  const std::reference_wrapper<int> most_;
};

TEST(reserved, actors_can_be_given_each_others_addresses) {
  scene s({.restart = at_once});
  int most = 0;
  auto left = s.boss.reserve<player>({.name = "left"});
  auto right = s.boss.reserve<player>({.name = "right"});
  left.start(right.address(), std::ref(most));
  right.start(left.address(), std::ref(most));
  left.address().send(ball{});
  s.run();
  EXPECT_EQ(most, 10);
}

TEST(reserved, what_was_sent_before_the_start_waits_for_it) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    scene s({.restart = at_once}, seed);
    auto place = s.boss.reserve<ref_worker>({.name = "a"});
    place.address().send(number{1});
    place.address().send(number{2});
    EXPECT_EQ(s.run(), lines()) << "nobody is there";
    place.start(std::ref(s.journal));
    place.address().send(number{3});
    EXPECT_EQ(s.run(), (lines{"+a", "a 1", "a 2", "a 3"}));
  }
}

TEST(reserved, is_a_child_like_any_other_once_it_has_started) {
  scene s({.restart = at_once});
  auto place = s.boss.reserve<ref_worker>({.name = "a"});
  place.start(std::ref(s.journal));
  place.address().send(fail_now{});
  place.address().send(number{1});
  EXPECT_EQ(s.run(), (lines{"+a", "-a", "+a", "a 1"}));
}

TEST(reserved, keeps_its_place_in_the_order_of_the_children) {
  scene s({.strategy = troupe::strategy::rest_for_one, .restart = at_once});
  auto first = s.boss.reserve<ref_worker>({.name = "first"});
  const auto second = s.hire("second");
  first.start(std::ref(s.journal));
  first.address().send(fail_now{});
  EXPECT_EQ(s.run(), (lines{"+second", "+first", "-first", "-second", "+first", "+second"}));
}

TEST(reserved, that_is_dropped_has_been_killed) {
  scene s({.restart = at_once});
  troupe::address_of<ref_worker> left;
  {
    auto place = s.boss.reserve<ref_worker>({.name = "a"});
    left = place.address();
    left.send(number{1});
  }
  s.run();
  EXPECT_EQ(s.end_of(left), (troupe::end_reason{ending::killed, {}}));
  EXPECT_EQ(s.stage.system().dead_letters().abandoned, 1U);
  EXPECT_EQ(s.stage.system().size(), 1U) << "the supervisor alone";
}

TEST(reserved, that_is_replaced_by_another_gives_its_place_back) {
  scene s({.restart = at_once});
  auto place = s.boss.reserve<ref_worker>({.name = "a"});
  const auto first = place.address();
  place = s.boss.reserve<ref_worker>({.name = "b"});
  EXPECT_TRUE(s.stage.system().ended(first));
  place.start(std::ref(s.journal));
  EXPECT_EQ(s.run(), (lines{"+b"}));
}

TEST(reserved, starts_once) {
  scene s({.restart = at_once});
  auto place = s.boss.reserve<ref_worker>({.name = "a"});
  place.start(std::ref(s.journal));
  EXPECT_THROW(place.start(std::ref(s.journal)), std::logic_error);
  auto moved = std::move(place);
  EXPECT_THROW(moved.start(std::ref(s.journal)), std::logic_error);
}

TEST(reserved, that_was_told_to_end_before_its_start_ends_after_it) {
  for (const bool kill : {false, true}) {
    scene s({.restart = {.policy = troupe::restart_when::never}});
    auto place = s.boss.reserve<ref_worker>({.name = "a"});
    place.address().send(number{1});
    if (kill)
      place.address().kill();
    else
      place.address().stop();
    s.run();
    place.start(std::ref(s.journal));
    EXPECT_EQ(s.run(), kill ? (lines{"+a", "-a"}) : (lines{"+a", "a 1", "-a"}));
    EXPECT_EQ(s.end_of(place.address()).how, kill ? ending::killed : ending::stopped);
  }
}

TEST(reserved, does_not_hold_up_the_end_of_its_supervisor_or_system) {
  scene s({.restart = at_once});
  auto place = s.boss.reserve<ref_worker>({.name = "a"});
  place.address().send(number{1});
  s.boss.stop();
  s.run();
  EXPECT_TRUE(s.stage.system().ended(s.boss.address()));
  EXPECT_EQ(s.end_of(place.address()).how, ending::stopped);
  place.start(std::ref(s.journal));
  EXPECT_EQ(s.run(), lines()) << "it is too late for a life";

  auto boss = s.stage.system().supervise();
  auto other = boss.reserve<ref_worker>({.name = "b"});
  EXPECT_TRUE(s.stage.system().shutdown(std::chrono::seconds(1)));
  EXPECT_EQ(s.stage.system().size(), 0U);
}

TEST(reserved, under_a_supervisor_that_has_ended_never_lives) {
  scene s({.restart = at_once});
  s.boss.stop();
  s.run();
  auto place = s.boss.reserve<ref_worker>({.name = "a"});
  place.start(std::ref(s.journal));
  EXPECT_EQ(s.wait(10s), lines());
  EXPECT_EQ(s.end_of(place.address()).how, ending::killed);
}

TEST(reserved, through_a_supervisor_that_was_never_started_says_so) {
  troupe::supervisor nobody;
  EXPECT_THROW(static_cast<void>(nobody.reserve<ref_worker>({})), std::logic_error);
}

TEST(reserved, on_real_threads_is_started_while_messages_come) {
  const auto system = probe::started();
  auto boss = system->supervise({.restart = at_once});
  probe::journal journal;
  for (int round = 0; round < 50; ++round) {
    auto place = boss.reserve<ref_worker>(
        {.name = "a",
         .thread = round % 2 == 0 ? troupe::runs_on::own_thread : troupe::runs_on::shared_threads});
    std::thread sender([to = place.address()] {
      for (int i = 0; i < 100; ++i) to.send(number{i});
    });
    place.start(std::ref(journal));
    sender.join();
    place.address().stop();
    ASSERT_TRUE(system->wait_ended(place.address(), probe::watchdog()));
  }
  EXPECT_EQ(journal.lines().size(), 50U * 102U);
}

}  // namespace
}  // namespace reserved_test
