#include <troupe/runtime/director/judge.hpp>

#include <gtest/gtest.h>

#include <csignal>

namespace troupe::runtime::judge_test {
namespace {

const instance source{1, 0, 1}, worker{2, 0, 1};
constexpr edge_id edge = 1;
constexpr std::uint64_t began = 7000;

running_note note(std::uint64_t number) {
  return {source, edge, number, false, {1, number, 1, {{edge, 0, 1}}}};
}

struct ending_of_a_worker {
  const char* name;
  spawn::exit_status status;
  spawn::out_of_memory oom;
  bool timed_out;
  failure is;
  const char* cause;
};
class judging : public ::testing::TestWithParam<ending_of_a_worker> {};

TEST_P(judging, tells_whose_fault_a_death_is_and_says_it) {
  const auto& given = GetParam();
  member_plan stage;
  stage.timeout = milliseconds(2500);
  death what{worker, {given.status, {}, given.oom, {}, {}}, given.timed_out ? began : 0, {}};
  what.page.running_since = began;
  EXPECT_EQ(classify(what), given.is);
  EXPECT_EQ(cause_of(what, stage), given.cause);
}

using oom = spawn::out_of_memory;
using exited = spawn::exit_status::exited;
using signalled = spawn::exit_status::signalled;
INSTANTIATE_TEST_SUITE_P(
    deaths, judging,
    ::testing::Values(
        ending_of_a_worker{"exit_0", exited{0}, oom::no, false, failure::crash, "exited with code 0"},
        ending_of_a_worker{"exit_3", exited{3}, oom::no, false, failure::crash, "exited with code 3"},
        ending_of_a_worker{"segv", signalled{SIGSEGV, false}, oom::no, false, failure::crash,
                           "killed by SIGSEGV"},
        ending_of_a_worker{"term", signalled{SIGTERM, false}, oom::no, false, failure::crash,
                           "killed by SIGTERM"},
        ending_of_a_worker{"core", signalled{SIGABRT, true}, oom::no, false, failure::crash,
                           "killed by SIGABRT (core dumped)"},
        ending_of_a_worker{"operator", signalled{SIGKILL, false}, oom::no, false, failure::killed,
                           "killed by SIGKILL"},
        ending_of_a_worker{"out_of_memory", signalled{SIGKILL, false}, oom::suspected, false, failure::crash,
                           "killed by SIGKILL (the kernel ran out of memory)"},
        ending_of_a_worker{"over_its_limit", signalled{SIGKILL, false}, oom::over_limit, false,
                           failure::crash, "killed by SIGKILL (over its memory_max)"},
        ending_of_a_worker{"timeout", signalled{SIGKILL, false}, oom::no, true, failure::timeout,
                           "ran longer than its timeout of 2.5s and was killed"},
        ending_of_a_worker{"timeout_and_out_of_memory", signalled{SIGKILL, false}, oom::suspected, true,
                           failure::timeout, "ran longer than its timeout of 2.5s and was killed"},
        ending_of_a_worker{"unknown", spawn::exit_status::unknown{"nobody waited"}, oom::no, false,
                           failure::crash, "ended in an unknown way: nobody waited"}),
    [](const auto& made) { return std::string(made.param.name); });

TEST(judging, one_that_we_killed_as_unfit_has_crashed_unless_its_time_was_over) {
  death what{worker, {.status = signalled{SIGKILL, false}}, 0, {}, "frozen: it was cold"};
  member_plan stage;
  EXPECT_EQ(classify(what), failure::crash);
  EXPECT_EQ(cause_of(what, stage), "frozen: it was cold");
  what.overdue_since = what.page.running_since = began;
  EXPECT_EQ(classify(what), failure::timeout);
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
    death what{worker, {.status = how}, 0, {}};
    what.page.running = note(5);
    what.page.running_since = began;
    return what;
  }
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
  out_of_memory.how.oom = spawn::out_of_memory::suspected;
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

TEST_F(judge_test, what_had_died_by_itself_when_our_kill_came_is_told_as_that) {
  auto crash = died(spawn::exit_status::exited{7});
  crash.overdue_since = began;
  EXPECT_EQ(judge(crash, of, charges).verdicts.at(0).cause, "exited with code 7");
  // Whatever it ran: our kill, which came too late, is not to blame for its death.
  crash.overdue_since = began - 1;
  EXPECT_EQ(judge(crash, of, charges).verdicts.at(0).state.charges, 2U);
}

TEST_F(judge_test, exit_zero_in_the_middle_of_an_item_is_a_crash) {
  EXPECT_EQ(judge(died(spawn::exit_status::exited{0}), of, charges).verdicts[0].state.charges, 1U);
}

TEST_F(judge_test, an_idle_worker_charges_nobody) {
  auto idle = died(spawn::exit_status::signalled{SIGSEGV, false});
  idle.page.running.reset();
  EXPECT_TRUE(judge(idle, of, charges).verdicts.empty());
}

TEST_F(judge_test, announces_the_marks_of_the_page_whether_an_item_ran_or_not) {
  auto idle = died(spawn::exit_status::signalled{SIGSEGV, false});
  idle.page.running.reset();
  idle.page.marks = {{source, edge, 17}};
  idle.page.marks_complete = false;
  const auto notice = judge(idle, of, charges);
  EXPECT_EQ(notice.who, worker);
  ASSERT_EQ(notice.marks.size(), 1U);
  EXPECT_EQ(notice.marks[0].completed, 17U);
  EXPECT_FALSE(notice.marks_complete);
}

TEST_F(judge_test, believes_no_page_that_cannot_be_right) {
  auto wrong_edge = died(spawn::exit_status::signalled{SIGSEGV, false});
  wrong_edge.page.running->edge = 99;
  EXPECT_TRUE(judge(wrong_edge, of, charges).verdicts.empty());
  auto empty_span = died(spawn::exit_status::signalled{SIGSEGV, false});
  empty_span.page.running->item.span = 0;
  EXPECT_TRUE(judge(empty_span, of, charges).verdicts.empty());
  EXPECT_TRUE(charges.empty());
}

TEST_F(judge_test, keeps_in_the_table_what_it_announces) {
  const auto notice = judge(died(spawn::exit_status::signalled{SIGSEGV, false}), of, charges);
  const auto* held = charges.find(worker.member, note(5).item);
  ASSERT_NE(held, nullptr);
  EXPECT_EQ(*held, notice.verdicts[0].state);
  EXPECT_EQ(notice.verdicts[0].stage, worker.member);
  EXPECT_EQ(notice.verdicts[0].from, worker);
}

TEST_F(judge_test, a_batch_that_may_be_split_is_not_charged_but_split) {
  auto what = died(spawn::exit_status::signalled{SIGSEGV, false});
  what.page.running->item.span = 10;
  what.page.running->may_split = true;
  EXPECT_EQ(judge(what, of, charges).verdicts[0].state, (charge{.alone = true}));
}

TEST_F(judge_test, an_item_that_throws_goes_to_quarantine_at_once) {
  const item_failed thrown{worker.member, note(5).item, false, "threw std::runtime_error: no"};
  const auto decision = judge(thrown, worker, of, charges);
  EXPECT_EQ(decision.state, (charge{.charges = 1, .quarantined = true}));
  EXPECT_EQ(decision.cause, "threw std::runtime_error: no");
  EXPECT_EQ(decision.from, worker);
  EXPECT_EQ(judge(thrown, worker, of, charges).state, decision.state) << "decided once is decided";
}

TEST_F(judge_test, a_batch_that_throws_is_split_first) {
  auto batch = note(5).item;
  batch.span = 10;
  EXPECT_EQ(judge(item_failed{worker.member, batch, true, "threw"}, worker, of, charges).state,
            (charge{.alone = true}));
  EXPECT_TRUE(judge(item_failed{worker.member, batch, false, "threw"}, worker, of, charges).state.quarantined)
      << "one that may have been delivered stays whole";
}

}  // namespace
}  // namespace troupe::runtime::judge_test
