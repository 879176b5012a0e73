// Sinks that are no files: what their descriptors do when nobody reads, reads no more, or fails.
#include "../../end_to_end/folder.hpp"

#include <troupe/runtime/members/sink_file.hpp>
#include <troupe/spawn/pipes/pipe.hpp>
#include <troupe/spawn/pipes/unix_socket.hpp>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <thread>

namespace troupe::runtime::stream_sink_test {
namespace {

using kind_of = config::sink::kind_of;

class stream_sink_test : public ::testing::Test {
 protected:
  stream_sink_test() {
    auto started = spawn::spawner::start({.drain = nanoseconds(0)}, spawn::guarding::none);
    EXPECT_TRUE(started);
    programs = std::move(*started);
  }
  result<sink_file> program(std::vector<std::string> argv, std::vector<int> success = {0}) {
    sink_plan to;
    to.kind = kind_of::command;
    to.command = std::move(argv);
    to.success = std::move(success);
    return sink_file::open(to, abandoned, programs.get());
  }
  result<sink_file> at(kind_of kind, const std::string& name) {
    sink_plan to;
    to.kind = kind;
    to.path = home.path(name);
    return sink_file::open(to, abandoned, programs.get());
  }
  result<sink_file> fifo() {
    EXPECT_EQ(::mkfifo(home.path("fifo").c_str(), 0600), 0);
    return at(kind_of::fifo, "fifo");
  }
  static result<> write(sink_file& into, const std::string& text) { return into.write(as_bytes_view(text)); }

  const end_to_end::folder home;
  std::atomic<bool> abandoned{false};
  std::unique_ptr<spawn::spawner> programs;
};

TEST_F(stream_sink_test, closing_waits_for_the_end_of_the_program) {
  auto to = program({"sh", "-c", "cat > \"$0\"; echo done >> \"$0\"", home.path("out")});
  ASSERT_TRUE(to) << to.error().message();
  EXPECT_TRUE(write(*to, "one\n"));
  EXPECT_TRUE(to->close());
  EXPECT_EQ(home.read("out"), "one\ndone\n");
}

TEST_F(stream_sink_test, a_program_that_fails_says_why_when_it_is_closed) {
  auto to = program({"sh", "-c", "cat > /dev/null; echo no room >&2; exit 9"});
  ASSERT_TRUE(to);
  const auto closed = to->close();
  ASSERT_FALSE(closed);
  EXPECT_EQ(closed.error().code, errc::handler_failed);
  EXPECT_NE(closed.error().context.find("code 9"), std::string::npos) << closed.error().context;
  EXPECT_NE(closed.error().context.find("stderr: no room"), std::string::npos) << closed.error().context;
}

TEST_F(stream_sink_test, another_code_may_be_a_success) {
  auto to = program({"sh", "-c", "exit 9"}, {9});
  ASSERT_TRUE(to);
  EXPECT_TRUE(to->close());
}

TEST_F(stream_sink_test, a_program_that_reads_no_more_is_a_broken_pipe_that_says_how_it_ended) {
  auto to = program({"true"});
  ASSERT_TRUE(to);
  auto written = write(*to, "one\n");
  while (written) written = write(*to, "one\n");  // until it has ended
  EXPECT_EQ(written.error().code, errc::broken_pipe);
  EXPECT_NE(written.error().context.find("code 0"), std::string::npos) << written.error().context;
}

TEST_F(stream_sink_test, waiting_for_a_program_ends_when_the_run_is_abandoned) {
  auto to = program({"sh", "-c", "exec sleep 1000"});
  ASSERT_TRUE(to);
  std::thread waiting([&] {
    const auto closed = to->close();
    ASSERT_FALSE(closed);
    EXPECT_EQ(closed.error().code, errc::cancelled);
  });
  abandoned = true;
  waiting.join();
}

TEST_F(stream_sink_test, a_program_that_is_not_there_is_an_error) {
  const auto to = program({"/no/such/program"});
  ASSERT_FALSE(to);
  EXPECT_EQ(to.error().code, errc::not_found);
}

TEST_F(stream_sink_test, the_first_write_to_a_fifo_waits_for_its_reader) {
  auto to = fifo();
  ASSERT_TRUE(to);
  std::thread waiting([&] { EXPECT_TRUE(write(*to, "one\n")); });
  const unique_fd reader(::open(home.path("fifo").c_str(), O_RDONLY | O_CLOEXEC));
  std::byte some[4];
  EXPECT_TRUE(spawn::read_exact(reader.get(), some, deadline::after(std::chrono::minutes(1))));
  waiting.join();
}

TEST_F(stream_sink_test, waiting_for_the_reader_of_a_fifo_ends_when_the_run_is_abandoned) {
  auto to = fifo();
  ASSERT_TRUE(to);
  std::thread waiting([&] {
    const auto written = write(*to, "one\n");
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().code, errc::cancelled);
  });
  abandoned = true;
  waiting.join();
}

TEST_F(stream_sink_test, a_socket_whose_other_end_is_closed_is_a_broken_pipe) {
  auto listens = spawn::unix_listener::bind(home.path("sock"));
  ASSERT_TRUE(listens);
  auto to = at(kind_of::unix_socket, "sock");
  ASSERT_TRUE(to) << to.error().message();
  auto other = listens->accept(deadline::after(std::chrono::minutes(1)));
  ASSERT_TRUE(other);
  EXPECT_TRUE(write(*to, "unread\n"));
  other->reset();
  const auto written = write(*to, "one\n");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, errc::broken_pipe);
}

TEST_F(stream_sink_test, a_socket_on_which_nobody_listens_is_refused) {
  const auto to = at(kind_of::unix_socket, "sock");
  ASSERT_FALSE(to);
  EXPECT_NE(to.error().context.find("write to socket '" + home.path("sock")), std::string::npos)
      << to.error().message();
}

}  // namespace
}  // namespace troupe::runtime::stream_sink_test
