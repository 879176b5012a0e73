#include <troupe/runtime/delivery/running_page.hpp>
#include <troupe/runtime/director/judge.hpp>

#include <gtest/gtest.h>

#include <csignal>
#include <memory>

namespace troupe::runtime {
namespace {

const instance source{1, 0, 1}, other_source{1, 1, 4}, worker{2, 0, 1};
constexpr edge_id edge = 1;

running_note note(std::uint64_t number, const instance& from = source) {
  return {from, edge, number, false, {1, number, 1, {{edge, 0, 1}}}};
}

class running_page_test : public ::testing::Test {
 protected:
  std::unique_ptr<running_page> page = std::make_unique<running_page>();
};

TEST_F(running_page_test, a_new_page_says_that_nothing_was_done) {
  const auto reading = read_page(*page);
  EXPECT_FALSE(reading.running);
  EXPECT_TRUE(reading.marks.empty());
  EXPECT_TRUE(reading.marks_complete);
}

TEST_F(running_page_test, what_has_begun_is_running_and_not_completed) {
  page_writer writer(*page);
  writer.begin(note(1), 500);
  writer.end(note(1));
  writer.begin(note(2), 600);
  const auto reading = read_page(*page);
  ASSERT_TRUE(reading.running);
  EXPECT_EQ(reading.running->number, 2U);
  EXPECT_EQ(reading.running_since, 600U);
  EXPECT_EQ(reading.executed, 1U);
  ASSERT_EQ(reading.marks.size(), 1U);
  EXPECT_EQ(reading.marks[0].completed, 1U);
}

TEST_F(running_page_test, a_call_that_failed_has_let_nothing_out) {
  page_writer writer(*page);
  writer.begin(note(1), 500);
  writer.end(note(1));
  writer.begin(note(2), 600);
  writer.fail();
  const auto reading = read_page(*page);
  EXPECT_FALSE(reading.running);
  EXPECT_EQ(reading.executed, 2U);
  ASSERT_EQ(reading.marks.size(), 1U);
  EXPECT_EQ(reading.marks[0].completed, 1U);
}

TEST_F(running_page_test, channels_are_told_apart) {
  page_writer writer(*page);
  writer.begin(note(3), 1);
  writer.end(note(3));
  writer.begin(note(9, other_source), 1);
  writer.end(note(9, other_source));
  const auto reading = read_page(*page);
  ASSERT_EQ(reading.marks.size(), 2U);
  EXPECT_EQ(reading.marks[0].from, source);
  EXPECT_EQ(reading.marks[1].from, other_source);
  EXPECT_EQ(reading.marks[1].completed, 9U);
}

TEST_F(running_page_test, more_channels_than_it_holds_are_admitted) {
  page_writer writer(*page);
  for (std::uint32_t slot = 0; slot <= running_page::mark_capacity; ++slot) {
    const instance from{1, slot, 1};
    writer.begin(note(1, from), 1);
    writer.end(note(1, from));
  }
  EXPECT_FALSE(read_page(*page).marks_complete);
}

TEST_F(running_page_test, garbage_is_not_believed) {
  page->running_since = 77;
  page->note_length = 0xffffffff;
  page->mark_count = 0xffffffff;
  page->note.fill(std::byte{0xc1});
  const auto reading = read_page(*page);
  EXPECT_FALSE(reading.running);
  EXPECT_FALSE(reading.marks_complete);
}

class judge_test : public ::testing::Test {
 protected:
  judge_test() {
    of.members.resize(2);
    of.members[0].id = 1;
    of.members[1].id = 2;
    of.members[1].name = "work";
    of.members[1].max_attempts = 2;
    of.edges.push_back({edge, 1, 2, "line", "", {}});
  }
  death died(spawn::exit_status how) const {
    death what{worker, {how, {}, false, {}}, 0, {}};
    what.page.running = note(5);
    what.page.running_since = began;
    return what;
  }
  static constexpr std::uint64_t began = 7000;
  plan of;
  charge_table charges;
};

TEST_F(judge_test, charges_the_running_item_until_quarantine) {
  const auto crash = died(spawn::exit_status::signalled{SIGSEGV, false});
  const auto once = judge(crash, of, charges);
  ASSERT_EQ(once.verdicts.size(), 1U);
  EXPECT_EQ(once.verdicts[0].state, (charge{.charges = 1}));
  EXPECT_EQ(once.verdicts[0].cause, "killed by SIGSEGV");
  EXPECT_TRUE(judge(crash, of, charges).verdicts[0].state.quarantined);
  EXPECT_EQ(judge(crash, of, charges).verdicts[0].state.charges, 2U) << "decided once is decided";
}

TEST_F(judge_test, an_operators_kill_charges_nothing) {
  const auto notice = judge(died(spawn::exit_status::signalled{SIGKILL, false}), of, charges);
  EXPECT_EQ(notice.verdicts[0].state, (charge{.kills = 1}));
}

TEST_F(judge_test, the_out_of_memory_killer_and_a_timeout_charge) {
  auto out_of_memory = died(spawn::exit_status::signalled{SIGKILL, false});
  out_of_memory.how.oom_suspected = true;
  EXPECT_EQ(judge(out_of_memory, of, charges).verdicts[0].state.charges, 1U);
  auto overdue = died(spawn::exit_status::signalled{SIGKILL, false});
  overdue.overdue_since = began;
  EXPECT_EQ(judge(overdue, of, charges).verdicts[0].state.charges, 2U);
}

TEST_F(judge_test, a_kill_that_came_after_the_overdue_call_had_returned_blames_nobody) {
  auto late = died(spawn::exit_status::signalled{SIGKILL, false});
  late.overdue_since = began - 1;
  EXPECT_TRUE(judge(late, of, charges).verdicts.empty());
  EXPECT_TRUE(charges.empty());
}

TEST_F(judge_test, exit_zero_in_the_middle_of_an_item_is_a_crash) {
  EXPECT_EQ(judge(died(spawn::exit_status::exited{0}), of, charges).verdicts[0].state.charges, 1U);
}

TEST_F(judge_test, an_idle_worker_charges_nobody) {
  auto idle = died(spawn::exit_status::signalled{SIGSEGV, false});
  idle.page.running.reset();
  EXPECT_TRUE(judge(idle, of, charges).verdicts.empty());
}

}  // namespace
}  // namespace troupe::runtime
