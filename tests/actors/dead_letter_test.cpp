// What nobody handles can be watched: who it was for, what it was, why.
#include "probe.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace dead_letter_test {
namespace {

using namespace std::chrono_literals;
using probe::double_it;
using probe::number;
using troupe::dead_letter;
using troupe::overflow;
using lines = std::vector<std::string>;

/// Writes down what is lost; sends to nobody when it is told to.
class clerk {
 public:
  using receives = troupe::receives<dead_letter, number>;
  clerk(troupe::context& self, probe::journal& journal) : journal_(journal) {
    self.subscribe<clerk, dead_letter>();
  }
  void operator()(const dead_letter& lost) {
    static constexpr const char* causes[] = {"closed",  "full",      "timed_out",
                                             "dropped", "abandoned", "expired"};
    EXPECT_EQ(lost.receiver == troupe::actor_id{}, lost.receiver_name.empty());
    journal_.add(lost.receiver_name + ": " + std::to_string(lost.messages) + " " + lost.type + " " +
                 causes[static_cast<int>(lost.cause)]);
  }
  void operator()(number n) { EXPECT_FALSE(nobody_.send(n)); }

 private:
  probe::journal& journal_;
  troupe::address<number> nobody_;
};

struct scene {
  probe::journal journal, heard;
  probe::gate gate;
  troupe::test_system stage;

  troupe::address_of<clerk> hire(troupe::mailbox_options mailbox = {}) {
    return stage.spawn<clerk>({.name = "clerk", .mailbox = mailbox}, heard);
  }
  troupe::address_of<probe::recorder> recorder(std::size_t capacity, overflow policy) {
    return stage.spawn<probe::recorder>(
        {.name = "recorder", .mailbox = {.capacity = capacity, .overflow = policy}}, journal, gate);
  }
  lines said() {
    stage.run_until_idle();
    return heard.lines();
  }
};

TEST(dead_letter, says_who_what_and_why) {
  scene s;
  const auto clerk = s.hire();
  const auto picky = s.recorder(1, overflow::reject);
  EXPECT_TRUE(picky.send(number{1}));
  EXPECT_FALSE(picky.send(number{2}));
  EXPECT_FALSE(picky.ask(double_it{2}).get());
  picky.kill();
  EXPECT_EQ(s.said(),
            (lines{"recorder: 1 number full", "recorder: 1 double_it full", "recorder: 1 number abandoned"}));
  EXPECT_FALSE(picky.send(number{3}));
  clerk.send(number{4});
  const auto last = s.said();
  EXPECT_EQ((lines{last.end() - 2, last.end()}), (lines{"recorder: 1 number closed", ": 1 number closed"}));
}

TEST(dead_letter, comes_for_what_is_pushed_out_given_up_or_called_off) {
  scene s;
  const auto clerk = s.hire();
  const auto newest = s.recorder(1, overflow::drop_oldest);
  EXPECT_TRUE(newest.send(number{1}));
  EXPECT_TRUE(newest.send(number{2}));
  EXPECT_EQ(s.said(), lines{"recorder: 1 number dropped"});
  auto question = newest.ask(double_it{1});
  question.cancel();
  EXPECT_EQ(s.said().back(), "recorder: 1 double_it expired");
}

TEST(dead_letter, is_lost_itself_where_there_is_no_room_and_leads_to_no_other) {
  for (const auto policy : {overflow::reject, overflow::wait, overflow::drop_oldest}) {
    scene s;
    const troupe::mailbox_options small{.capacity = 2, .overflow = policy};
    const auto one = s.hire(small), two = s.hire(small);
    const auto picky = s.recorder(1, overflow::reject);
    EXPECT_TRUE(picky.send(number{0}));
    for (int i = 0; i < 5; ++i) EXPECT_FALSE(picky.send(number{i}));
    const auto& lost = s.stage.system().dead_letters();
    EXPECT_EQ(lost.total(), 5U + 2 * 3) << "three of five did not fit, or were pushed out, at both";
    EXPECT_EQ(s.said(), lines(4, "recorder: 1 number full"));
  }
}

TEST(dead_letter, of_one_who_listens_are_heard_by_the_others_too) {
  scene s;
  const auto one = s.hire(), two = s.hire();
  one.kill();
  EXPECT_TRUE(one.send(number{1}) && one.send(number{2}));
  EXPECT_EQ(s.said(), lines(2, "clerk: 1 number abandoned"));
}

}  // namespace
}  // namespace dead_letter_test
