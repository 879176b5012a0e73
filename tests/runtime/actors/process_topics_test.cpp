// What is published in one process of a file, and heard in the others.
#include "offices.hpp"

#include <random>

namespace troupe::runtime::process_topics_test {
namespace {

using namespace process_company_test;
using namespace std::chrono_literals;

struct topics_of_offices : ::testing::Test, offices {
  void expect_all_heard(const std::string& what) {
    for (const char* const actor : {"a", "b", "c"}) EXPECT_EQ(seen_at_home(actor), what) << actor;
  }
};

TEST_F(topics_of_offices, are_heard_everywhere_once) {
  publish(director_node, 1);
  publish("back", 2);
  publish("third", 3);
  expect_all_heard("1 2 3 ");
}

TEST_F(topics_of_offices, are_heard_once_also_after_a_process_was_started_again) {
  publish("back", 1);
  die("back");
  publish("third", 2);
  open("back");
  begin("b", 2);
  settle();
  publish("back", 3);
  publish("third", 4);
  publish(director_node, 5);
  EXPECT_EQ(seen_at_home("a"), "1 2 3 4 5 ");
  EXPECT_EQ(seen_at_home("b"), "3 4 5 ");
  EXPECT_EQ(seen_at_home("c"), "1 2 3 4 5 ");
}

TEST_F(topics_of_offices, are_heard_once_when_a_node_is_said_to_have_come_twice) {
  at(director_node).hear_of("back");
  at(director_node).hear_of("back");
  settle();
  publish("back", 1);
  at(director_node).hear_of("back");
  settle();
  publish("back", 2);
  expect_all_heard("1 2 ");
}

TEST_F(topics_of_offices, are_no_longer_heard_from_a_node_that_went) {
  at(director_node).topics.send(node_went{"back"});
  settle();
  publish("back", 1);
  EXPECT_EQ(seen_at_home("a"), "");
  EXPECT_EQ(seen_at_home("c"), "1 ");
}

TEST_F(topics_of_offices, are_heard_again_a_pause_after_a_link_was_lost) {
  for (std::uint64_t link = 1; link <= 8; ++link) at("back").at.post->cut(transport::link_id{link});
  settle();
  publish("back", 1);
  EXPECT_EQ(seen_at_home("a"), "");
  wait(topic_bridge::pause);
  publish("back", 2);
  publish(director_node, 3);
  EXPECT_EQ(seen_at_home("a"), "2 3 ");
  EXPECT_EQ(seen_at_home("b"), "1 2 3 ");
  EXPECT_EQ(seen_at_home("c"), "2 3 ");
}

/// Said twice while publications are on their way: one that was published meanwhile may be missed, but none is heard twice.
TEST(topics_between_offices, are_heard_in_order_and_at_most_once_whenever_a_node_is_said_to_have_come_again) {
  for (std::uint32_t seed = 1; seed <= 100; ++seed) {
    offices s;
    std::mt19937 dice(seed);
    const auto links = 5 + seed % 9, there = links + seed / 9 % 6;  // who is how slow
    int next = 1;
    for (int i = 0; i < 400; ++i) {
      const auto what = dice() % 16;
      if (what == 0 && dice() % 3 == 0)
        s.at(director_node).topics.send(node_came{"back"});
      else if (what < 4)
        s.at("back").at.stage.system().publish(price{next++});
      else if (what < links)
        static_cast<void>(s.network.step());
      else if (what < there)
        s.at("back").at.stage.step();
      else
        s.at(director_node).at.stage.step();
    }
    s.settle();
    s.publish("back", next);
    std::istringstream heard(s.seen_at_home("a"));
    int before = 0;
    for (int now = 0; heard >> now; before = now)
      ASSERT_LT(before, now) << "seed " << seed << ": " << heard.str();
    EXPECT_EQ(before, next) << "seed " << seed;
  }
}

}  // namespace
}  // namespace troupe::runtime::process_topics_test
