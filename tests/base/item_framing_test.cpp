#include <troupe/base/item_framing.hpp>

#include <gtest/gtest.h>
#include <malloc.h>

#include <algorithm>
#include <array>
#include <ostream>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace item_framing_test {
namespace {

using namespace std::string_view_literals;
using troupe::append_item;
using troupe::as_bytes_view;
using troupe::byte_buffer;
using troupe::byte_view;
using troupe::errc;
using troupe::framing;
using troupe::item_decoder;
using items = std::vector<std::string>;

constexpr std::array all_framings = {framing::lines, framing::jsonl, framing::nul, framing::u32be};

std::string_view text_of(byte_view view) {
  return {reinterpret_cast<const char*>(view.data()), view.size()};
}

/// What comes of a stream: the items, and the error that ended it ("" for none).
struct decoded {
  items got;
  std::string error;
  friend bool operator==(const decoded&, const decoded&) = default;
  friend std::ostream& operator<<(std::ostream& out, const decoded& what) {
    return out << testing::PrintToString(what.got) << " error: " << what.error;
  }
};

decoded decode_chunks(framing how, const std::vector<std::string_view>& chunks, std::size_t limit = 1000) {
  item_decoder decoder(how, limit);
  decoded out;
  const auto keep = [&](byte_view item) { out.got.emplace_back(text_of(item)); };
  for (const std::string_view chunk : chunks) {
    // A copy of its own, so that a view that outlives its chunk is seen by AddressSanitizer.
    const std::vector<char> copy(chunk.begin(), chunk.end());
    const auto fed = decoder.feed(as_bytes_view({copy.data(), copy.size()}), keep);
    if (!fed) out.error = fed.error().message();
  }
  const auto finished = decoder.finish(keep);
  EXPECT_TRUE(out.error.empty() || (!finished && finished.error().message() == out.error)) << "errors stick";
  if (!finished) out.error = finished.error().message();
  return out;
}

decoded decode_whole(framing how, std::string_view stream, std::size_t limit = 1000) {
  return decode_chunks(how, {stream}, limit);
}

/// Decodes the stream in three chunks cut at every pair of positions, byte by byte, and pulled; all give
/// `expected`.
void expect_however_it_is_cut(framing how, std::string_view stream, const decoded& expected,
                              std::size_t limit) {
  for (std::size_t i = 0; i <= stream.size(); ++i) {
    for (std::size_t j = i; j <= stream.size(); ++j) {
      const auto got =
          decode_chunks(how, {stream.substr(0, i), stream.substr(i, j - i), stream.substr(j)}, limit);
      ASSERT_EQ(got, expected) << name_of(how) << " cut at " << i << " and " << j;
    }
  }
  std::vector<std::string_view> one_each;
  for (std::size_t i = 0; i < stream.size(); ++i) one_each.push_back(stream.substr(i, 1));
  ASSERT_EQ(decode_chunks(how, one_each, limit), expected) << name_of(how) << " byte by byte";
}

std::string encode(framing how, const items& all) {
  byte_buffer out;
  for (const std::string& each : all) {
    const auto appended = append_item(out, how, as_bytes_view(each));
    EXPECT_TRUE(appended) << appended.error().message();
  }
  return std::string(text_of(out.view()));
}

/// Any item that this framing can carry, up to about 12 bytes.
std::string random_item(framing how, std::mt19937& random) {
  if (how == framing::jsonl) {
    constexpr std::array texts = {"0",      " {}",  "[1,2]\r", "\"h\xC3\xA9\\n\"", "\t{\"a\":null} ",
                                  "-1.5e3", "true", "\"\""};
    return texts[random() % texts.size()];
  }
  constexpr std::string_view likely =
      "\0\n\r \xFF\x01"
      "ab\xC3\xA9"sv;
  std::string out;
  for (std::size_t size = random() % 13; size != 0; --size) {
    const char c = likely[random() % likely.size()];
    const bool ends = (how == framing::lines && c == '\n') || (how == framing::nul && c == '\0');
    out += ends ? 'x' : c;
  }
  return out;
}

TEST(item_framing, each_framing_has_a_name_and_the_name_leads_back) {
  EXPECT_EQ(name_of(framing::lines), "lines");
  EXPECT_EQ(name_of(framing::jsonl), "jsonl");
  EXPECT_EQ(name_of(framing::nul), "nul");
  EXPECT_EQ(name_of(framing::u32be), "u32be");
  for (const framing each : all_framings) EXPECT_EQ(troupe::framing_named(name_of(each)), each);
  for (const std::string_view none : {"", "line", "Lines", "json", "jsonl ", "u32"})
    EXPECT_EQ(troupe::framing_named(none), std::nullopt) << none;
}

TEST(item_framing, items_are_written_with_their_end_or_their_length) {
  EXPECT_EQ(encode(framing::lines, {"a", "", "b\r"}), "a\n\nb\r\n");
  EXPECT_EQ(encode(framing::jsonl, {"{}", " [1] "}), "{}\n [1] \n");
  EXPECT_EQ(encode(framing::nul, {"a\nb", "", "c"}), "a\nb\0\0c\0"sv);
  EXPECT_EQ(encode(framing::u32be, {"abc", "", "\n"}), "\0\0\0\3abc\0\0\0\0\0\0\0\1\n"sv);
}

TEST(item_framing, where_a_stream_is_cut_does_not_matter_and_what_was_written_is_read) {
  std::mt19937 random(20);
  for (const framing how : all_framings) {
    for (int round = 0; round < 25; ++round) {
      items all;
      for (std::size_t n = random() % 8; n != 0; --n) all.push_back(random_item(how, random));
      ASSERT_NO_FATAL_FAILURE(expect_however_it_is_cut(how, encode(how, all), {all, ""}, 1000));
    }
  }
}

TEST(item_framing, long_streams_come_back_whatever_the_sizes_of_the_chunks) {
  std::mt19937 random(21);
  for (const framing how : all_framings) {
    items all;
    for (int i = 0; i < 3000; ++i) all.push_back(random_item(how, random));
    const std::string stream = encode(how, all);
    std::vector<std::string_view> chunks;
    for (std::string_view rest = stream; !rest.empty(); rest.remove_prefix(chunks.back().size()))
      chunks.push_back(rest.substr(0, 1 + random() % 40));
    EXPECT_EQ(decode_chunks(how, chunks), (decoded{all, ""}));
  }
}

TEST(item_framing, where_a_faulty_stream_is_cut_matters_neither_for_its_items_nor_for_its_error) {
  struct faulty {
    framing how;
    std::string_view stream;
    std::size_t limit;
  };
  const std::vector<faulty> streams = {{framing::lines, "a\n\nfour\nfive!\nb\n", 4},
                                       {framing::lines, "a\nfive!", 4},
                                       {framing::lines, "\nb", 0},
                                       {framing::nul, "a\0\0five!\0b\0"sv, 4},
                                       {framing::jsonl, "{}\n\n[1]\r\n12345\n0\n", 4},
                                       {framing::jsonl, "1\n \n2\nTraceback (most\n3\n", 1000},
                                       {framing::jsonl, "1\n[2", 1000},
                                       {framing::jsonl, "     \n", 4},
                                       {framing::u32be, "\0\0\0\1a\0\0\0\0\0\0\0\5five!"sv, 4},
                                       {framing::u32be, "\0\0\0\1aTraceback"sv, 1000},
                                       {framing::u32be, "\0\0\0\2ab\0\0\0\3ab"sv, 4},
                                       {framing::u32be, "\0\0\0\1a\0\0"sv, 4}};
  for (const faulty& each : streams) {
    const decoded whole = decode_whole(each.how, each.stream, each.limit);
    ASSERT_NE(whole.error, "") << each.stream;
    ASSERT_NO_FATAL_FAILURE(expect_however_it_is_cut(each.how, each.stream, whole, each.limit));
  }
}

TEST(item_framing, any_bytes_at_all_are_items_or_an_error_and_the_cuts_do_not_matter) {
  constexpr std::string_view likely = "\0\0\0\1\2\n\n\r {}[],1\"\xFF"sv;
  std::mt19937 random(22);
  for (int round = 0; round < 800; ++round) {
    const framing how = all_framings[static_cast<std::size_t>(round) % all_framings.size()];
    std::string stream;
    for (std::size_t size = random() % 16; size != 0; --size) stream += likely[random() % likely.size()];
    ASSERT_NO_FATAL_FAILURE(expect_however_it_is_cut(how, stream, decode_whole(how, stream, 3), 3));
  }
}

TEST(item_framing, empty_lines_and_zero_bytes_in_a_row_are_empty_items_blank_json_lines_are_none) {
  EXPECT_EQ(decode_whole(framing::lines, "\n\na\n\n"), (decoded{{"", "", "a", ""}, ""}));
  EXPECT_EQ(decode_whole(framing::nul, "\0\0a\0\0"sv), (decoded{{"", "", "a", ""}, ""}));
  EXPECT_EQ(decode_whole(framing::jsonl, "\n \t\r\n1\n\r\n2\n  "), (decoded{{"1", "2"}, ""}));
  EXPECT_EQ(decode_whole(framing::u32be, "\0\0\0\0\0\0\0\0"sv), (decoded{{"", ""}, ""}));
  for (const framing how : all_framings) EXPECT_EQ(decode_whole(how, ""), (decoded{{}, ""}));
}

TEST(item_framing, a_carriage_return_stays) {
  EXPECT_EQ(decode_whole(framing::lines, "a\r\nb\r"), (decoded{{"a\r", "b\r"}, ""}));
  EXPECT_EQ(decode_whole(framing::jsonl, "{}\r\n"), (decoded{{"{}\r"}, ""}));
}

TEST(item_framing, the_last_item_may_lack_its_end_but_not_a_part_of_its_frame) {
  EXPECT_EQ(decode_whole(framing::lines, "a\nb"), (decoded{{"a", "b"}, ""}));
  EXPECT_EQ(decode_whole(framing::jsonl, "1\n{}"), (decoded{{"1", "{}"}, ""}));
  EXPECT_EQ(decode_whole(framing::nul, "a\0b"sv), (decoded{{"a", "b"}, ""}));
  for (const std::string_view half : {"\0\0\0\1a\0\0\0\3bc"sv, "\0\0\0\1a\0\0"sv, "\0\0\0\1a\0\0\0\1"sv}) {
    const decoded what = decode_whole(framing::u32be, half);
    EXPECT_EQ(what.got, items{"a"});
    EXPECT_TRUE(what.error.starts_with("the input ended in the middle of a frame")) << what.error;
  }
}

TEST(item_framing, a_finished_decoder_is_as_new) {
  for (const framing how : {framing::lines, framing::jsonl, framing::nul}) {
    item_decoder decoder(how);
    items got;
    const auto keep = [&](byte_view item) { got.emplace_back(text_of(item)); };
    ASSERT_TRUE(decoder.feed(as_bytes_view("1"), keep));
    ASSERT_TRUE(decoder.finish(keep));
    ASSERT_TRUE(decoder.finish(keep));
    ASSERT_TRUE(decoder.feed(as_bytes_view("2"), keep));
    ASSERT_TRUE(decoder.finish(keep));
    EXPECT_EQ(got, (items{"1", "2"}));
  }
  item_decoder decoder(framing::jsonl);
  const auto ignore = [](byte_view) {};
  ASSERT_TRUE(decoder.feed(as_bytes_view("1\n2\n"), ignore));
  ASSERT_TRUE(decoder.finish(ignore));
  const auto lost = decoder.feed(as_bytes_view("x\n"), ignore);
  ASSERT_FALSE(lost);
  EXPECT_TRUE(lost.error().context.starts_with("line 1 is no JSON")) << lost.error().context;
}

TEST(item_framing, an_item_of_the_limit_passes_and_one_byte_more_does_not) {
  for (const framing how : all_framings) {
    for (const std::size_t limit : {1U, 2U, 63U, 64U, 65U, 300U}) {
      byte_buffer out;
      const std::string fits(limit, '1'), over(limit + 1, '1');
      ASSERT_TRUE(append_item(out, how, as_bytes_view(fits), limit));
      const std::size_t size = out.size();
      const auto refused = append_item(out, how, as_bytes_view(over), limit);
      ASSERT_FALSE(refused);
      EXPECT_EQ(refused.error().code, errc::too_large);
      EXPECT_EQ(out.size(), size) << "nothing is appended";
      ASSERT_TRUE(append_item(out, how, as_bytes_view(over), limit + 1));
      const decoded got = decode_whole(how, text_of(out.view()), limit);
      EXPECT_EQ(got.got, items{fits});
      EXPECT_NE(got.error, "");
      EXPECT_EQ(decode_whole(how, text_of(out.view()), limit + 1), (decoded{{fits, over}, ""}));
    }
  }
}

TEST(item_framing, an_item_over_the_limit_is_refused_before_its_end_has_come) {
  for (const framing how : {framing::lines, framing::jsonl, framing::nul}) {
    item_decoder decoder(how, 4);
    const auto ignore = [](byte_view) {};
    ASSERT_TRUE(decoder.feed(as_bytes_view("1234"), ignore));
    const auto lost = decoder.feed(as_bytes_view("5"), ignore);
    ASSERT_FALSE(lost) << name_of(how);
    EXPECT_EQ(lost.error().code, errc::too_large);
  }
  item_decoder decoder(framing::u32be, 4);
  const auto lost = decoder.feed(as_bytes_view("\0\0\0\5"sv), [](byte_view) {});
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code, errc::too_large);
}

