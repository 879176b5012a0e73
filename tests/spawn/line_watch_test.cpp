#include <troupe/spawn/line_watch.hpp>

#include <fcntl.h>
#include <tests/spawn/support.hpp>

#include <string>
#include <vector>

namespace troupe::spawn::line_watch_test {

namespace {

class line_watching : public testing::Test {
 protected:
  void SetUp() override {
    auto made = loop::create();
    ASSERT_TRUE(made);
    events = std::move(*made);
    auto pipe = make_pipe();
    ASSERT_TRUE(pipe);
    ends = std::move(*pipe);
    events->after(test::watchdog, [] { FAIL() << "the watchdog barked"; });
  }
  void open(std::size_t limit = line_watch::default_limit) {
    auto made =
        line_watch::open(*events, std::move(ends.read_end),
                         {[this](const text_line& line) {
                            seen.push_back(std::string(line.text) +
                                           (line.dropped != 0 ? "+" + std::to_string(line.dropped) : "") +
                                           (line.terminated ? "" : " (unfinished)"));
                          },
                          [this] {
                            seen.emplace_back("end");
                            events->stop();
                          }},
                         limit);
    ASSERT_TRUE(made) << made.error().message();
    lines.emplace(std::move(*made));
  }
  void write(std::string_view text) { ASSERT_TRUE(write_all(ends.write_end.get(), as_bytes_view(text))); }

  std::unique_ptr<loop> events;
  pipe_ends ends;
  std::optional<line_watch> lines;
  std::vector<std::string> seen;
};

using texts = std::vector<std::string>;

}  // namespace

TEST_F(line_watching, lines_come_in_order_and_the_end_last) {
  open();
  write("one\ntwo\n\nlast");
  ends.write_end.reset();
  events->run();
  EXPECT_EQ(seen, (texts{"one", "two", "", "last (unfinished)", "end"}));
  EXPECT_FALSE(lines->is_open());
}

TEST_F(line_watching, a_line_that_comes_in_pieces_is_one) {
  open();
  write("on");
  events->post([this] { write("e\n"); });
  events->post([this] { ends.write_end.reset(); });
  events->run();
  EXPECT_EQ(seen, (texts{"one", "end"}));
}

TEST_F(line_watching, a_line_over_the_limit_is_cut_and_says_so) {
  open(3);
  write("abcde\nfg\n");
  ends.write_end.reset();
  events->run();
  EXPECT_EQ(seen, (texts{"abc+2", "fg", "end"}));
}

TEST_F(line_watching, closing_reads_what_is_there_and_calls_no_end) {
  open();
  write("one\nrest");
  lines->close();
  EXPECT_EQ(seen, (texts{"one", "rest (unfinished)"}));
  EXPECT_FALSE(lines->is_open());
  lines->close();
  EXPECT_EQ(seen.size(), 2U);
}

TEST_F(line_watching, a_handler_may_destroy_it_between_two_lines_of_one_read) {
  auto made = line_watch::open(*events, std::move(ends.read_end), {[this](const text_line& line) {
    seen.emplace_back(line.text);
    lines.reset();
    events->stop();
  }});
  ASSERT_TRUE(made);
  lines.emplace(std::move(*made));
  write("one\ntwo\nthree");
  events->run();
  EXPECT_EQ(seen, texts{"one"});
}

TEST_F(line_watching, the_end_may_destroy_it) {
  auto made = line_watch::open(*events, std::move(ends.read_end),
                               {[](const text_line&) {},
                                [this] {
                                  lines.reset();
                                  events->stop();
                                }});
  ASSERT_TRUE(made);
  lines.emplace(std::move(*made));
  ends.write_end.reset();
  events->run();
  EXPECT_FALSE(lines);
}

TEST_F(line_watching, a_destroyed_one_calls_nobody) {
  open();
  write("one\n");
  lines.reset();
  events->post([this] { events->stop(); });
  events->run();
  EXPECT_EQ(seen, texts{});
}

TEST_F(line_watching, a_flood_does_not_hold_up_others) {
  open();
  bool was_called = false;
  std::size_t before = 0;
  std::function<void()> more = [&] {
    if (!ends.write_end) return;
    write(std::string(20'000, 'x') + "\n");
    events->post(more);
  };
  events->post(more);
  events->after(milliseconds(5), [&] {
    was_called = true;
    before = seen.size();
    ends.write_end.reset();
  });
  events->run();
  EXPECT_TRUE(was_called);
  EXPECT_GE(seen.size(), before);
}

TEST_F(line_watching, a_regular_file_is_refused) {
  unique_fd file(::open("/proc/self/status", O_RDONLY | O_CLOEXEC));
  const auto made = line_watch::open(*events, std::move(file), {[](const text_line&) {}});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, errc::unsupported);
}

}  // namespace troupe::spawn::line_watch_test
