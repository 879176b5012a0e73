#include <troupe/spawn/exit_status.hpp>

#include <gtest/gtest.h>

#include <csignal>

namespace troupe::spawn::exit_status_test {

TEST(exit_status, an_exit_has_a_code_and_no_signal) {
  const exit_status status = exit_status::of_siginfo(CLD_EXITED, 9);
  EXPECT_EQ(status.code(), 9);
  EXPECT_EQ(status.signal(), std::nullopt);
  EXPECT_FALSE(status.success());
  EXPECT_EQ(status.describe(), "exited with code 9");
}

TEST(exit_status, a_signal_has_a_number_and_no_code) {
  const exit_status status = exit_status::of_siginfo(CLD_KILLED, SIGKILL);
  EXPECT_EQ(status.signal(), SIGKILL);
  EXPECT_EQ(status.code(), std::nullopt);
  EXPECT_EQ(status.describe(), "killed by SIGKILL");
}

TEST(exit_status, a_core_dump_is_said) {
  const exit_status status = exit_status::of_siginfo(CLD_DUMPED, SIGSEGV);
  EXPECT_TRUE(status.core_dumped());
  EXPECT_EQ(status.describe(), "killed by SIGSEGV (core dumped)");
}

TEST(exit_status, unknown_is_neither_a_code_nor_a_signal_and_gives_its_reason) {
  const exit_status status = exit_status::unknown{"somebody else was quicker"};
  EXPECT_TRUE(status.is_unknown());
  EXPECT_FALSE(status.success());
  EXPECT_EQ(status.code(), std::nullopt);
  EXPECT_EQ(status.signal(), std::nullopt);
  EXPECT_EQ(status.describe(), "ended in an unknown way: somebody else was quicker");
}

TEST(exit_status, only_code_zero_is_success) {
  EXPECT_TRUE(exit_status(exit_status::exited{0}).success());
  EXPECT_FALSE(exit_status(exit_status::exited{1}).success());
  EXPECT_FALSE(exit_status(exit_status::signalled{SIGTERM}).success());
}

}  // namespace troupe::spawn::exit_status_test