/// Bytes that malloc has given out (under a sanitizer 0: nothing is measured then).
std::size_t allocated() {
  const auto info = ::mallinfo2();
  return info.uordblks + info.hblkhd;
}

TEST(item_framing, memory_stays_within_the_limit_and_grows_with_what_has_come) {
  constexpr std::size_t limit = 1'000'000, slack = 16 << 10;  // no power of two: doubling would pass it
  const std::string chunk(1000, '1');
  for (const framing how : all_framings) {
    item_decoder decoder(how, limit);
    const auto ignore = [](byte_view) {};
    const std::size_t before = allocated();
    if (how == framing::u32be) {
      ASSERT_TRUE(decoder.feed(as_bytes_view("\x00\x0F\x42\x40"sv), ignore));  // 1'000'000
    }
    for (std::size_t come = chunk.size(); come < limit; come += chunk.size()) {
      ASSERT_TRUE(decoder.feed(as_bytes_view(chunk), ignore));
      ASSERT_LE(allocated(), before + std::min(limit, 2 * come) + slack) << name_of(how) << " after " << come;
    }
  }
}

TEST(item_framing, a_limit_of_nothing_lets_empty_items_through_only) {
  EXPECT_EQ(decode_whole(framing::lines, "\n\n", 0), (decoded{{"", ""}, ""}));
  EXPECT_EQ(decode_whole(framing::nul, "\0"sv, 0), (decoded{{""}, ""}));
  EXPECT_EQ(decode_whole(framing::u32be, "\0\0\0\0"sv, 0), (decoded{{""}, ""}));
  EXPECT_NE(decode_whole(framing::lines, "a", 0).error, "");
}

