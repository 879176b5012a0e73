// The actors of a file in three processes: lives that begin at somebody else's word, names that know no borders.
#include "offices.hpp"

namespace troupe::runtime::process_company_test {
namespace {

using namespace std::chrono_literals;

TEST(process_company, finds_everybody_by_name_in_every_process) {
  offices s;
  for (const std::string node : {director_node, "back", "third"})
    for (const char* const actor : {"a", "b", "c"})
      EXPECT_EQ(s.seen(node, actor), "") << node << " " << actor;
}

TEST(process_company, gives_each_the_addresses_of_those_elsewhere) {
  offices s;
  s.send("third", "a", {"x"});
  EXPECT_EQ(s.seen_at_home("a"), "x x+++ ");
  EXPECT_EQ(s.seen_at_home("b"), "x+ ");
  EXPECT_EQ(s.seen_at_home("c"), "x++ ");
}

TEST(process_company, knows_nobody_elsewhere_whom_no_message_reaches) {
  offices s;
  using of_hermit = address_of<hermit>;
  EXPECT_TRUE(s.at(director_node).at.stage.system().find<of_hermit>("hermit"));
  EXPECT_FALSE(s.at("back").at.stage.system().find<of_hermit>("hermit"));
}

TEST(process_company, makes_nobody_before_the_word_and_keeps_what_comes_for_it) {
  offices s;
  s.die("back");
  s.open("back");
  s.send(director_node, "b", {"long"});
  EXPECT_EQ(s.seen("back", "b"), "no answer");
  s.begin("b", 2);
  EXPECT_EQ(s.seen("back", "b"), "long ");
}

TEST(process_company, tells_of_a_fall_with_its_life_and_waits_for_the_word) {
  offices s;
  s.send(director_node, "b", {"long"});
  s.fail("b");
  EXPECT_EQ(s.told, lines{"b1 no more ink"});
  s.send("third", "b", {"after"});
  s.wait(1h);
  EXPECT_EQ(s.told.size(), 1U);
  s.begin("b", 2);
  EXPECT_EQ(s.seen(director_node, "b"), "after ");
  s.fail("b");
  s.begin("b", 7);
  s.fail("b");
  EXPECT_EQ(s.told, (lines{"b1 no more ink", "b2 no more ink", "b7 no more ink"}));
}

TEST(process_company, ends_the_life_that_is_meant_and_no_other) {
  offices s;
  s.kill("b", 2);
  EXPECT_TRUE(s.told.empty()) << "that one has not begun";
  s.kill("b", 1);
  EXPECT_EQ(s.told, lines{"b1 "});
  s.begin("b", 2);
  s.kill("b", 1);
  s.send(director_node, "b", {"long"});
  EXPECT_EQ(s.seen(director_node, "b"), "long ");
}

TEST(process_company, of_whose_actor_it_is_over_ends_it_here_and_its_address_elsewhere) {
  for (const bool down : {false, true}) {
    offices s;
    const auto far = s.find("third", "b");
    if (down) s.fail("b");
    s.over("b", {ending::failed, "closed down"});
    for (auto& [node, each] : s.all)
      EXPECT_EQ(each->at.stage.system().find<clerk_address>("b").error().code, errc::not_found) << node;
    EXPECT_EQ(far.send(note{"x"}).error().code, errc::closed);
    s.begin("b", 2);
    s.settle();
    EXPECT_EQ(s.told.back(), down ? "b1 no more ink, for good" : "b1 , for good");
    EXPECT_EQ(s.seen(director_node, "c"), "") << "the others live";
    s.over("nobody", {});
  }
}

/// Writes down how somebody ended.
class heir {
 public:
  using receives = troupe::receives<down>;
  heir(context& self, lines& to, const clerk_address& whom) : to_(to) { self.monitor<heir>(whom); }
  void operator()(const down& news) {
    to_.push_back(std::to_string(static_cast<int>(news.reason.how)) + " " + news.reason.text);
  }

 private:
  lines& to_;
};

TEST(process_company, of_whose_actor_it_is_over_before_it_lived_says_how_it_ended) {
  offices s;
  s.die("back");
  s.open("back");
  lines heard;
  auto& system = s.at("back").at.stage.system();
  system.spawn<heir>({}, heard, s.find("back", "b"));
  s.over("b", {ending::failed, "closed down"});
  EXPECT_EQ(heard, lines{std::to_string(static_cast<int>(ending::failed)) + " closed down"});
}

TEST(process_company, of_whose_actor_it_is_over_while_its_process_is_down_ends_its_addresses) {
  offices s;
  s.die("back");
  s.over("b", {ending::failed, "closed down"});
  for (auto& [node, each] : s.all)
    EXPECT_EQ(each->at.stage.system().find<clerk_address>("b").error().code, errc::not_found) << node;
}

TEST(process_company, whose_actor_is_stopped_tells_that_it_is_for_good_and_its_addresses_end_everywhere) {
  offices s;
  s.find("third", "b").stop();
  s.settle();
  EXPECT_EQ(s.told, lines{"b1 , for good"});
  for (auto& [node, each] : s.all) EXPECT_FALSE(each->at.stage.system().find<clerk_address>("b")) << node;
}

TEST(process_company, whose_actor_is_always_to_be_started_tells_of_a_stop_as_of_a_fall) {
  offices s;
  s.find("back", "c").stop();
  s.settle();
  EXPECT_EQ(s.told, lines{"c1 "});
  s.send("back", "c", {"after"});
  s.begin("c", 2);
  EXPECT_EQ(s.seen("back", "c"), "after ");
}

TEST(process_company, whose_process_died_is_found_at_the_same_addresses_with_what_was_sent_meanwhile) {
  offices s;
  const auto far = s.find("third", "b");
  s.send("third", "b", {"before"});
  s.die("back");
  s.send("third", "b", {"meanwhile"});
  s.send(director_node, "b", {"also"});
  s.open("back");
  s.begin("b", 2);
  s.settle();
  EXPECT_TRUE(far == s.find("third", "b"));
  const auto found = s.seen("third", "b");
  EXPECT_NE(found.find("meanwhile "), std::string::npos) << found;
  EXPECT_NE(found.find("also "), std::string::npos) << found;
  EXPECT_EQ(found.size(), std::string("meanwhile also ").size()) << found;
  s.send("back", "a", {"x"});
  EXPECT_EQ(s.seen("back", "c"), "x++ ") << "the new one reaches everybody, and everybody it";
}

}  // namespace
}  // namespace troupe::runtime::process_company_test
