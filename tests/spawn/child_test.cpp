#include "support.hpp"

#include <troupe/spawn/child.hpp>

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

namespace troupe::spawn::child_test {

using test::becomes_readable;
using test::read_line;

namespace {

child start(std::vector<std::string> task) {
  auto made = command(REPORT_CHILD).args(std::move(task)).stdout_to(stdio::piped()).spawn();
  EXPECT_TRUE(made) << made.error().message();
  return std::move(*made);
}

/// Started, and its signal dispositions are as the task says.
child start_ready(std::vector<std::string> task) {
  child one = start(std::move(task));
  const auto out = one.take_stdout();
  EXPECT_EQ(read_line(out.get()), "ready");
  return one;
}

}  // namespace

TEST(child, every_exit_code_arrives_as_it_is) {
  for (int code = 0; code <= 255; ++code)
    ASSERT_EQ(start({"exit", std::to_string(code)}).wait().status, exit_status::exited{code});
}

TEST(child, every_terminating_signal_arrives_as_it_is) {
  const std::set<int> others{SIGCHLD, SIGCONT, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU, SIGURG, SIGWINCH};
  for (int number = 1; number < 32; ++number) {
    if (others.contains(number)) continue;
    const auto status = start({"signal", std::to_string(number)}).wait().status;
    ASSERT_EQ(status.signal(), number);
    ASSERT_FALSE(status.core_dumped()) << "it allows itself no core file";
  }
  for (const int number : {SIGRTMIN, SIGRTMAX})
    ASSERT_EQ(start({"signal", std::to_string(number)}).wait().status.signal(), number);
}

TEST(child, a_core_dump_is_told) {
  char directory[] = "/tmp/troupe-core-XXXXXX";
  ASSERT_NE(mkdtemp(directory), nullptr);
  auto one = command(REPORT_CHILD).args({"dump-core"}).cwd(directory).spawn();
  ASSERT_TRUE(one);
  const auto status = one->wait().status;
  EXPECT_EQ(status.signal(), SIGABRT);
  rlimit allowed{};
  getrlimit(RLIMIT_CORE, &allowed);
  std::string pattern;
  std::getline(std::ifstream("/proc/sys/kernel/core_pattern"), pattern);
  // A pipe dumps in any case; a file only if we may write one.
  const bool dumps = allowed.rlim_max > 0 && !pattern.empty();
  EXPECT_TRUE(status.core_dumped() || !dumps);
  std::filesystem::remove_all(directory);
}

TEST(child, waiting_again_gives_the_same_report) {
  child one = start({"exit", "5"});
  const exit_report first = one.wait();
  EXPECT_EQ(one.wait(), first);
  EXPECT_EQ(one.try_wait(), first);
  EXPECT_TRUE(one.has_ended());
}

TEST(child, a_running_child_has_no_report_yet) {
  child one = start_ready({"wait"});
  EXPECT_EQ(one.try_wait(), std::nullopt);
  EXPECT_EQ(one.wait_until(deadline::after(milliseconds(5))), std::nullopt);
  EXPECT_FALSE(one.has_ended());
  one.kill();
  EXPECT_EQ(one.wait().status.signal(), SIGKILL);
}

TEST(child, waiting_closes_its_input) {
  command what(REPORT_CHILD);
  auto one = what.arg("cat").stdin_from(stdio::piped()).stdout_to(stdio::null()).spawn();
  ASSERT_TRUE(one);
  EXPECT_TRUE(one->wait().status.success());
}

TEST(child, bytes_pass_through_its_input_and_output) {
  command what(REPORT_CHILD);
  auto one = what.arg("cat").stdin_from(stdio::piped()).stdout_to(stdio::piped()).spawn();
  ASSERT_TRUE(one);
  auto in = one->take_stdin();
  const auto out = one->take_stdout();
  ASSERT_TRUE(write_all(in.get(), as_bytes_view("to and fro")));
  in.reset();
  EXPECT_EQ(test::read_to_end(out.get()), "to and fro");
  EXPECT_FALSE(one->take_stdout());
}

TEST(child, one_that_no_longer_reads_is_a_broken_pipe) {
  command what(REPORT_CHILD);
  auto one = what.args({"exit", "0"}).stdin_from(stdio::piped()).spawn();
  ASSERT_TRUE(one);
  const auto in = one->take_stdin();
  one->wait();
  const auto written = write_all(in.get(), as_bytes_view("too late"));
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, errc::broken_pipe);
}

