// Where results go: readers that leave, readers that are slow, streams that are closed, files larger than
// what is kept in memory.
#include "program.hpp"

#include <troupe/base/sanitizers.hpp>
#include <troupe/spawn/pipes/pipe.hpp>

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <csignal>

namespace troupe::end_to_end::output_test {
namespace {

constexpr std::uint64_t mebibyte = 1U << 20U;

const std::vector<std::string> run_play{"run", "play.toml"};

constexpr auto upper_to_stdout = R"(
[stage.upper]
from    = { files = "in.txt" }
workers = 2
to      = { file = "-", format = "lines" }
)";

std::string many_lines(int count, const std::string& word) {
  std::string text;
  for (int i = 0; i < count; ++i) text += word + ' ' + std::to_string(i) + '\n';
  return text;
}

/// One read; empty at the end of the stream.
std::string read_once(int fd) {
  std::array<std::byte, 65536> chunk;
  if (!readable_within(fd, watchdog)) throw std::runtime_error("nothing comes");
  const auto got = spawn::read_some(fd, chunk);
  if (!got || !*got) return {};
  return {reinterpret_cast<const char*>(chunk.data()), **got};
}

TEST(output, whose_reader_goes_away_ends_the_run_quietly) {
  const folder home;
  home.write("in.txt", many_lines(200'000, "line"));
  home.write("play.toml", upper_to_stdout);
  program running(home, run_play, {.out = stream::ours});
  {
    const auto head = running.take_stdout();
    EXPECT_FALSE(read_once(head.get()).empty());
  }
  const auto done = running.wait();
  EXPECT_EQ(done.status.code(), 141) << done.err;
  for (const auto& line : lines_of(done.err)) EXPECT_TRUE(line.starts_with("progress:")) << line;
}

TEST(output, whose_reader_goes_away_while_stdin_is_silent_ends_the_run) {
  const folder home;
  home.write("play.toml", R"(
[stage.upper]
from = { stdin = true }
to   = { file = "-", format = "lines" }
)");
  program running(home, run_play, {.in = stream::ours, .out = stream::ours});
  ASSERT_TRUE(running.feed("one\n"));
  {
    const auto head = running.take_stdout();
    EXPECT_EQ(read_once(head.get()), "ONE\n");
  }
  ASSERT_TRUE(running.feed("two\n"));
  const auto done = running.wait();  // its stdin is still open
  EXPECT_EQ(done.status.code(), 141) << done.err;
}

TEST(output, is_complete_though_nobody_reads_stderr_any_more) {
  const folder home;
  home.write("in.txt", many_lines(2000, "line"));
  home.write("play.toml", upper_to_stdout);
  program running(home, run_play, {.err = stream::ours});
  running.take_stderr().reset();
  const auto done = running.wait();
  EXPECT_EQ(done.status.code(), 0) << done.status.describe();
  EXPECT_TRUE(same_lines(lines_of(done.out), lines_of(many_lines(2000, "LINE"))));
}

TEST(output, in_a_file_holds_nothing_else_though_stderr_is_closed) {
  const folder home;
  home.write("in.txt", many_lines(2000, "line"));
  home.write("play.toml", upper_to_stdout);
  // The shell closes descriptor 2, so that the next file to be opened gets its number.
  const auto done = run(home, {"run", "play.toml", "--set", "stage.upper.to.file=out.txt"},
                        {.prefix = {"/bin/sh", "-c", "exec \"$0\" \"$@\" 2>&-"}});
  EXPECT_EQ(done.status.code(), 0);
  EXPECT_TRUE(same_lines(lines_of(home.read("out.txt")), lines_of(many_lines(2000, "LINE"))));
}

TEST(output, that_is_not_read_stops_the_reading_of_the_input) {
  const folder home;
  const std::string filler(1000, 'x');
  const int count = 10'000;  // some 10 MB: windows, pipes and buffers hold less than half of it
  home.write("in.txt", many_lines(count, filler));
  home.write("play.toml", upper_to_stdout);
  const auto size = std::filesystem::file_size(home.path("in.txt"));
  const auto input = std::filesystem::canonical(home.path("in.txt")).string();
  program running(home, run_play, {.out = stream::ours});
  const auto out = running.take_stdout();
  ASSERT_TRUE(readable_within(out.get(), watchdog));

  // It has stopped when it is in the same place for a while; if that is not so yet, it has read less.
  std::uint64_t position = 0;
  for (int unmoved = 0; unmoved < 30 && position < size; ++unmoved) {
    ASSERT_FALSE(running.ends_within(milliseconds(20))) << running.err();
    const auto now = position_in(running.id(), input).value_or(position);
    if (std::exchange(position, now) != now) unmoved = 0;
  }
  EXPECT_LT(position, size / 4 * 3);
  if (!sanitized) {
    EXPECT_LT(peak_memory(running.id()), 200 * mebibyte);
  }

  std::string all;
  for (auto text = read_once(out.get()); !text.empty(); text = read_once(out.get())) all += text;
  const auto done = running.wait();
  EXPECT_EQ(done.status.code(), 0) << done.err;
  EXPECT_TRUE(same_lines(lines_of(all), lines_of(many_lines(count, std::string(1000, 'X'))))) << done.err;
}

TEST(output, of_a_large_input_needs_little_memory) {
  const folder home;
  home.write("play.toml", R"(
[stage.measure]
from    = { stdin = true }
batch   = { bytes = "1MiB" }
workers = 2
[stage.total_size]
from  = "measure"
place = "thread"
to    = { file = "-" }
)");
  const std::uint64_t repeats = sanitized ? 32 : 256;
  std::string block;
  while (block.size() < mebibyte) block += "a line of text that says nothing in particular\n";
  const auto lines = static_cast<std::uint64_t>(std::ranges::count(block, '\n'));
  program running(home, run_play, {.in = stream::ours});
  std::uint64_t director = 0, worker = 0;
  for (std::uint64_t i = 0; i < repeats; ++i) {
    ASSERT_TRUE(running.feed(block)) << running.err();
    director = std::max(director, peak_memory(running.id()));
    for (const auto id : workers_of(running.id())) worker = std::max(worker, peak_memory(id));
  }
  running.close_stdin();
  const auto done = running.wait();
  EXPECT_EQ(done.status.code(), 0) << done.err;
  EXPECT_EQ(done.out, "{\"lines\":" + std::to_string(repeats * lines) +
                          ",\"bytes\":" + std::to_string(repeats * block.size()) + "}\n");
  RecordProperty("director_peak", std::to_string(director));
  RecordProperty("worker_peak", std::to_string(worker));
  if (sanitized) return;
  EXPECT_LT(director, 100 * mebibyte);
  EXPECT_LT(worker, 100 * mebibyte);
}

TEST(output, of_the_largest_batches_is_complete) {
  if (thread_sanitizer) GTEST_SKIP() << "volume, not interleaving: the other suites run it";
  const folder home;
  home.write("play.toml", R"(
[stage.measure]
from  = { stdin = true }
batch = { size = 1000000, bytes = "64MiB", wait = "1h" }
[stage.total_size]
from  = "measure"
place = "thread"
to    = { file = "-" }
)");
  const std::string block = std::string(mebibyte - 1, 'x') + '\n';
  program running(home, run_play, {.in = stream::ours});
  for (int i = 0; i < 70; ++i) ASSERT_TRUE(running.feed(block)) << running.err();
  running.close_stdin();
  const auto done = running.wait();
  EXPECT_EQ(done.status.code(), 0) << done.err;
  EXPECT_EQ(done.out, "{\"lines\":70,\"bytes\":" + std::to_string(70 * mebibyte) + "}\n");
}

TEST(output, larger_than_a_frame_can_carry_is_an_error_not_a_hang) {
  if (thread_sanitizer) GTEST_SKIP() << "volume, not interleaving: the other suites run it";
  const folder home;
  home.write("play.toml", R"(
[stage.inflate]
from = { range = [140000000, 140000001] }
to   = { file = "out.txt", format = "lines" }
)");
  const auto done = run(home, run_play);
  EXPECT_NE(done.status.code(), 0) << done.err;
  EXPECT_TRUE(done.status.code()) << done.status.describe();
  EXPECT_NE(done.err.find("inflate"), std::string::npos) << done.err;
}

TEST(output, of_tens_of_megabytes_in_one_item_arrives) {
  if (thread_sanitizer) GTEST_SKIP() << "volume, not interleaving: the other suites run it";
  const folder home;
  home.write("play.toml", R"(
[stage.inflate]
from = { range = [20000000, 20000002] }
[stage.exclaim]
from = "inflate"
to   = { file = "out.txt", format = "lines" }
)");
  const auto done = run(home, run_play);
  EXPECT_EQ(done.status.code(), 0) << done.err;
  EXPECT_EQ(std::filesystem::file_size(home.path("out.txt")), 2 * (20'000'000 + 2) + 1);
}

}  // namespace
}  // namespace troupe::end_to_end::output_test
