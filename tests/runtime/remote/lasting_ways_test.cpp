// How addresses that outlive processes lose their way, and find it again.
#include "lasting_scene.hpp"

#include <cstdint>
#include <random>
#include <string>

namespace lasting_ways_test {
namespace {

using namespace far_shop;
using namespace std::chrono_literals;

struct lasting_ways : lasting {};

TEST_F(lasting_ways, a_way_that_is_lost_while_the_process_lives_is_found_again) {
  start(1);
  const auto far = reach_shop();
  mourn(far);
  come_up();
  send(far, 0, 0);
  auto open = far.ask(promise_me{}, 1h);
  settle();
  here->post->cut(troupe::transport::link_id{1});
  settle();
  EXPECT_EQ(answer_to(std::move(open)).error().code, errc::closed);
  EXPECT_TRUE(here->lost_ways.empty()) << "it may have been our fault";
  send(far, 1, 3);
  settle();
  EXPECT_EQ(journal.lines(), tea(0, 0)) << "not before the pause";
  wait();
  EXPECT_EQ(journal.lines(), tea(0, 3));
  EXPECT_TRUE(heard.lines().empty());
}

TEST_F(lasting_ways, is_looked_for_until_somebody_is_there) {
  const auto far = reach_shop();
  send(far, 0, 1);
  come_up();  // it has died since
  for (int i = 0; i < 5; ++i) wait();
  start(1);
  for (int i = 0; i < 2; ++i) wait();
  EXPECT_EQ(journal.lines(), tea(0, 1)) << "though nobody said that it is up";
  EXPECT_EQ(dead_letters(), 0U);
}

TEST_F(lasting_ways, a_gateway_that_is_closed_ends_those_that_have_no_way) {
  const auto far = reach_shop();
  mourn(far);
  send(far, 0, 1);
  settle();
  here->gate.close();
  settle();
  EXPECT_EQ(heard.lines(), lines{end(ending::link_lost, "this process takes part no more")});
  EXPECT_EQ(dead_letters(), 2U);
  here->gate.node_is_up("back");
  here->gate.end_lasting("back", "shop", {ending::killed, {}});
}

TEST_F(lasting_ways, of_a_silent_process_are_told_of_and_found_again) {
  start(1);
  const auto far = reach_shop();
  send(far, 0, 0);
  come_up();
  here->gate.on_down(troupe::transport::link_id{1}, {errc::timed_out, "not a word", 0});
  EXPECT_EQ(here->lost_ways, lines{"back 1"});
  send(far, 1, 3);
  wait();
  EXPECT_EQ(journal.lines(), tea(0, 3));
}

TEST_F(lasting_ways, a_kill_waits_for_one) {
  const auto far = reach_shop();
  far.kill();
  start(1);
  come_up();
  EXPECT_TRUE(back->stage.system().ended(local));
}

TEST_F(lasting_ways, a_kill_is_not_for_the_next_life) {
  start(1);
  const auto far = reach_shop();
  come_up();
  die();
  far.kill();
  EXPECT_FALSE(here->stage.system().ended(far));
  settle();
  EXPECT_FALSE(here->stage.system().ended(far));
  start(2);
  come_up();
  EXPECT_FALSE(back->stage.system().ended(local));
}

TEST_F(lasting_ways, a_node_that_is_said_to_be_up_twice_has_one_way) {
  start(1);
  const auto far = reach_shop();
  send(far, 0, 1);
  here->gate.node_is_up("back");
  here->gate.node_is_up("back");
  settle();
  here->gate.node_is_up("back");
  send(far, 2, 3);
  settle();
  EXPECT_EQ(journal.lines(), tea(0, 3));
  EXPECT_TRUE(here->lost_ways.empty());
}

TEST_F(lasting_ways, a_window_of_one_message_loses_none_and_repeats_none) {
  start(1, {1, 1U << 20U});
  const auto far = reach_shop();
  come_up();
  send(far, 0, 9);
  settle();
  EXPECT_EQ(journal.lines(), tea(0, 9));
  send(far, 10, 19);
  here->stage.run_until_idle();
  network
      .run_until_idle();  // one is there, which handles it before it goes; one waits for room, the others stand in line
  die();
  settle();
  start(2, {1, 1U << 20U});
  come_up();
  EXPECT_EQ(journal.lines(), tea(0, 19));
}

TEST_F(lasting_ways, one_whose_last_address_is_gone_lets_go_of_its_actor) {
  start(1);
  {
    const auto far = reach_shop();
    come_up();
    send(far, 0, 0);
    settle();
  }
  settle();
  EXPECT_EQ(here->stage.system().size(), 1U) << "the gateway's own";
  wait();
  const auto again = reach_shop();
  come_up();
  send(again, 1, 1);
  settle();
  EXPECT_EQ(journal.lines(), tea(0, 1));
}

struct rough : lasting {
  void TestBody() override {}

  /// What may happen, in an order of that seed; returns the number of the last message.
  int live_through(std::uint32_t seed) {
    std::mt19937 dice(seed);
    const troupe::transport::window narrow{1 + seed % 3, 1U << 20U};
    start(1, narrow);
    const auto far = reach_shop();
    std::uint64_t epoch = 1;
    int next = 0;
    for (int i = 0; i < 200; ++i) {
      const auto what = dice() % 32;
      if (what == 0) {
        die();
        start(++epoch, narrow);
      } else if (what == 1) {
        here->post->cut(troupe::transport::link_id{1 + dice() % 20});
      } else if (what < 4) {
        here->gate.node_is_up("back");
      } else if (what < 6) {
        here->stage.advance(runtime::end_watch::pause);
      } else if (what < 12) {
        static_cast<void>(network.step());
      } else if (what < 16) {
        here->stage.step();
      } else if (what < 20) {
        back->stage.step();
      } else if (far.try_send(deliver{"tea", next})) {
        ++next;
      }
    }
    for (int i = 0; i < 5; ++i) wait();
    EXPECT_TRUE(far.send(deliver{"tea", next}));
    settle();
    return next;
  }
};

/// Nothing twice, nothing before what was said before it, and what is said when all is well arrives.
TEST(lasting_address, keeps_the_order_whatever_happens) {
  for (std::uint32_t seed = 1; seed <= 100; ++seed) {
    rough s;
    const int last = s.live_through(seed);
    int before = -1;
    for (const auto& each : s.journal.lines()) {
      const int now = std::stoi(each.substr(4));
      ASSERT_LT(before, now) << "seed " << seed;
      before = now;
    }
    EXPECT_EQ(before, last) << "seed " << seed;
    EXPECT_EQ(s.dead_letters(), 0U) << "seed " << seed;
  }
}

}  // namespace
}  // namespace lasting_ways_test
