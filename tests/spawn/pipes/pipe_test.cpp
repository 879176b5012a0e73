#include "../../base/storm.hpp"
#include "../support.hpp"
#include "pattern.hpp"

#include <troupe/spawn/pipes/pipe.hpp>

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <csignal>
#include <thread>

namespace troupe::spawn::pipe_test {

namespace {

/// The number of bytes, "not yet", or the error's message.
std::string outcome(const result<std::optional<std::size_t>>& of) {
  if (!of) return of.error().message();
  return *of ? std::to_string(**of) : "not yet";
}

std::size_t limit_of_pipe_sizes() {
  std::size_t limit = 0;
  std::ifstream("/proc/sys/fs/pipe-max-size") >> limit;
  return limit;
}

/// "write descriptor 4: 3 of 10 bytes were done": 3
std::size_t bytes_said(const error& late) {
  return std::strtoul(late.context.substr(late.context.find(": ") + 2).c_str(), nullptr, 10);
}

/// A named pipe opened by one descriptor that reads and writes: the kernel has no RWF_NOWAIT for it.
unique_fd fifo_of_both_directions() {
  std::string path = testing::TempDir() + "/pipe_test-" + std::to_string(getpid());
  EXPECT_EQ(mkfifo(path.c_str(), 0600), 0);
  unique_fd both(open(path.c_str(), O_RDWR | O_CLOEXEC));
  unlink(path.c_str());
  return both;
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

TEST(pipe, a_reader_that_goes_while_a_write_waits_is_broken_pipe_and_no_signal) {
  command writing(SPAWNING_CHILD);
  EXPECT_EQ(test::output_of(writing.arg("reader-goes")), "write descriptor 4: Broken pipe\n");
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

TEST(pipe, a_storm_of_interrupting_signals_loses_nothing) {
  for (const deadline until : {deadline::never(), deadline::after(test::watchdog)}) {
    auto ends = make_pipe();
    ASSERT_TRUE(ends);
    const auto sent = pattern(8 << 20);
    std::vector<std::byte> got(sent.size());
    troupe::test::in_storms([&] { EXPECT_TRUE(read_exact(ends->read_end.get(), got, until)); },
                            [&] { EXPECT_TRUE(write_all(ends->write_end.get(), sent, until)); });
    EXPECT_TRUE(got == sent);
  }
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

TEST(pipe, holds_what_was_asked_for_or_more) {
  auto ends = make_pipe(100'000);
  ASSERT_TRUE(ends);
  EXPECT_EQ(pipe_size(ends->read_end.get()), 131'072U);
  const auto smallest = set_pipe_size(ends->read_end.get(), 0);
  EXPECT_EQ(smallest, pipe_size(ends->write_end.get()));
  EXPECT_GE(smallest.value(), 4096U);
  ASSERT_TRUE(set_nonblocking(ends->write_end.get()));
  EXPECT_EQ(outcome(write_some(ends->write_end.get(), pattern(1 << 20))),
            std::to_string(pipe_size(ends->write_end.get()).value()));
}

TEST(pipe, a_pipe_that_holds_more_than_the_new_size_is_busy) {
  auto ends = make_pipe();
  ASSERT_TRUE(ends && write_all(ends->write_end.get(), pattern(40'000)));
  const auto made = set_pipe_size(ends->write_end.get(), 4096);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, errc::busy);
}

TEST(pipe, a_size_over_the_systems_limit_is_refused_with_the_limit) {
  const std::size_t limit = limit_of_pipe_sizes();
  const auto made = make_pipe(limit + 1);
  if (made) GTEST_SKIP() << "this process may exceed the limit (CAP_SYS_RESOURCE)";
  EXPECT_EQ(made.error().code, errc::permission_denied);
  EXPECT_NE(made.error().context.find("the limit is " + std::to_string(limit)), std::string::npos)
      << made.error().context;
}

TEST(pipe, a_size_over_a_gibibyte_is_too_large) {
  const auto made = make_pipe((std::size_t{1} << 30) + 1);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, errc::too_large);
}

TEST(pipe, what_is_no_pipe_has_no_size) {
  const unique_fd null(open("/dev/null", O_RDWR | O_CLOEXEC));
  EXPECT_EQ(pipe_size(null.get()).error().os_errno, EBADF);
  EXPECT_EQ(set_pipe_size(null.get(), 4096).error().os_errno, EBADF);
}

TEST(pipe, an_exact_read_that_is_late_says_how_much_had_come) {
  auto ends = make_pipe();
  ASSERT_TRUE(ends && write_all(ends->write_end.get(), as_bytes_view("abc")));
  std::array<std::byte, 10> wanted;
  const auto got = read_exact(ends->read_end.get(), wanted, deadline::after(milliseconds(5)));
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, errc::timed_out);
  EXPECT_NE(got.error().context.find("3 of 10 bytes"), std::string::npos) << got.error().context;
  EXPECT_EQ(wanted[2], std::byte{'c'});
}

TEST(pipe, an_exact_read_of_a_silent_pipe_ends_at_the_deadline) {
  auto ends = make_pipe();
  ASSERT_TRUE(ends);
  std::array<std::byte, 10> wanted;
  const auto got = read_exact(ends->read_end.get(), wanted, deadline::after(milliseconds(5)));
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, errc::timed_out);
  EXPECT_NE(got.error().context.find("0 of 10 bytes"), std::string::npos) << got.error().context;
}

TEST(pipe, what_can_be_done_at_once_is_done_after_the_deadline_too) {
  const auto past = deadline::after(nanoseconds(0));
  auto ends = make_pipe();
  ASSERT_TRUE(ends);
  const auto sent = pattern(pipe_capacity);
  EXPECT_TRUE(write_all(ends->write_end.get(), sent, past));
  std::vector<std::byte> got(sent.size());
  EXPECT_TRUE(read_exact(ends->read_end.get(), got, past));
  EXPECT_EQ(got, sent);
}

// The whole does not fit: a plain write would wait for a reader that never comes.
TEST(pipe, a_late_write_says_how_much_was_written_and_that_much_is_in_the_pipe) {
  auto anonymous = make_pipe();
  ASSERT_TRUE(anonymous);
  const unique_fd named = fifo_of_both_directions();
  struct direction {
    int in, out;
  };
  for (const auto [in, out] : {direction{anonymous->write_end.get(), anonymous->read_end.get()},
                               direction{named.get(), named.get()}}) {
    const auto written = write_all(in, pattern(1 << 20), deadline::after(milliseconds(5)));
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().code, errc::timed_out);
    // How much fits is up to the pipe, or to how far it got in time; what counts is that it is as much as it
    // says.
    const std::size_t said = bytes_said(written.error());
    EXPECT_GT(said, 0U);
    EXPECT_LE(said, pipe_capacity);
    int in_pipe = 0;
    ASSERT_EQ(ioctl(out, FIONREAD, &in_pipe), 0);
    EXPECT_EQ(static_cast<std::size_t>(in_pipe), said) << written.error().context;
    std::vector<std::byte> got(said);
    EXPECT_TRUE(read_exact(out, got, deadline::after(test::watchdog)));
    EXPECT_TRUE(got == pattern(said));
  }
}

TEST(pipe, a_gone_reader_is_broken_pipe_to_a_write_with_a_deadline_too) {
  auto ends = make_pipe();
  ASSERT_TRUE(ends);
  ends->read_end.reset();
  const auto written = write_all(ends->write_end.get(), pattern(10), deadline::after(test::watchdog));
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, errc::broken_pipe);
}

TEST(pipe, an_exact_read_with_a_deadline_sees_the_end_of_the_stream) {
  auto ends = make_pipe();
  ASSERT_TRUE(ends);
  ends->write_end.reset();
  std::array<std::byte, 4> wanted;
  EXPECT_EQ(read_exact(ends->read_end.get(), wanted, deadline::after(test::watchdog)).error().code,
            errc::end_of_file);
}

}  // namespace troupe::spawn::pipe_test
