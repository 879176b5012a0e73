#include "../../base/storm.hpp"
#include "../support.hpp"

#include <troupe/spawn/pipes/line_reader.hpp>

#include <fcntl.h>

#include <random>
#include <thread>

namespace troupe::spawn::line_reader_test {

namespace {

struct kept_line {
  std::string text;
  std::size_t dropped = 0;
  bool terminated = true;
  friend bool operator==(const kept_line&, const kept_line&) = default;
  friend std::ostream& operator<<(std::ostream& out, const kept_line& line) {
    return out << '"' << line.text.substr(0, 40) << "\" (" << line.text.size() << ") -" << line.dropped
               << (line.terminated ? "" : " unterminated");
  }
};
using kept_lines = std::vector<kept_line>;

/// All lines up to the end of the stream.
kept_lines lines_of(line_reader& reader) {
  kept_lines lines;
  for (;;) {
    const auto line = reader.next(deadline::after(test::watchdog));
    EXPECT_TRUE(line) << line.error().message();
    if (!line || !*line) return lines;
    lines.push_back({std::string((*line)->text), (*line)->dropped, (*line)->terminated});
  }
}

/// Reads while a thread writes the chunks, each by a write of its own.
kept_lines read_back(const std::vector<std::string>& chunks, std::size_t limit = 1 << 20) {
  auto ends = make_pipe();
  std::thread writer([&chunks, out = std::move(ends->write_end)] {
    for (const std::string& chunk : chunks) EXPECT_TRUE(write_all(out.get(), as_bytes_view(chunk)));
  });
  line_reader reader(std::move(ends->read_end), limit);
  kept_lines lines = lines_of(reader);
  writer.join();
  return lines;
}

}  // namespace

TEST(line_reader, gives_lines_without_their_ends) {
  EXPECT_EQ(read_back({"a\nbc\n\nd\r\n"}), (kept_lines{{"a"}, {"bc"}, {""}, {"d\r"}}));
}

TEST(line_reader, the_last_line_may_lack_its_end_and_says_so) {
  EXPECT_EQ(read_back({"a\nb"}), (kept_lines{{"a"}, {"b", 0, false}}));
  EXPECT_EQ(read_back({}), kept_lines{});
}

TEST(line_reader, a_line_over_the_limit_is_cut_and_says_by_how_much) {
  EXPECT_EQ(read_back({"abcdef\nxyz\n"}, 3), (kept_lines{{"abc", 3}, {"xyz"}}));
  EXPECT_EQ(read_back({"abcd"}, 3), (kept_lines{{"abc", 1, false}}));
  EXPECT_EQ(read_back({"\nab\n"}, 0), (kept_lines{{""}, {"", 2}}));
}

TEST(line_reader, lines_around_the_size_of_the_buffer_are_whole) {
  for (const std::size_t size : {pipe_capacity - 1, pipe_capacity, pipe_capacity + 1, 3 * pipe_capacity}) {
    const std::string large(size, 'x');
    EXPECT_EQ(read_back({"a\n" + large + "\nb\n" + large}),
              (kept_lines{{"a"}, {large}, {"b"}, {large, 0, false}}));
  }
}

TEST(line_reader, a_line_over_the_limit_and_the_buffer_is_cut_and_the_next_is_whole) {
  const std::string large(3 * pipe_capacity, 'x');
  EXPECT_EQ(read_back({large + "\nb\n"}, 10), (kept_lines{{"xxxxxxxxxx", large.size() - 10}, {"b"}}));
  EXPECT_EQ(read_back({large + "\n\n"}, 0), (kept_lines{{"", large.size()}, {""}}));
  EXPECT_EQ(read_back({large}, pipe_capacity + 5),
            (kept_lines{{large.substr(0, pipe_capacity + 5), large.size() - pipe_capacity - 5, false}}));
}

TEST(line_reader, cuts_as_line_splitter_does_however_the_chunks_fall) {
  std::mt19937 random(20'240'501);  // NOLINT: the same every time
  for (int round = 0; round < 30; ++round) {
    std::vector<std::string> chunks(random() % 40);
    for (std::string& chunk : chunks) {
      chunk.resize(random() % (round % 3 == 0 ? 9'000 : 50));
      for (char& c : chunk) c = random() % (round % 2 == 0 ? 3'000 : 20) == 0 ? '\n' : 'x';
    }
    const std::size_t limit = round % 5 == 0 ? 100'000 : 1 + random() % 200;
    line_splitter splitter(limit);
    kept_lines expected;
    const auto keep = [&](const text_line& line) {
      expected.push_back({std::string(line.text), line.dropped, line.terminated});
    };
    for (const std::string& chunk : chunks) splitter.feed(chunk, keep);
    splitter.finish(keep);
    EXPECT_EQ(read_back(chunks, limit), expected) << "round " << round << ", limit " << limit;
  }
}

TEST(line_reader, after_the_end_it_says_the_end_again) {
  auto ends = make_pipe();
  ASSERT_TRUE(ends);
  ends->write_end.reset();
  line_reader reader(std::move(ends->read_end));
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(reader.next().value());
}

TEST(line_reader, a_deadline_keeps_the_beginning_of_the_line_for_the_next_call) {
  auto ends = make_pipe();
  ASSERT_TRUE(ends && write_all(ends->write_end.get(), as_bytes_view("one\ntw")));
  line_reader reader(std::move(ends->read_end));
  const auto past = deadline::after(nanoseconds(0));
  EXPECT_EQ(reader.next(past).value().value().text, "one");
  const auto late = reader.next(deadline::after(milliseconds(5)));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, errc::timed_out);
  EXPECT_NE(late.error().context.find("2 bytes of it"), std::string::npos) << late.error().context;
  ASSERT_TRUE(write_all(ends->write_end.get(), as_bytes_view("o\nthree\n")));
  EXPECT_EQ(reader.next(past).value().value().text, "two");
  EXPECT_EQ(reader.next(past).value().value().text, "three");
}

TEST(line_reader, waits_on_a_non_blocking_descriptor_too) {
  auto ends = make_pipe();
  ASSERT_TRUE(ends && set_nonblocking(ends->read_end.get()));
  line_reader reader(std::move(ends->read_end));
  std::thread writer([&] {
    EXPECT_TRUE(write_all(ends->write_end.get(), as_bytes_view("late\n")));
    ends->write_end.reset();
  });
  EXPECT_EQ(reader.next().value().value().text, "late");
  EXPECT_FALSE(reader.next().value());
  writer.join();
}

TEST(line_reader, a_descriptor_that_cannot_be_read_is_an_error) {
  const unique_fd folder(open(testing::TempDir().c_str(), O_RDONLY | O_CLOEXEC));
  auto reader = line_reader::borrowing(folder.get());
  const auto line = reader.next();
  ASSERT_FALSE(line);
  EXPECT_EQ(line.error().code, errc::wrong_kind);
}

TEST(line_reader, a_borrowed_descriptor_stays_open_and_an_owned_one_does_not) {
  auto ends = make_pipe();
  ASSERT_TRUE(ends);
  const int number = ends->read_end.get();
  static_cast<void>(line_reader::borrowing(number));
  EXPECT_NE(fcntl(number, F_GETFD), -1);
  static_cast<void>(line_reader(std::move(ends->read_end)));
  EXPECT_EQ(fcntl(number, F_GETFD), -1);
}

TEST(line_reader, moving_it_keeps_the_line_delivered_last) {
  auto ends = make_pipe(1 << 19);
  ASSERT_TRUE(ends);
  const std::string large(pipe_capacity + 1, 'x');
  ASSERT_TRUE(write_all(ends->write_end.get(), as_bytes_view("a\n" + large + "\nb\n")));
  line_reader first(std::move(ends->read_end));
  const auto small_line = first.next();
  line_reader second(std::move(first));
  EXPECT_EQ(small_line.value().value().text, "a");
  const auto large_line = second.next();
  line_reader third(std::move(second));
  EXPECT_EQ(large_line.value().value().text, large);
  EXPECT_EQ(third.next().value().value().text, "b");
}

TEST(line_reader, a_storm_of_interrupting_signals_loses_nothing) {
  auto ends = make_pipe();
  ASSERT_TRUE(ends);
  constexpr std::size_t count = 50'000;
  line_reader reader(std::move(ends->read_end));
  std::size_t got = 0;
  troupe::test::in_storms(
      [&] {
        for (; got < count; ++got) {
          const auto line = reader.next(got % 2 == 0 ? deadline::never() : deadline::after(test::watchdog));
          if (!line || !*line || (*line)->text != "line " + std::to_string(got)) break;
        }
      },
      [&] {
        for (std::size_t i = 0; i < count; ++i)
          ASSERT_TRUE(write_all(ends->write_end.get(), as_bytes_view("line " + std::to_string(i) + "\n")));
      });
  EXPECT_EQ(got, count);
}

}  // namespace troupe::spawn::line_reader_test
