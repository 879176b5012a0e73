#include <troupe/cli/exit_status.hpp>

#include <gtest/gtest.h>

namespace troupe::cli::exit_status_test {
namespace {

TEST(exit_status, is_as_documented) {
  using runtime::outcome_kind;
  EXPECT_EQ(exit_status_of({.kind = outcome_kind::done}), 0);
  EXPECT_EQ(exit_status_of({.kind = outcome_kind::failed}), 1);
  EXPECT_EQ(exit_status_of({.kind = outcome_kind::quarantined}), 4);
  EXPECT_EQ(exit_status_of({.kind = outcome_kind::input_failed}), 5);
  EXPECT_EQ(exit_status_of({.kind = outcome_kind::output_failed}), 6);
  EXPECT_EQ(exit_status_of({.kind = outcome_kind::output_reader_gone}), 141);
  EXPECT_EQ(exit_status_of({.kind = outcome_kind::interrupted, .signal = 2}), 130);
  EXPECT_EQ(exit_status_of({.kind = outcome_kind::interrupted, .signal = 15}), 143);
}

TEST(exit_status, says_nothing_of_a_signal_that_did_not_end_the_run) {
  EXPECT_EQ(exit_status_of({.kind = runtime::outcome_kind::done, .signal = 15}), 0);
}

}  // namespace
}  // namespace troupe::cli::exit_status_test
