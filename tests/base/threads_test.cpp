#include <troupe/base/sanitizers.hpp>
#include <troupe/base/threads.hpp>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

namespace threads_test {
namespace {

TEST(threads, can_be_had) {
  EXPECT_TRUE(troupe::can_start_threads(0));
  EXPECT_TRUE(troupe::can_start_threads(8));
}

/// In a child: an address space that holds the stacks of a few threads only.
[[noreturn]] void ask_for_too_many() {
  const rlimit narrow{1U << 28U, 1U << 28U};
  if (::setrlimit(RLIMIT_AS, &narrow) != 0) ::_exit(2);
  const auto answer = troupe::can_start_threads(1000);
  ::_exit(!answer && answer.error().code == troupe::errc::exhausted && troupe::can_start_threads(1) ? 0 : 1);
}

TEST(threads, a_refusal_is_an_error_and_leaves_none_behind) {
  if (troupe::sanitized) GTEST_SKIP() << "sanitizers need terabytes of address space";
  EXPECT_EXIT(ask_for_too_many(), ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace threads_test
