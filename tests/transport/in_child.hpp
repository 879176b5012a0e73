// tests/transport/in_child.hpp - runs a part of a test in a process of its own, under other conditions.
// Threads: call it while this process has none but the test's.
#pragma once
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <functional>

namespace troupe::transport {

/// Forks; the child runs `act` and ends. A failed expectation, or a signal that ends it, is one here.
inline void in_child(const std::function<void()>& act) {
  ::fflush(nullptr);  // or both would print what is in the buffers
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    act();
    ::fflush(nullptr);
    ::_exit(::testing::Test::HasFailure() ? 1 : 0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_FALSE(WIFSIGNALED(status)) << "ended by signal " << WTERMSIG(status);
  EXPECT_EQ(WEXITSTATUS(status), 0) << "see above";
}

/// In the child: no more descriptors than this, for good.
inline void limit_descriptors(rlim_t hard) {
  const rlimit limit{hard, hard};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
}

}  // namespace troupe::transport