TEST(item_framing, items_within_one_chunk_are_not_copied) {
  for (const framing how : all_framings) {
    const std::string stream = encode(how, {"11", "22"});
    const std::size_t first = stream.find("11"), second = stream.find("22");
    item_decoder decoder(how);
    std::vector<const char*> where;
    ASSERT_TRUE(
        decoder.feed(as_bytes_view(stream), [&](byte_view item) { where.push_back(text_of(item).data()); }));
    EXPECT_EQ(where, (std::vector<const char*>{&stream[first], &stream[second]})) << name_of(how);
  }
}

TEST(item_framing, items_can_be_pulled_one_by_one_and_the_rest_of_the_chunk_waits) {
  for (const framing how : all_framings) {
    const std::string stream = encode(how, {"11", "22", "33"});
    item_decoder decoder(how);
    byte_view chunk = as_bytes_view(stream).first(stream.size() - 1);
    for (const std::string_view expected : {"11", "22"}) {
      const auto item = decoder.next(chunk);
      ASSERT_TRUE(item && *item);
      EXPECT_EQ(text_of(**item), expected);
    }
    EXPECT_GT(chunk.size(), 0U);
    const auto none = decoder.next(chunk);
    ASSERT_TRUE(none);
    EXPECT_FALSE(*none);
    EXPECT_TRUE(chunk.empty());
    chunk = as_bytes_view(stream).last(1);
    const auto third = decoder.next(chunk);
    ASSERT_TRUE(third && *third);
    EXPECT_EQ(text_of(**third), "33");
    const auto end = decoder.last();
    ASSERT_TRUE(end);
    EXPECT_FALSE(*end);
  }
  item_decoder decoder(framing::lines);
  byte_view chunk = as_bytes_view("unended");
  ASSERT_TRUE(decoder.next(chunk));
  const auto last = decoder.last();
  ASSERT_TRUE(last && *last);
  EXPECT_EQ(text_of(**last), "unended");
}

}  // namespace
}  // namespace item_framing_test