TEST(child, signals_reach_it_and_after_its_end_nobody) {
  child one = start_ready({"wait"});
  ASSERT_TRUE(one.signal(SIGTERM));
  EXPECT_EQ(one.wait().status.signal(), SIGTERM);
  const auto late = one.signal(SIGTERM);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, errc::not_found);
  one.kill();
  one.kill_group();
}

TEST(child, a_number_that_is_no_signal_is_refused) {
  child one = start_ready({"wait"});
  EXPECT_EQ(one.signal(12345).error().code, errc::invalid_argument);
}

TEST(child, it_can_be_killed_by_one_thread_while_another_waits) {
  child one = start_ready({"ignore", std::to_string(SIGTERM)});
  std::thread killer([&] { one.kill(); });
  EXPECT_EQ(one.wait().status.signal(), SIGKILL);
  killer.join();
}

TEST(child, a_stopped_one_can_be_killed) {
  child one = start_ready({"wait"});
  ASSERT_TRUE(one.signal(SIGSTOP));
  EXPECT_EQ(one.try_wait(), std::nullopt);
  one.kill();
  EXPECT_EQ(one.wait().status.signal(), SIGKILL);
}

TEST(child, stopping_it_signals_first) {
  child one = start_ready({"wait"});
  EXPECT_EQ(one.stop(SIGTERM, test::watchdog).status.signal(), SIGTERM);
}

TEST(child, stopping_one_that_ignores_the_signal_kills_it_after_the_grace) {
  child one = start_ready({"ignore", std::to_string(SIGTERM)});
  EXPECT_EQ(one.stop(SIGTERM, milliseconds(5)).status.signal(), SIGKILL);
}

TEST(child, stopping_one_that_has_ended_gives_its_report) {
  child one = start({"exit", "3"});
  EXPECT_TRUE(becomes_readable(one.pidfd()));
  EXPECT_EQ(one.stop(SIGTERM, test::watchdog).status, exit_status::exited{3});
}

TEST(child, one_that_is_stopped_goes_on_when_it_is_continued) {
  command what(REPORT_CHILD);
  auto one = what.arg("cat").stdin_from(stdio::piped()).stdout_to(stdio::piped()).spawn();
  ASSERT_TRUE(one);
  auto in = one->take_stdin();
  ASSERT_TRUE(one->signal(SIGSTOP));
  siginfo_t info{};
  ASSERT_EQ(waitid(P_PID, static_cast<id_t>(one->id()), &info, WSTOPPED | WNOWAIT), 0);
  EXPECT_EQ(info.si_code, CLD_STOPPED);
  EXPECT_EQ(one->try_wait(), std::nullopt) << "stopped is not ended";
  ASSERT_TRUE(write_all(in.get(), as_bytes_view("on we go")));
  in.reset();
  ASSERT_TRUE(one->signal(SIGCONT));
  EXPECT_EQ(one->wait_with_output()->out.text(), "on we go");
}

TEST(child, a_signal_for_its_group_reaches_its_own_children) {
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  command what(REPORT_CHILD);
  auto one = what.args({"stay-with", "in-the-group"}).stdout_to(stdio::piped()).new_group().spawn();
  ASSERT_TRUE(one);
  const auto out = one->take_stdout();
  const pid_t grandchild = std::stoi(read_line(out.get()));
  const unique_fd observed = test::open_pidfd(grandchild);
  ASSERT_TRUE(one->signal_group(SIGUSR1));
  EXPECT_TRUE(becomes_readable(observed.get()));
  EXPECT_EQ(one->wait().status.signal(), SIGUSR1);
  EXPECT_EQ(test::reap_inherited(grandchild), SIGUSR1);
  EXPECT_EQ(one->signal_group(SIGUSR1).error().code, errc::not_found);
  prctl(PR_SET_CHILD_SUBREAPER, 0);
}

