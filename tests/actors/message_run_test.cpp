// Runs of messages in one entry of a mailbox: what a frame from another process becomes.
#include "run_node.hpp"

#include <troupe/actors/supervisor.hpp>

namespace message_run_test {
namespace {

using namespace std::chrono_literals;
using probe::number;
using probe::run_node;
using troupe::overflow;
using address = troupe::address<number, probe::hold, probe::double_it>;

struct scene {
  probe::journal journal;
  probe::gate gate;
  troupe::test_system stage;

  address recorder(std::size_t capacity, overflow policy) {
    return stage.spawn<probe::recorder>(
        {.name = "recorder", .mailbox = {.capacity = capacity, .overflow = policy}}, journal, gate);
  }
  [[nodiscard]] troupe::dead_letter_counts dead() { return stage.system().dead_letters(); }
};

TEST(mailbox, hands_out_a_run_of_messages_one_by_one_and_counts_each) {
  scene s;
  auto to = s.recorder(8, overflow::reject);
  const auto& cell = troupe::actors::address_access::cell(to);
  EXPECT_TRUE(troupe::actors::send(cell, std::make_unique<run_node>(5), 1s));
  EXPECT_FALSE(troupe::actors::send(cell, std::make_unique<run_node>(4), 1s));
  EXPECT_TRUE(to.send(number{5}));
  EXPECT_TRUE(s.stage.step());
  EXPECT_EQ(s.journal.lines(), probe::numbers(1));
  s.stage.run_until_idle();
  EXPECT_EQ(s.journal.lines(), probe::numbers(6));
  EXPECT_EQ(s.dead().full, 4U);

  EXPECT_TRUE(troupe::actors::send(cell, std::make_unique<run_node>(5), 1s));
  EXPECT_TRUE(s.stage.step());
  to.kill();
  s.stage.run_until_idle();
  EXPECT_EQ(s.dead().abandoned, 4U);
}

TEST(mailbox, buries_the_rest_of_a_run_whose_message_failed) {
  scene s;
  auto to = s.recorder(8, overflow::reject);
  EXPECT_TRUE(
      troupe::actors::send(troupe::actors::address_access::cell(to), std::make_unique<run_node>(6, 2), 1s));
  s.stage.run_until_idle();
  EXPECT_EQ(s.journal.lines(), probe::numbers(2));
  EXPECT_EQ(s.dead().abandoned, 3U);
}

TEST(mailbox, keeps_the_rest_of_a_run_for_the_next_life) {
  scene s;
  auto boss = s.stage.system().supervise({.restart = {.delay = 0ms}});
  auto to = boss.spawn<probe::recorder>({.mailbox = {.capacity = 8}}, std::ref(s.journal), std::ref(s.gate));
  EXPECT_TRUE(
      troupe::actors::send(troupe::actors::address_access::cell(to), std::make_unique<run_node>(6, 2), 1s));
  to.send(number{6});
  s.stage.run_until_idle();
  EXPECT_EQ(s.journal.lines(), (std::vector<std::string>{"0", "1", "3", "4", "5", "6"}));
  EXPECT_EQ(s.dead().total(), 0U);
}

}  // namespace
}  // namespace message_run_test
