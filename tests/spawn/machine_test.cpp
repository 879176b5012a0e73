#include <troupe/spawn/internal/memory_fence.hpp>
#include <troupe/spawn/machine.hpp>

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>

namespace troupe::spawn::machine_test {
namespace {

TEST(machine, allows_what_we_have_ourselves) {
  EXPECT_TRUE(may_set_nice(::getpriority(PRIO_PROCESS, 0)));
  EXPECT_TRUE(may_run_on(static_cast<unsigned>(::sched_getcpu())));
  rlimit own{};
  ::getrlimit(RLIMIT_NOFILE, &own);
  EXPECT_TRUE(may_open_files(own.rlim_cur));
  EXPECT_TRUE(may_have_address_space(std::size_t{1} << 20));
}

TEST(machine, is_tried_without_a_change_to_us) {
  const int nice = ::getpriority(PRIO_PROCESS, 0);
  cpu_set_t before, after;
  ::sched_getaffinity(0, sizeof before, &before);
  EXPECT_TRUE(may_set_nice(19));
  EXPECT_TRUE(may_run_on(static_cast<unsigned>(::sched_getcpu())));
  EXPECT_EQ(::getpriority(PRIO_PROCESS, 0), nice);
  ::sched_getaffinity(0, sizeof after, &after);
  EXPECT_TRUE(CPU_EQUAL(&before, &after));
}

TEST(machine, says_which_processors_there_are) {
  const auto none = may_run_on(8000);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, errc::unsupported);
  EXPECT_NE(
      none.error().message().find("processor 8000: this machine has " +
                                  std::to_string(::sysconf(_SC_NPROCESSORS_CONF)) + ", numbered from 0"),
      std::string::npos)
      << none.error().message();
  EXPECT_FALSE(may_run_on(100'000));
}

TEST(machine, says_how_many_files_the_kernel_gives_at_most) {
  const auto too_many = may_open_files(std::uint64_t{1} << 40);
  ASSERT_FALSE(too_many);
  EXPECT_EQ(too_many.error().code, errc::permission_denied);
  EXPECT_NE(too_many.error().message().find("fs.nr_open"), std::string::npos) << too_many.error().message();
}

TEST(machine, limits_tasks_by_a_group_or_says_why_it_cannot) {
  const auto can = may_limit_tasks(100);
  internal::memory_fence fence;
  const bool has_group = fence.limit_tasks(100);
  EXPECT_EQ(fence.tasks_fd() >= 0, has_group);
  if (has_group || ::geteuid() != 0) {
    EXPECT_TRUE(can) << can.error().message();
  } else {
    ASSERT_FALSE(can);
    EXPECT_EQ(can.error().code, errc::unsupported);
  }
}

TEST(machine, limits_tasks_and_memory_together_where_it_can_do_both) {
  const auto can = may_limit_tasks(100, std::size_t{1} << 30);
  internal::memory_fence fence(std::size_t{1} << 30);
  const bool both = fence.limit_tasks(100);
  if (both || ::geteuid() != 0) {
    EXPECT_TRUE(can) << can.error().message();
    return;
  }
  ASSERT_FALSE(can);
  const bool alone = internal::memory_fence().limit_tasks(100);
  EXPECT_EQ(can.error().message().find("it could without memory_max") != std::string::npos, alone)
      << can.error().message();
}

TEST(machine, limits_processes_of_a_user_where_the_kernel_does_or_says_that_it_does_not) {
  const pid_t child = ::fork();
  if (child == 0) {  // one process of this user is there already: this
    const rlimit one{1, 1};
    if (::setrlimit(RLIMIT_NPROC, &one) != 0) ::_exit(2);
    const pid_t more = ::fork();
    if (more == 0) ::_exit(0);
    if (more > 0) ::waitpid(more, nullptr, 0);
    ::_exit(more < 0 ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) < 2);
  const auto can = may_limit_processes(100);
  EXPECT_EQ(can.has_value(), WEXITSTATUS(status) == 0);
  if (can) return;
  EXPECT_EQ(can.error().code, errc::unsupported);
  EXPECT_NE(can.error().message().find("100 processes: RLIMIT_NPROC does not hold for root"),
            std::string::npos)
      << can.error().message();
}

}  // namespace
}  // namespace troupe::spawn::machine_test
