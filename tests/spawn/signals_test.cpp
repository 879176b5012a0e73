#include <troupe/spawn/signals.hpp>

#include <gtest/gtest.h>

#include <csignal>

namespace troupe::spawn::signals_test {

TEST(signals, have_names_or_at_least_numbers) {
  EXPECT_EQ(signal_name(SIGSEGV), "SIGSEGV");
  EXPECT_EQ(signal_name(40), "signal 40");
}

TEST(signals, blocking_what_is_no_signal_is_refused) {
  EXPECT_EQ(block_signals({SIGTERM, 4711}).error().code, errc::invalid_argument);
}

TEST(signals, blocked_ones_stay_pending) {
  sigset_t before, pending;
  pthread_sigmask(SIG_SETMASK, nullptr, &before);
  ASSERT_TRUE(block_signals({SIGUSR2}));
  raise(SIGUSR2);
  sigpending(&pending);
  EXPECT_EQ(sigismember(&pending, SIGUSR2), 1);
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, SIGUSR2);
  const timespec no_wait{};
  EXPECT_EQ(sigtimedwait(&only, nullptr, &no_wait), SIGUSR2);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace troupe::spawn::signals_test