TEST(child, a_signal_for_the_group_of_one_without_reaches_it_alone) {
  child one = start_ready({"wait"});
  ASSERT_TRUE(one.signal_group(SIGTERM));
  EXPECT_EQ(one.wait().status.signal(), SIGTERM);
}

TEST(child, destroying_a_running_one_kills_and_reaps_it) {
  unique_fd observed;
  {
    child one = start_ready({"ignore", std::to_string(SIGTERM)});
    observed = test::open_pidfd(one.id());
  }
  siginfo_t info{};
  EXPECT_TRUE(becomes_readable(observed.get()));
  EXPECT_EQ(waitid(P_PIDFD, static_cast<id_t>(observed.get()), &info, WEXITED | WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

TEST(child, assigning_over_a_running_one_kills_it) {
  child one = start_ready({"wait"});
  const unique_fd observed = test::open_pidfd(one.id());
  one = start({"exit", "0"});
  EXPECT_TRUE(becomes_readable(observed.get()));
  EXPECT_TRUE(one.wait().status.success());
}

TEST(child, the_rest_of_its_group_is_killed_when_its_leader_ends) {
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  command what(REPORT_CHILD);
  auto one = what.args({"leave", "in-the-group"}).stdout_to(stdio::piped()).new_session().spawn();
  ASSERT_TRUE(one);
  const auto out = one->take_stdout();
  const pid_t grandchild = std::stoi(read_line(out.get()));
  EXPECT_TRUE(one->wait().status.success());
  EXPECT_EQ(test::reap_inherited(grandchild), SIGKILL);
  prctl(PR_SET_CHILD_SUBREAPER, 0);
}

TEST(child, a_forked_copy_of_its_parent_does_not_end_it) {
  child one = start_ready({"wait"});
  const pid_t copy = fork();
  if (copy == 0) {
    { const child mine = std::move(one); }
    _exit(0);
  }
  ASSERT_EQ(waitpid(copy, nullptr, 0), copy);
  EXPECT_EQ(one.try_wait(), std::nullopt);
}

TEST(child, a_detached_one_lives_on) {
  pid_t id = 0;
  {
    child one = start_ready({"wait"});
    id = one.id();
    one.detach();
  }
  EXPECT_EQ(waitpid(id, nullptr, WNOHANG), 0);
  ::kill(id, SIGKILL);
  EXPECT_EQ(waitpid(id, nullptr, 0), id);
}

TEST(child, a_host_that_ignores_sigchld_gets_unknown_and_no_hang) {
  command what(SPAWNING_CHILD);
  EXPECT_TRUE(test::output_of(what.arg("sigchld-ignored")).starts_with("ended in an unknown way"));
}

TEST(child, a_host_that_waits_for_any_child_gets_unknown_and_no_hang) {
  command what(SPAWNING_CHILD);
  EXPECT_TRUE(test::output_of(what.arg("rival-reaper")).starts_with("ended in an unknown way"));
}

TEST(child, its_peak_memory_is_reported_when_it_is_above_ours) {
  rusage ours{};
  getrusage(RUSAGE_SELF, &ours);
  const std::size_t mebibytes = static_cast<std::size_t>(ours.ru_maxrss) / 1024 + 50;
  const exit_report report = start({"memory", std::to_string(mebibytes)}).wait();
  EXPECT_TRUE(report.status.success()) << report.status.describe();
  EXPECT_GE(report.usage.peak_rss.value_or(0), mebibytes << 20);
  EXPECT_GT((report.usage.user + report.usage.system).count(), 0);
}

TEST(child, its_peak_memory_is_not_known_when_it_stayed_below_ours) {
  const std::vector<char> ballast(64 << 20, 'x');
  EXPECT_EQ(start({"exit", "0"}).wait().usage.peak_rss, std::nullopt);
}

TEST(child, a_kill_of_ours_is_not_taken_for_the_out_of_memory_killer) {
  child one = start_ready({"wait"});
  one.kill();
  EXPECT_EQ(one.wait().oom, out_of_memory::no);
}

}  // namespace troupe::spawn::child_test
