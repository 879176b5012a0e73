// Sources that others write: what a program prints, FIFOs, Unix sockets.
#include "program_scene.hpp"

#include <troupe/spawn/pipes/pipe.hpp>
#include <troupe/spawn/pipes/unix_socket.hpp>

#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <csignal>

namespace troupe::end_to_end::stream_sources_test {
namespace {

const std::vector<std::string> run_play{"run", "play.toml"};

class stream_sources : public program_scene {
 protected:
  void write_file(const std::string& from, const std::string& more = {}) const {
    home.write("play.toml", "[stage.upper]\nfrom = { " + from + " }\n" + more +
                                "to = { file = \"-\", format = \"lines\" }\n");
  }
  ended run_on(const std::string& from, const std::string& more = {}) const {
    write_file(from, more);
    return run(home, run_play);
  }
  void make_fifo() const { ASSERT_EQ(::mkfifo(home.path("fifo").c_str(), 0600), 0); }
  static void say(const unique_fd& to, const std::string& text) {
    EXPECT_TRUE(spawn::write_all(to.get(), as_bytes_view(text), deadline::after(watchdog)));
  }
  /// A program that counts for ever, in the file "id" its process.
  static std::string endless() {
    return R"(command = ["sh", "-c", "echo $$ > id.new; mv id.new id; exec seq 1000000000"])";
  }
  pid_t id_of_endless(program& running) const {
    running.wait_until("the program runs", [this] { return home.holds("id"); });
    return static_cast<pid_t>(std::stol(home.read("id")));
  }
};

TEST_F(stream_sources, what_a_program_prints_is_worked_on) {
  const auto done = run_on(R"(command = ["printf", "one\ntwo\nthree"])");
  EXPECT_EQ(done.status.code(), 0) << done.err;
  EXPECT_EQ(done.out, "ONE\nTWO\nTHREE\n");
}

TEST_F(stream_sources, a_program_of_a_relative_path_is_the_one_beside_the_file) {
  home.write("say.sh", "#!/bin/sh\necho said\n");
  ASSERT_EQ(::chmod(home.path("say.sh").c_str(), 0700), 0);
  EXPECT_EQ(run_on(R"(command = ["./say.sh"])").out, "SAID\n");
}

TEST_F(stream_sources, a_program_that_fails_ends_the_run_with_what_it_said_last) {
  const auto done = run_on(R"(command = ["sh", "-c", "echo one; echo out of paper >&2; exit 3"])");
  EXPECT_EQ(done.status.code(), 5) << done.err;
  EXPECT_TRUE(holds_text(done.err, "code 3"));
  EXPECT_TRUE(holds_text(done.err, "stderr: out of paper"));
}

TEST_F(stream_sources, a_code_may_be_declared_a_success) {
  EXPECT_EQ(run_on(R"(command = ["sh", "-c", "echo one; exit 3"], success = [0, 3])").out, "ONE\n");
}

TEST_F(stream_sources, a_program_that_is_not_there_is_an_error_of_check) {
  write_file(R"(command = ["gzpi", "-c"])");
  const auto done = run(home, {"check", "play.toml"});
  EXPECT_EQ(done.status.code(), 3) << done.err;
  EXPECT_TRUE(holds_text(
      done.err, "play.toml:2:21: error: the source of stage 'upper': there is no program 'gzpi' in PATH"));
}

TEST_F(stream_sources, a_stop_kills_the_program_and_finishes_what_was_sent) {
  write_file(endless());
  program running(home, run_play);
  const auto id = id_of_endless(running);
  running.wait_for_lines(100);
  running.signal(SIGTERM);
  const auto done = running.wait();
  EXPECT_EQ(done.status.code(), 128 + SIGTERM) << done.err;
  EXPECT_NE(::kill(id, 0), 0) << "it is still there";
  const auto lines = lines_of(done.out);
  EXPECT_EQ(lines.size(), summary(done.err, "items").value_or(0));
}

TEST_F(stream_sources, a_director_that_is_killed_leaves_no_program_behind) {
  write_file(R"(command = ["sh", "-c", "echo $$ > id.new; mv id.new id; sleep 1000"])");
  program running(home, run_play);
  const auto id = id_of_endless(running);
  const stranger left(id);
  running.signal(SIGKILL);
  EXPECT_TRUE(running.wait().status.signal());
  EXPECT_TRUE(left.ends_within(watchdog));
}

TEST_F(stream_sources, a_reader_that_is_slow_holds_the_program_up_and_not_memory) {
  write_file(R"(command = ["yes", "a line of a program that prints far more than anybody reads"])");
  program running(home, run_play, {.out = stream::ours});
  const auto out = running.take_stdout();
  // Read slowly at first and then no more: what is under way fills all windows, and then nobody reads.
  std::array<std::byte, 4096> some;
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(spawn::read_exact(out.get(), some, deadline::after(watchdog)));
  std::uint64_t peak = 0;
  for (std::uint64_t now = peak_memory(running.id()); now != peak; now = peak_memory(running.id())) {
    peak = now;
    ASSERT_FALSE(running.ends_within(std::chrono::seconds(1)));
  }
  EXPECT_LT(peak, std::uint64_t{512} << 20U) << "yes prints gigabytes in that time";
}

TEST_F(stream_sources, lines_of_a_fifo_arrive_while_it_is_open) {
  make_fifo();
  write_file(R"(fifo = "fifo")");
  program running(home, run_play);
  unique_fd into(::open(home.path("fifo").c_str(), O_WRONLY | O_CLOEXEC));  // waits until it reads
  say(into, "one\n");
  running.wait_for_lines(1);
  say(into, "two\nthree");
  into.reset();
  const auto done = running.wait();
  EXPECT_EQ(done.status.code(), 0) << done.err;
  EXPECT_EQ(done.out, "ONE\nTWO\nTHREE\n");
}

TEST_F(stream_sources, a_fifo_that_is_not_there_is_an_error_of_check) {
  write_file(R"(fifo = "fifo")");
  const auto done = run(home, {"check", "play.toml"});
  EXPECT_EQ(done.status.code(), 5) << done.err;
  EXPECT_TRUE(
      holds_text(done.err,
                 "play.toml:2:17: error: cannot read FIFO 'fifo': No such file or directory; make it: "
                 "mkfifo fifo"));
}

TEST_F(stream_sources, a_stop_ends_waiting_for_the_first_writer) {
  make_fifo();
  write_file(R"(fifo = "fifo")");
  program running(home, run_play);
  // Its reader is there when a writer need not wait.
  running.wait_until("it reads", [this] {
    return unique_fd(::open(home.path("fifo").c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC)).get() >= 0;
  });
  running.signal(SIGTERM);
  static_cast<void>(running.wait());
}

TEST_F(stream_sources, connections_to_a_socket_give_their_lines) {
  write_file(R"(unix = "sock", keep_open = true)");
  program running(home, run_play);
  running.wait_until("it listens", [this] { return home.holds("sock"); });
  for (int i = 0; i < 3; ++i) {
    auto sender = spawn::connect_unix(home.path("sock"), deadline::after(watchdog));
    ASSERT_TRUE(sender) << sender.error().message();
    say(*sender, "line " + std::to_string(i) + '\n');
  }
  running.wait_for_lines(3);
  running.signal(SIGTERM);
  const auto done = running.wait();
  EXPECT_EQ(done.status.code(), 128 + SIGTERM) << done.err;
  EXPECT_EQ(done.out, "LINE 0\nLINE 1\nLINE 2\n");
  EXPECT_FALSE(home.holds("sock"));
}

TEST_F(stream_sources, a_director_that_was_killed_does_not_stop_the_next_one) {
  write_file(R"(unix = "sock")");
  {
    program first(home, run_play);
    first.wait_until("it listens", [this] { return home.holds("sock"); });
    first.signal(SIGKILL);
    static_cast<void>(first.wait());
  }
  ASSERT_TRUE(home.holds("sock"));
  program running(home, run_play);
  std::optional<unique_fd> sender;
  running.wait_until("it listens", [&] {
    auto made = spawn::connect_unix(home.path("sock"), deadline::after(watchdog));
    if (made) sender.emplace(std::move(*made));
    return made.has_value();
  });
  say(*sender, "one\n");
  sender.reset();
  const auto done = running.wait();
  EXPECT_EQ(done.status.code(), 0) << done.err;
  EXPECT_EQ(done.out, "ONE\n");
}

TEST_F(stream_sources, a_file_in_the_place_of_a_socket_is_an_error_of_check) {
  home.write("sock", "mine\n");
  write_file(R"(unix = "sock")");
  const auto done = run(home, {"check", "play.toml"});
  EXPECT_EQ(done.status.code(), 5) << done.err;
  EXPECT_TRUE(holds_text(done.err, "play.toml:2:17: error: 'sock' is there and no socket; remove it"));
  EXPECT_EQ(home.read("sock"), "mine\n");
}

}  // namespace
}  // namespace troupe::end_to_end::stream_sources_test
