// Sinks that others read: programs, FIFOs, Unix sockets; several of them; MessagePack.
#include "program_scene.hpp"

#include <troupe/spawn/pipes/pipe.hpp>
#include <troupe/spawn/pipes/unix_socket.hpp>

#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <csignal>

namespace troupe::end_to_end::stream_sinks_test {
namespace {

const std::vector<std::string> run_play{"run", "play.toml"};

class stream_sinks : public program_scene {
 protected:
  void write_file(const std::string& to, const std::string& text = "one\ntwo\nthree\n") const {
    home.write("in.txt", text);
    home.write("play.toml", "[stage.upper]\nfrom = { files = \"in.txt\" }\nto = " + to + "\n");
  }
  ended run_to(const std::string& to, const std::string& text = "one\ntwo\nthree\n") const {
    write_file(to, text);
    return run(home, run_play);
  }
  static std::string many_lines() {
    std::string text;
    for (int i = 0; i < 100'000; ++i) text += "line " + std::to_string(i) + '\n';
    return text;
  }
  void make_fifo() const { ASSERT_EQ(::mkfifo(home.path("fifo").c_str(), 0600), 0); }
  /// All until the end of the stream.
  static std::string all_of(unique_fd from) {
    listener heard(std::move(from));
    EXPECT_TRUE(heard.wait_for_end());
    return heard.text();
  }
};

TEST_F(stream_sinks, a_program_reads_the_items_and_is_waited_for) {
  const auto done =
      run_to(R"({ command = ["sh", "-c", "sort > sorted.new; mv sorted.new sorted"], format = "lines" })");
  EXPECT_EQ(done.status.code(), 0) << done.err;
  EXPECT_EQ(home.read("sorted"), "ONE\nTHREE\nTWO\n");
}

TEST_F(stream_sinks, what_a_program_prints_goes_where_we_print) {
  EXPECT_EQ(run_to(R"({ command = ["sort", "-r"], format = "lines" })").out, "TWO\nTHREE\nONE\n");
}

TEST_F(stream_sinks, a_program_that_fails_at_the_end_fails_the_run_with_what_it_said) {
  const auto done =
      run_to(R"({ command = ["sh", "-c", "cat; echo disk full >&2; exit 7"], format = "lines" })");
  EXPECT_EQ(done.status.code(), 6) << done.err;
  EXPECT_TRUE(holds_text(done.err, "code 7"));
  EXPECT_TRUE(holds_text(done.err, "stderr: disk full"));
}

TEST_F(stream_sinks, a_program_that_reads_no_more_is_named_with_how_it_ended) {
  const auto done = run_to(R"({ command = ["head", "-1"], format = "lines" })", many_lines());
  EXPECT_EQ(done.status.code(), 6) << done.err;
  EXPECT_TRUE(holds_text(done.err, "write to program"));
  EXPECT_TRUE(holds_text(done.err, "head -1"));
  EXPECT_TRUE(holds_text(done.err, "code 0"));
}

TEST_F(stream_sinks, a_program_that_is_not_there_is_an_error_of_check) {
  write_file(R"({ command = ["gzpi"] })");
  const auto done = run(home, {"check", "play.toml"});
  EXPECT_EQ(done.status.code(), 3) << done.err;
  EXPECT_TRUE(holds_text(
      done.err, "play.toml:3:19: error: a sink of stage 'upper': there is no program 'gzpi' in PATH"));
}

TEST_F(stream_sinks, a_director_that_is_killed_leaves_no_program_behind) {
  home.write("play.toml",
             "[stage.upper]\nfrom = { stdin = true }\n"
             "to = { command = [\"sh\", \"-c\", \"echo $$ > id.new; mv id.new id; sleep 1000\"] }\n");
  program running(home, run_play, {.in = stream::ours});
  running.wait_until("the program runs", [this] { return home.holds("id"); });
  const auto id = static_cast<pid_t>(std::stol(home.read("id")));
  const stranger left(id);
  running.signal(SIGKILL);
  EXPECT_TRUE(running.wait().status.signal());
  EXPECT_TRUE(left.ends_within(watchdog));
}

TEST_F(stream_sinks, a_second_stop_ends_waiting_for_a_program_that_reads_nothing) {
  home.write("play.toml",
             "[stage.upper]\nfrom = { command = [\"yes\"] }\nto = { command = [\"sleep\", \"1000\"] }\n");
  program running(home, run_play);
  running.wait_until("it has begun", [&] { return workers_of(running.id()).size() > 0; });
  running.signal_and_see_it_taken(SIGTERM);
  running.signal(SIGTERM);
  const auto done = running.wait();
  EXPECT_EQ(done.status.code(), 128 + SIGTERM) << done.err;
}

TEST_F(stream_sinks, a_fifo_waits_for_its_reader) {
  make_fifo();
  write_file(R"({ fifo = "fifo", format = "lines" })");
  program running(home, run_play);
  unique_fd reader(::open(home.path("fifo").c_str(), O_RDONLY | O_CLOEXEC));  // waits until it is written to
  EXPECT_EQ(all_of(std::move(reader)), "ONE\nTWO\nTHREE\n");
  EXPECT_EQ(running.wait().status.code(), 0);
}

TEST_F(stream_sinks, the_reader_of_a_fifo_sees_the_end_of_nothing) {
  make_fifo();
  write_file(R"({ fifo = "fifo" })", "");
  program running(home, run_play);
  unique_fd reader(::open(home.path("fifo").c_str(), O_RDONLY | O_CLOEXEC));
  EXPECT_EQ(all_of(std::move(reader)), "");
  EXPECT_EQ(running.wait().status.code(), 0);
}

TEST_F(stream_sinks, a_second_stop_ends_waiting_for_the_reader_of_a_fifo) {
  make_fifo();
  write_file(R"({ fifo = "fifo" })");
  program running(home, run_play);
  running.wait_until("it has begun", [&] { return workers_of(running.id()).size() > 0; });
  running.signal_and_see_it_taken(SIGTERM);
  running.signal(SIGTERM);
  EXPECT_EQ(running.wait().status.code(), 128 + SIGTERM);
}

TEST_F(stream_sinks, a_reader_of_a_fifo_that_goes_away_is_named) {
  make_fifo();
  write_file(R"({ fifo = "fifo", format = "lines" })", many_lines());
  program running(home, run_play);
  unique_fd reader(::open(home.path("fifo").c_str(), O_RDONLY | O_CLOEXEC));
  std::array<std::byte, 9> some;
  ASSERT_TRUE(spawn::read_exact(reader.get(), some, deadline::after(watchdog)));
  reader.reset();
  const auto done = running.wait();
  EXPECT_EQ(done.status.code(), 6) << done.err;
  EXPECT_TRUE(holds_text(done.err, "write to FIFO 'fifo': Broken pipe"));
}

TEST_F(stream_sinks, whoever_listens_on_a_socket_gets_the_items) {
  auto listens = spawn::unix_listener::bind(home.path("sock"));
  ASSERT_TRUE(listens);
  write_file(R"({ unix = "sock", format = "lines" })");
  program running(home, run_play);
  auto joined = listens->accept(deadline::after(watchdog));
  ASSERT_TRUE(joined);
  EXPECT_EQ(all_of(std::move(*joined)), "ONE\nTWO\nTHREE\n");
  EXPECT_EQ(running.wait().status.code(), 0);
}

TEST_F(stream_sinks, a_socket_on_which_nobody_listens_is_an_error) {
  const auto done = run_to(R"({ unix = "sock" })");
  EXPECT_EQ(done.status.code(), 6) << done.err;
  EXPECT_TRUE(holds_text(done.err, "write to socket 'sock'"));
}

TEST_F(stream_sinks, two_runs_are_joined_by_a_socket) {
  home.write("back.toml",
             "[stage.upper]\nfrom = { unix = \"sock\" }\nto = { file = \"-\", format = \"lines\" }\n");
  program back(home, {"run", "back.toml"});
  back.wait_until("it listens", [this] { return home.holds("sock"); });
  EXPECT_EQ(run_to(R"({ unix = "sock", format = "lines" })").status.code(), 0);
  const auto done = back.wait();
  EXPECT_EQ(done.status.code(), 0) << done.err;
  EXPECT_EQ(done.out, "ONE\nTWO\nTHREE\n");
}

TEST_F(stream_sinks, several_of_a_stage_get_every_item_each) {
  const auto done = run_to(
      R"([{ file = "-", format = "lines" }, { file = "out.jsonl" }, { command = ["sh", "-c", "cat > cat.txt"], format = "lines" }])",
      many_lines());
  EXPECT_EQ(done.status.code(), 0) << done.err;
  EXPECT_EQ(lines_of(done.out).size(), 100'000U);
  EXPECT_TRUE(home.read("cat.txt") == done.out);
  EXPECT_EQ(lines_of(home.read("out.jsonl")).size(), 100'000U);
}

TEST_F(stream_sinks, one_of_several_that_is_slow_holds_all_up_and_not_memory) {
  home.write("play.toml",
             "[stage.upper]\nfrom = { command = [\"yes\", \"far more than anybody reads\"] }\n"
             "to = [{ file = \"/dev/null\" }, { command = [\"sleep\", \"1000\"] }]\n");
  program running(home, run_play);
  std::uint64_t peak = 0;
  running.wait_until("it has begun", [&] { return workers_of(running.id()).size() > 0; });
  for (std::uint64_t now = peak_memory(running.id()); now != peak; now = peak_memory(running.id())) {
    peak = now;
    ASSERT_FALSE(running.ends_within(std::chrono::seconds(1)));
  }
  EXPECT_LT(peak, std::uint64_t{512} << 20U) << "yes prints gigabytes in that time";
}

TEST_F(stream_sinks, messagepack_values_follow_each_other) {
  home.write("play.toml",
             "[stage.number]\nfrom = { range = [-1, 2] }\nto = { file = \"-\", format = \"msgpack\" }\n");
  // A struct of one number is an array of one.
  EXPECT_EQ(run(home, run_play).out, std::string("\x91\xff\x91\x00\x91\x01", 6));
}

TEST_F(stream_sinks, messagepack_of_a_block_of_lines_is_one_value_per_line) {
  home.write("in.txt", "a\nb\n");
  home.write("play.toml",
             "[stage.cat]\nfrom = { files = \"in.txt\" }\ncommand = [\"cat\"]\nmode = \"per_batch\"\n"
             "to = { file = \"-\", format = \"msgpack\" }\n");
  const auto done = run(home, run_play);
  // A line is an array of its text, its file, which the program does not say, and its number.
  EXPECT_EQ(done.out,
            "\x93\xa1"
            "a\xa0\x01"
            "\x93\xa1"
            "b\xa0\x02")
      << done.err;
  EXPECT_EQ(summary(done.err, "written"), 2U) << done.err;
}

}  // namespace
}  // namespace troupe::end_to_end::stream_sinks_test
