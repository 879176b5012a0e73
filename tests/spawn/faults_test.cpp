#include <fcntl.h>
#include <tests/spawn/traced.hpp>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace troupe::spawn::faults_test {

using test::orphanage;
using test::report_of;
using test::values;

namespace {

/// A limit that makes starts fail, by its program, and what that has to say.
struct scarcity {
  const char* task;
  const char* says;
};

class scarce_resources : public testing::TestWithParam<scarcity> {};

/// Makes descriptors that exec does not close, in waves, until it is told to stop.
void make_leaky_descriptors(const std::atomic<bool>& enough) {
  while (!enough) {
    std::vector<unique_fd> wave;
    for (int i = 0; i < 50; ++i) {
      int ends[2];
      if (pipe(ends) == 0) wave.emplace_back(ends[0]), wave.emplace_back(ends[1]);
      wave.emplace_back(open("/dev/null", O_RDWR));
      wave.emplace_back(dup(0));
    }
  }
}

}  // namespace

TEST_P(scarce_resources, are_a_clean_error_and_nothing_leaks) {
  const bool wants_pipes = std::string(GetParam().task).starts_with("few-descriptors");
  if (wants_pipes && test::is_the_sanitizers_own("pipe2"))
    GTEST_SKIP() << "the sanitizer needs descriptors itself";
  const orphanage here;
  {
    command what(FAULT_CHILD);
    what.arg(GetParam().task).new_session();
    const auto made = test::without_leak_check(what).output({.until = deadline::after(test::watchdog)});
    ASSERT_TRUE(made) << made.error().message();
    EXPECT_FALSE(made->timed_out);
    EXPECT_EQ(made->report.status, exit_status::exited{0}) << made->out.text() << made->err.text();
    EXPECT_EQ(made->out.text(), GetParam().says);
  }
  const auto buried = orphanage::bury_all();
  ASSERT_TRUE(buried) << "somebody lives on";
  EXPECT_TRUE(buried->empty());
}

INSTANTIATE_TEST_SUITE_P(
    all, scarce_resources,
    testing::Values(
        scarcity{"few-descriptors-for-a-command", "clean: failed often, then succeeded\n"},
        scarcity{"few-descriptors-for-a-spawner", "clean: failed often, then succeeded\n"},
        scarcity{"no-processes",
                 "clean: start '" REPORT_CHILD "': clone a process: Resource temporarily unavailable\n"
                 "clean: start a spawner: start a warden: start '/proc/self/fd/6': clone a process: Resource "
                 "temporarily unavailable\n"}),
    [](const auto& tested) {
      std::string name = tested.param.task;
      for (char& letter : name) letter = letter == '-' ? '_' : letter;
      return name;
    });

TEST(faults, descriptors_that_another_thread_makes_meanwhile_do_not_reach_the_child) {
  std::atomic<bool> enough{false};
  std::thread maker([&enough] { make_leaky_descriptors(enough); });
  const unique_fd listed(open("/dev/null", O_RDONLY | O_CLOEXEC));
  for (int i = 0; i < test::rounds(300); ++i) {
    command what(REPORT_CHILD);
    const auto report = report_of(what.pass_fd(listed.get(), 40));
    EXPECT_EQ(values(report, "fd"), (std::set<std::string>{"0", "1", "2", "40"})) << "round " << i;
  }
  enough = true;
  maker.join();
}

}  // namespace troupe::spawn::faults_test
