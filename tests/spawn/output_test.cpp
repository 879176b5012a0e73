#include <troupe/spawn/output.hpp>

#include <sys/prctl.h>
#include <tests/spawn/support.hpp>

#include <atomic>
#include <csignal>
#include <string>
#include <thread>

namespace troupe::spawn::output_test {

namespace {

command reporting(std::vector<std::string> task) {
  command what(REPORT_CHILD);
  what.args(std::move(task));
  return what;
}

std::string long_text(std::size_t size) {
  std::string text(size, 'x');
  for (std::size_t i = 0; i < size; i += 97) text[i] = static_cast<char>('a' + i % 23);
  return text;
}

}  // namespace

TEST(output, both_streams_and_the_status_are_collected) {
  const auto got = reporting({"say", "to out", "to err"}).output();
  ASSERT_TRUE(got) << got.error().message();
  EXPECT_EQ(got->out.text(), "to out");
  EXPECT_EQ(got->err.text(), "to err");
  EXPECT_EQ(got->report.status, exit_status::exited{0});
  EXPECT_TRUE(got->out.complete && got->err.complete);
  EXPECT_FALSE(got->timed_out);
}

TEST(output, a_program_without_input_finds_none) {
  const auto got = reporting({"cat"}).output();
  ASSERT_TRUE(got);
  EXPECT_EQ(got->out.text(), "");
  EXPECT_EQ(got->report.status, exit_status::exited{0});
}

TEST(output, input_far_over_what_pipes_hold_comes_back_whole_on_both_streams) {
  const std::string text = long_text(20'000'000);
  const auto got = reporting({"cat-twice"}).output({.input = text});
  ASSERT_TRUE(got);
  EXPECT_TRUE(got->out.text() == text);
  EXPECT_TRUE(got->err.text() == text);
  EXPECT_EQ(got->input_written, text.size());
}

TEST(output, a_child_that_closes_its_input_early_is_no_error) {
  const auto got = reporting({"read-some", "10"}).output({.input = long_text(5'000'000)});
  ASSERT_TRUE(got) << got.error().message();
  EXPECT_EQ(got->report.status, exit_status::exited{0});
  EXPECT_LT(got->input_written, 5'000'000U);
}

TEST(output, what_is_over_the_limit_is_read_and_dropped) {
  const auto got = reporting({"cat-twice"}).output({.input = long_text(3'000'000), .limit = 1000});
  ASSERT_TRUE(got);
  EXPECT_EQ(got->out.text(), long_text(1000));
  EXPECT_EQ(got->out.dropped, 2'999'000U);
  EXPECT_EQ(got->err.dropped, 2'999'000U);
  EXPECT_EQ(got->report.status, exit_status::exited{0});
}

TEST(output, a_limit_of_nothing_keeps_nothing) {
  const auto got = reporting({"say", "abc"}).output({.limit = 0});
  ASSERT_TRUE(got);
  EXPECT_EQ(got->out.text(), "");
  EXPECT_EQ(got->out.dropped, 3U);
}

TEST(output, at_the_deadline_the_child_is_killed_and_what_it_said_is_kept) {
  command what = reporting({"wait"});
  auto one = what.stdout_to(stdio::piped()).stderr_to(stdio::piped()).spawn();
  ASSERT_TRUE(one);
  const auto out = one->take_stdout();
  ASSERT_TRUE(test::becomes_readable(out.get()));  // it has said "ready" and will never end
  auto again = child(std::move(*one));
  const auto got = again.wait_with_output({.until = deadline::after(milliseconds(1))});
  ASSERT_TRUE(got);
  EXPECT_TRUE(got->timed_out);
  EXPECT_EQ(got->report.status.signal(), SIGKILL);
  EXPECT_TRUE(got->err.complete);
}

TEST(output, death_is_seen_though_a_grandchild_keeps_the_pipes) {
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  const auto got = reporting({"leave", "elsewhere"}).output({.drain = milliseconds(20)});
  ASSERT_TRUE(got);
  EXPECT_EQ(got->report.status, exit_status::exited{0});
  EXPECT_FALSE(got->out.complete);
  const pid_t grandchild = std::stoi(std::string(got->out.text()));
  EXPECT_EQ(::kill(grandchild, SIGKILL), 0);
  EXPECT_EQ(test::reap_inherited(grandchild), SIGKILL);
  prctl(PR_SET_CHILD_SUBREAPER, 0);
}

TEST(output, a_grandchild_in_the_childs_group_ends_with_it_and_so_do_the_pipes) {
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  command what = reporting({"leave", "in-the-group"});
  const auto got = what.new_group().output({.drain = test::watchdog});
  ASSERT_TRUE(got);
  EXPECT_TRUE(got->out.complete);
  EXPECT_EQ(test::reap_inherited(std::stoi(std::string(got->out.text()))), SIGKILL);
  prctl(PR_SET_CHILD_SUBREAPER, 0);
}

TEST(output, all_that_a_child_wrote_before_its_death_is_read_without_any_drain) {
  for (int i = 0; i < test::rounds(200); ++i) {
    const auto got = reporting({"say", std::string(60'000, 'o'), std::string(60'000, 'e')})
                         .output({.drain = nanoseconds(0)});
    ASSERT_TRUE(got);
    ASSERT_EQ(got->out.text().size(), 60'000U);
    ASSERT_EQ(got->err.text().size(), 60'000U);
  }
}

TEST(output, streams_that_lead_elsewhere_are_not_captured) {
  command what = reporting({"say", "out", "err"});
  const auto got = what.stdout_to(stdio::null()).output();
  ASSERT_TRUE(got);
  EXPECT_EQ(got->out.text(), "");
  EXPECT_EQ(got->err.text(), "err");
}

TEST(output, stderr_may_go_into_stdout) {
  command what = reporting({"say", "out ", "err"});
  const auto got = what.stderr_to(stdio::into_stdout()).output();
  ASSERT_TRUE(got);
  EXPECT_EQ(got->out.text(), "out err");
}

TEST(output, input_for_a_stdin_that_leads_elsewhere_is_refused) {
  command what = reporting({"cat"});
  const auto got = what.stdin_from(stdio::null()).output({.input = "x"});
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, errc::invalid_argument);
  EXPECT_NE(got.error().message().find("its stdin was led elsewhere"), std::string::npos);
}

TEST(output, input_for_a_child_whose_stdin_was_taken_is_refused_and_it_lives_on) {
  command what = reporting({"cat"});
  auto one = what.stdin_from(stdio::piped()).stdout_to(stdio::piped()).spawn();
  ASSERT_TRUE(one);
  auto in = one->take_stdin();
  const auto refused = one->wait_with_output({.input = "x"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::invalid_argument);
  in.reset();
  EXPECT_TRUE(one->wait_with_output()->report.status.success());
}

TEST(output, a_missing_program_is_an_error_and_not_an_output) {
  EXPECT_EQ(command("/nowhere/program").output().error().code, errc::not_found);
  EXPECT_EQ(command("/nowhere/program").status().error().code, errc::not_found);
}

TEST(output, four_threads_may_collect_at_once) {
  const std::string text = long_text(300'000);
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < test::rounds(40) + 1; ++i) {
        const auto got = reporting({"cat-twice"}).output({.input = text});
        wrong += !got || got->out.text() != text || got->err.text() != text;
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST(output, status_waits_and_inherits) {
  const auto report = reporting({"exit", "7"}).status();
  ASSERT_TRUE(report);
  EXPECT_EQ(report->status, exit_status::exited{7});
}

}  // namespace troupe::spawn::output_test
