#include "../support.hpp"

#include <troupe/spawn/pipes/pipe.hpp>

#include <fcntl.h>
#include <sys/time.h>

#include <algorithm>
#include <csignal>
#include <thread>

namespace troupe::spawn {

namespace {

/// The number of bytes, "not yet", or the error's message.
std::string outcome(const result<std::optional<std::size_t>>& of) {
  if (!of) return of.error().message();
  return *of ? std::to_string(**of) : "not yet";
}

}  // namespace

TEST(pipe, both_ends_close_on_exec) {
  const auto ends = make_pipe();
  ASSERT_TRUE(ends);
  EXPECT_EQ(fcntl(ends->read_end.get(), F_GETFD), FD_CLOEXEC);
  EXPECT_EQ(fcntl(ends->write_end.get(), F_GETFD), FD_CLOEXEC);
}

TEST(pipe, an_empty_non_blocking_pipe_is_told_from_an_ended_one) {
  auto ends = make_pipe();
  ASSERT_TRUE(ends && set_nonblocking(ends->read_end.get()));
  std::byte one{};
  EXPECT_EQ(outcome(read_some(ends->read_end.get(), std::span(&one, 1))), "not yet");
  ends->write_end.reset();
  EXPECT_EQ(outcome(read_some(ends->read_end.get(), std::span(&one, 1))), "0");
}

TEST(pipe, a_full_non_blocking_pipe_takes_nothing) {
  auto ends = make_pipe();
  ASSERT_TRUE(ends && set_nonblocking(ends->write_end.get()));
  const std::vector<std::byte> much(1 << 20);
  ASSERT_TRUE(write_some(ends->write_end.get(), much));
  EXPECT_EQ(outcome(write_some(ends->write_end.get(), much)), "not yet");
}

TEST(pipe, a_short_stream_is_end_of_file_with_what_came) {
  auto ends = make_pipe();
  ASSERT_TRUE(ends && write_all(ends->write_end.get(), as_bytes_view("abc")));
  ends->write_end.reset();
  std::array<std::byte, 4> wanted;
  const auto got = read_exact(ends->read_end.get(), wanted);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, errc::end_of_file);
  EXPECT_NE(got.error().context.find("3 of 4 bytes"), std::string::npos);
}

TEST(pipe, a_closed_descriptor_is_an_error_with_its_number) {
  std::byte one{};
  const auto got = read_some(-1, std::span(&one, 1));
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().os_errno, EBADF);
  EXPECT_NE(got.error().context.find("-1"), std::string::npos);
}

TEST(pipe, waiting_for_a_silent_writer_ends_at_the_deadline) {
  const auto ends = make_pipe();
  ASSERT_TRUE(ends);
  EXPECT_EQ(wait_ready(ends->read_end.get(), readiness::read, deadline::after(milliseconds(5))), false);
  EXPECT_EQ(wait_ready(ends->write_end.get(), readiness::write), true);
}

TEST(pipe, a_gone_reader_is_broken_pipe_and_no_signal_whatever_the_host_does_with_sigpipe) {
  command writing(SPAWNING_CHILD);
  EXPECT_EQ(test::output_of(writing.arg("broken-pipe")), "write descriptor 4: Broken pipe\n");
}

TEST(pipe, a_sigpipe_that_was_pending_before_is_left_for_the_host) {
  sigset_t only, before, pending;
  sigemptyset(&only);
  sigaddset(&only, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &only, &before);
  raise(SIGPIPE);
  auto ends = make_pipe();
  ASSERT_TRUE(ends);
  ends->read_end.reset();
  const auto written = write_some(ends->write_end.get(), as_bytes_view("x"));
  EXPECT_EQ(written.error().code, errc::broken_pipe);
  sigpending(&pending);
  EXPECT_EQ(sigismember(&pending, SIGPIPE), 1);
  const timespec no_wait{};
  sigtimedwait(&only, nullptr, &no_wait);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

// An alarm without SA_RESTART interrupts both sides while megabytes go through.
TEST(pipe, a_storm_of_interrupting_signals_loses_nothing) {
  struct sigaction interrupting {
  }, earlier{};
  interrupting.sa_handler = [](int) {};
  sigaction(SIGALRM, &interrupting, &earlier);
  const itimerval every_300us{{0, 300}, {0, 300}};
  setitimer(ITIMER_REAL, &every_300us, nullptr);

  auto ends = make_pipe();
  ASSERT_TRUE(ends);
  std::vector<std::byte> sent(16 << 20);
  for (std::size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<std::byte>(i * 31 >> 7);
  std::thread writer([&] { EXPECT_TRUE(write_all(ends->write_end.get(), sent)); });
  std::vector<std::byte> got(sent.size());
  EXPECT_TRUE(read_exact(ends->read_end.get(), got));
  writer.join();

  const itimerval never{};
  setitimer(ITIMER_REAL, &never, nullptr);
  sigaction(SIGALRM, &earlier, nullptr);
  EXPECT_TRUE(std::equal(sent.begin(), sent.end(), got.begin()));
}

TEST(pipe, exact_reads_and_whole_writes_wait_on_non_blocking_ends_too) {
  auto ends = make_pipe();
  ASSERT_TRUE(ends && set_nonblocking(ends->read_end.get()) && set_nonblocking(ends->write_end.get()));
  const std::vector<std::byte> sent(1 << 20, std::byte{7});
  std::thread writer([&] { EXPECT_TRUE(write_all(ends->write_end.get(), sent)); });
  std::vector<std::byte> got(sent.size());
  EXPECT_TRUE(read_exact(ends->read_end.get(), got));
  writer.join();
  EXPECT_EQ(got, sent);
}

}  // namespace troupe::spawn
