#include <troupe/base/framing.hpp>

#include <gtest/gtest.h>

#include <ostream>
#include <random>
#include <string>
#include <vector>

namespace framing_test {
namespace {

using troupe::as_bytes_view;
using troupe::byte_buffer;
using troupe::bytes;
using troupe::errc;
using troupe::frame_splitter;
using troupe::line_splitter;
using troupe::text_line;

struct kept_line {
  std::string text;
  std::size_t dropped = 0;
  bool terminated = true;
  friend bool operator==(const kept_line&, const kept_line&) = default;
  friend std::ostream& operator<<(std::ostream& out, const kept_line& line) {
    return out << '"' << line.text << "\" -" << line.dropped << (line.terminated ? "" : " unterminated");
  }
};

std::vector<kept_line> split(const std::vector<std::string_view>& chunks, std::size_t limit = 1000) {
  line_splitter splitter(limit);
  std::vector<kept_line> out;
  const auto keep = [&](const text_line& line) {
    out.push_back({std::string(line.text), line.dropped, line.terminated});
  };
  for (const std::string_view chunk : chunks) splitter.feed(chunk, keep);
  splitter.finish(keep);
  EXPECT_EQ(splitter.held(), 0U);
  return out;
}

TEST(line_splitter, gives_lines_without_their_ends) {
  EXPECT_EQ(split({"a\nbc\n\nd\r\n"}), (std::vector<kept_line>{{"a"}, {"bc"}, {""}, {"d\r"}}));
}

TEST(line_splitter, the_last_line_may_lack_its_end_and_says_so) {
  EXPECT_EQ(split({"a\nb"}), (std::vector<kept_line>{{"a"}, {"b", 0, false}}));
  EXPECT_EQ(split({}), std::vector<kept_line>{});
  EXPECT_EQ(split({"a\n"}), std::vector<kept_line>{{"a"}});
}

TEST(line_splitter, a_line_over_the_limit_is_cut_and_says_by_how_much) {
  EXPECT_EQ(split({"abcdef\nxyz\n"}, 3), (std::vector<kept_line>{{"abc", 3}, {"xyz"}}));
  EXPECT_EQ(split({"abc", "def", "gh\nx\n"}, 3), (std::vector<kept_line>{{"abc", 5}, {"x"}}));
  EXPECT_EQ(split({"abcd"}, 3), (std::vector<kept_line>{{"abc", 1, false}}));
  EXPECT_EQ(split({"\nab\n"}, 0), (std::vector<kept_line>{{""}, {"", 2}}));
  EXPECT_EQ(split({"a", "bc\nd"}, 0), (std::vector<kept_line>{{"", 3}, {"", 1, false}}));
}

TEST(line_splitter, holds_no_more_than_its_limit) {
  line_splitter splitter(100);
  for (int i = 0; i < 1000; ++i) {
    splitter.feed(std::string(50, 'x'), [](const text_line&) {});
    ASSERT_LE(splitter.held(), 100U);
  }
}

TEST(line_splitter, a_line_within_one_chunk_is_not_copied) {
  const std::string chunk = "hello\nworld\n";
  line_splitter splitter;
  std::vector<const char*> where;
  splitter.feed(chunk, [&](const text_line& line) { where.push_back(line.text.data()); });
  EXPECT_EQ(where, (std::vector<const char*>{chunk.data(), chunk.data() + 6}));
}

TEST(line_splitter, where_the_chunks_are_cut_does_not_matter) {
  const std::string text = "one\n\ntwelve bytes\nx\n\n\nlonger than the limit of ten\nlast";
  const auto whole = split({text}, 10);
  for (std::size_t i = 0; i <= text.size(); ++i) {
    for (std::size_t j = i; j <= text.size(); ++j) {
      const std::string_view view = text;
      ASSERT_EQ(split({view.substr(0, i), view.substr(i, j - i), view.substr(j)}, 10), whole)
          << i << " " << j;
    }
  }
}

TEST(line_splitter, lines_may_end_with_another_byte) {
  line_splitter splitter(100, '\0');
  std::vector<std::string> got;
  const auto keep = [&](const text_line& line) { got.emplace_back(line.text); };
  splitter.feed(std::string_view("a\nb\0\0c", 6), keep);
  splitter.finish(keep);
  EXPECT_EQ(got, (std::vector<std::string>{"a\nb", "", "c"}));
}

TEST(line_splitter, lines_are_taken_off_the_chunk_one_by_one) {
  line_splitter splitter(3);
  std::string_view chunk = "abcd\nef";
  ASSERT_EQ(splitter.next(chunk)->text, "abc");
  EXPECT_EQ(chunk, "ef");
  EXPECT_FALSE(splitter.next(chunk));
  EXPECT_EQ(chunk, "");
  EXPECT_EQ(splitter.unfinished().text, "ef");
  chunk = "ghi";
  EXPECT_FALSE(splitter.next(chunk));
  EXPECT_EQ(splitter.unfinished().text, "efg");
  EXPECT_EQ(splitter.unfinished().dropped, 2U);
  EXPECT_EQ(splitter.last()->text, "efg");
  EXPECT_EQ(splitter.held(), 0U);
  EXPECT_FALSE(splitter.last());
}

TEST(line_splitter, a_line_whose_callback_throws_is_not_delivered_again) {
  line_splitter splitter;
  splitter.feed("a", [](const text_line&) {});
  EXPECT_THROW(splitter.feed("b\nc", [](const text_line&) { throw 1; }), int);
  EXPECT_EQ(splitter.held(), 0U);
  std::vector<std::string> got;
  splitter.feed("d\n", [&](const text_line& line) { got.emplace_back(line.text); });
  EXPECT_EQ(got, std::vector<std::string>{"d"});
}

bytes stream_of(const std::vector<std::string>& frames) {
  byte_buffer out;
  for (const std::string& each : frames) troupe::append_frame(out, as_bytes_view(each));
  return out.take();
}

TEST(framing, a_frame_is_its_length_in_big_endian_and_its_bytes) {
  EXPECT_EQ(stream_of({"abc"}).text(), std::string_view("\0\0\0\3abc", 7));
  EXPECT_EQ(stream_of({""}).text(), std::string_view("\0\0\0\0", 4));
  EXPECT_EQ(stream_of({std::string(0x10203, 'x')}).text().substr(0, 4), std::string_view("\0\1\2\3", 4));
}

TEST(framing, where_the_chunks_are_cut_does_not_matter) {
  const std::vector<std::string> frames = {"one", "", "x", "", "", "twelve bytes", std::string(20, 'y')};
  const bytes stream = stream_of(frames);
  for (std::size_t i = 0; i <= stream.size(); ++i) {
    for (std::size_t j = i; j <= stream.size(); ++j) {
      frame_splitter splitter;
      std::vector<std::string> got;
      const auto keep = [&](troupe::byte_view frame) {
        got.emplace_back(reinterpret_cast<const char*>(frame.data()), frame.size());
      };
      ASSERT_TRUE(splitter.feed(stream.view().first(i), keep));
      ASSERT_TRUE(splitter.feed(stream.view().subspan(i, j - i), keep));
      ASSERT_TRUE(splitter.feed(stream.view().subspan(j), keep));
      ASSERT_EQ(got, frames) << i << " " << j;
      ASSERT_TRUE(splitter.at_boundary());
    }
  }
}

TEST(framing, byte_by_byte_gives_the_same_frames) {
  const std::vector<std::string> frames = {"one", "", std::string(300, 'z')};
  const bytes stream = stream_of(frames);
  frame_splitter splitter;
  std::vector<std::string> got;
  for (const std::byte each : stream.view()) {
    ASSERT_TRUE(splitter.feed({&each, 1}, [&](troupe::byte_view frame) {
      got.emplace_back(reinterpret_cast<const char*>(frame.data()), frame.size());
    }));
  }
  EXPECT_EQ(got, frames);
}

TEST(framing, a_half_read_frame_is_no_boundary) {
  frame_splitter splitter;
  const bytes stream = stream_of({"abc"});
  ASSERT_TRUE(splitter.feed(stream.view().first(5), [](troupe::byte_view) {}));
  EXPECT_FALSE(splitter.at_boundary());
}

TEST(framing, a_frame_over_the_limit_is_refused_before_it_is_kept_and_ever_after) {
  for (const std::size_t cut : {0U, 2U, 4U}) {
    frame_splitter splitter(10);
    const bytes stream = stream_of({"ok", std::string(11, 'x')}).slice(0, 12);
    int frames = 0;
    const auto count = [&](troupe::byte_view) { ++frames; };
    const auto first = splitter.feed(stream.view().first(6 + cut), count);
    const auto second = splitter.feed(stream.view().subspan(6 + cut), count);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, errc::too_large);
    EXPECT_EQ(second.error().context, "a frame announces 11 bytes, the limit is 10");
    EXPECT_EQ(first.has_value(), cut < 4);
    EXPECT_FALSE(splitter.feed({}, count)) << "the stream is lost";
    EXPECT_EQ(frames, 1);
  }
}

TEST(framing, a_frame_of_exactly_the_limit_passes) {
  frame_splitter splitter(10);
  int frames = 0;
  ASSERT_TRUE(splitter.feed(stream_of({std::string(10, 'x')}).view(), [&](troupe::byte_view) { ++frames; }));
  EXPECT_EQ(frames, 1);
}

TEST(framing, frames_are_taken_off_the_chunk_one_by_one) {
  frame_splitter splitter;
  const bytes stream = stream_of({"abc", "de"});
  troupe::byte_view chunk = stream.view().first(9);
  const auto first = splitter.next(chunk);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->data(), stream.data() + 4) << "not copied";
  EXPECT_EQ(chunk.size(), 2U);
  EXPECT_FALSE(splitter.next(chunk));
  EXPECT_EQ(splitter.unfinished().size(), 2U);
  chunk = stream.view().subspan(9);
  const auto second = splitter.next(chunk);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->size(), 2U);
  EXPECT_TRUE(splitter.at_boundary());
  EXPECT_FALSE(splitter.next(chunk));
}

}  // namespace
}  // namespace framing_test
