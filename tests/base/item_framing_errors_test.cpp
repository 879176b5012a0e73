#include <troupe/base/item_framing.hpp>

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace item_framing_errors_test {
namespace {

using namespace std::string_view_literals;
using troupe::append_item;
using troupe::as_bytes_view;
using troupe::byte_buffer;
using troupe::byte_view;
using troupe::errc;
using troupe::framing;
using troupe::item_decoder;
using failure = std::pair<errc, std::string>;

void ignore(byte_view) {}

template <class T>
failure error_of(const troupe::result<T>& what) {
  return what ? failure{errc::io_failed, "there was none"} : failure{what.error().code, what.error().context};
}

/// The error of an item that cannot be written; nothing of it is.
failure refused_item(framing how, std::string_view item, std::size_t limit = 1000) {
  byte_buffer out;
  EXPECT_TRUE(append_item(out, how, as_bytes_view("1")));
  const std::size_t before = out.size();
  const failure why = error_of(append_item(out, how, as_bytes_view(item), limit));
  EXPECT_EQ(out.size(), before);
  return why;
}

/// The error that a stream ends with; it is said at every later call.
failure lost_stream(framing how, std::string_view stream, std::size_t limit = 1000) {
  item_decoder decoder(how, limit);
  const failure why = error_of(decoder.feed(as_bytes_view(stream), ignore));
  const auto refuse_more = [](byte_view) { FAIL() << "the stream is lost"; };
  for (int i = 0; i < 2; ++i) {
    byte_view chunk = as_bytes_view("\n1\n\0\0\0\0"sv);
    EXPECT_EQ(error_of(decoder.feed(chunk, refuse_more)), why);
    EXPECT_EQ(error_of(decoder.next(chunk)), why);
    EXPECT_EQ(error_of(decoder.finish(refuse_more)), why);
    EXPECT_EQ(error_of(decoder.last()), why);
  }
  return why;
}

TEST(item_framing_errors, an_item_that_holds_its_own_end_cannot_be_written) {
  EXPECT_EQ(refused_item(framing::lines, "hello\nworld"),
            (failure{errc::malformed, "an item for lines holds a line break at offset 5: 'hello\\nworld'"}));
  EXPECT_EQ(refused_item(framing::jsonl, "{\n}"),
            (failure{errc::malformed, "an item for jsonl holds a line break at offset 1: '{\\n}'"}));
  EXPECT_EQ(refused_item(framing::nul, "abc\0"sv),
            (failure{errc::malformed, "an item for nul holds a zero byte at offset 3: 'abc\\x00'"}));
}

TEST(item_framing_errors, an_item_for_jsonl_that_is_no_json_cannot_be_written) {
  EXPECT_EQ(refused_item(framing::jsonl, "hello"),
            (failure{errc::malformed,
                     "an item for jsonl is no JSON at offset 0 (no value begins like this): 'hello'"}));
  EXPECT_EQ(refused_item(framing::jsonl, "{} {}").second,
            "an item for jsonl is no JSON at offset 3 (the value has ended, and more follows): '{} {}'");
  EXPECT_EQ(refused_item(framing::jsonl, "").second,
            "an item for jsonl is no JSON at offset 0 (a value is expected, but the text ends): ''");
}

TEST(item_framing_errors, an_item_over_the_limit_cannot_be_written) {
  EXPECT_EQ(
      refused_item(framing::lines, "hello", 4),
      (failure{errc::too_large, "an item of 5 bytes for lines, the limit is 4, it begins with 'hell'"}));
  EXPECT_EQ(
      refused_item(framing::u32be, std::string(2000, 'x')).second,
      "an item of 2000 bytes for u32be, the limit is 1000, it begins with '" + std::string(40, 'x') + "…'");
}

TEST(item_framing_errors, a_frame_over_what_four_bytes_can_say_cannot_be_written) {
  const std::size_t size = std::size_t{1} << 32;
  void* const mapped = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
                              0);  // takes no memory
  if (mapped == MAP_FAILED) GTEST_SKIP() << "this machine has no room for 4 GiB of addresses";
  byte_buffer out;
  const auto appended =
      append_item(out, framing::u32be, {static_cast<const std::byte*>(mapped), size}, SIZE_MAX);
  ASSERT_EQ(::munmap(mapped, size), 0);
  ASSERT_FALSE(appended);
  EXPECT_EQ(appended.error().code, errc::too_large);
  EXPECT_TRUE(appended.error().context.starts_with(
      "an item of 4294967296 bytes for u32be, the limit is 4294967295, it begins with '\\x00"));
  EXPECT_TRUE(out.empty());
}

TEST(item_framing_errors, a_line_that_is_no_json_is_named_and_shown) {
  EXPECT_EQ(
      lost_stream(framing::jsonl, "{}\n\nTraceback (most recent call last):\n{}\n"),
      (failure{errc::malformed,
               "line 3 is no JSON at column 1 (no value begins like this): 'Traceback (most recent call "
               "last):'"}));
  EXPECT_EQ(lost_stream(framing::jsonl, "{\"a\":\x1B[31mred and much longer than forty bytes\n").second,
            "line 1 is no JSON at column 6 (no value begins like this): "
            "'{\"a\":\\x1B[31mred and much longer than forty…'");
  EXPECT_EQ(
      lost_stream(framing::jsonl, "[\"" + std::string(100, 'x') + "\" 1]\n").second,
      "line 1 is no JSON at column 105 (',' or ']' is expected here): '…" + std::string(36, 'x') + "\" 1]'");
}

TEST(item_framing_errors, a_last_line_that_is_no_json_is_found_at_the_end) {
  item_decoder decoder(framing::jsonl);
  ASSERT_TRUE(decoder.feed(as_bytes_view("1\n[2"), ignore));
  for (int i = 0; i < 2; ++i) {
    const auto finished = decoder.finish(ignore);
    ASSERT_FALSE(finished);
    EXPECT_EQ(
        error_of(finished),
        (failure{errc::malformed, "line 2 is no JSON at column 3 (the text ends within an array): '[2'"}));
  }
}

TEST(item_framing_errors, an_end_of_input_within_a_frame_is_named) {
  const std::vector<std::pair<std::string_view, std::string_view>> halves = {
      {"\0\0\0\1a\0\0\0\3bc"sv, "2 of the 3 bytes of frame 2 had come"},
      {"\0\0\0\3"sv, "0 of the 3 bytes of frame 1 had come"},
      {"\0\0"sv, "2 of the 4 bytes of the length of frame 1 had come"},
      {"ok\n",
       "3 of the 4 bytes of the length of frame 1 had come; the length reads as the text 'ok\\n' "
       "(does the program print text where frames are expected?)"}};
  for (const auto& [stream, sentence] : halves) {
    item_decoder decoder(framing::u32be);
    ASSERT_TRUE(decoder.feed(as_bytes_view(stream), ignore));
    for (int i = 0; i < 2; ++i) {
      EXPECT_EQ(
          error_of(decoder.finish(ignore)),
          (failure{errc::malformed, "the input ended in the middle of a frame: " + std::string(sentence)}));
    }
    EXPECT_FALSE(decoder.feed({}, ignore)) << "the error stays";
  }
}

TEST(item_framing_errors, a_line_over_the_limit_is_named_and_shown) {
  EXPECT_EQ(lost_stream(framing::lines, "a\nhello\n", 4),
            (failure{errc::too_large, "line 2 is over the limit of 4 bytes, it begins with 'hell'"}));
  EXPECT_EQ(lost_stream(framing::jsonl, "\n\"hello\"", 4).second,
            "line 2 is over the limit of 4 bytes, it begins with '\"hel'");
  EXPECT_EQ(lost_stream(framing::nul, "a\0b\0hello"sv, 4).second,
            "item 3 is over the limit of 4 bytes, it begins with 'hell'");
}

TEST(item_framing_errors, a_frame_over_the_limit_is_named_and_a_length_that_is_text_is_shown) {
  EXPECT_EQ(lost_stream(framing::u32be, "\0\0\0\0\0\0\3\xE9"sv),
            (failure{errc::too_large, "frame 2 announces 1001 bytes, the limit is 1000"}));
  EXPECT_EQ(
      lost_stream(framing::u32be, "Traceback"),
      (failure{errc::too_large,
               "frame 1 announces 1416782179 bytes, the limit is 1000; the length reads as the text 'Trac' "
               "(does the program print text where frames are expected?)"}));
  EXPECT_EQ(lost_stream(framing::u32be, "{}\n{").second,
            "frame 1 announces 2071792251 bytes, the limit is 1000; the length reads as the text '{}\\n{' "
            "(does the program print text where frames are expected?)");
}

TEST(item_framing_errors, what_a_handler_throws_passes_and_the_rest_is_lost_not_skipped) {
  item_decoder decoder(framing::lines);
  const auto throws = [](byte_view) { throw std::runtime_error("no"); };
  ASSERT_TRUE(decoder.feed(as_bytes_view("a\nb"), ignore));
  EXPECT_THROW(static_cast<void>(decoder.feed(as_bytes_view("c\nd\n"), throws)), std::runtime_error);
  for (int i = 0; i < 2; ++i) {
    const auto more =
        decoder.feed(as_bytes_view("e\n"), [](byte_view) { FAIL() << "there is a hole before"; });
    ASSERT_FALSE(more);
    EXPECT_EQ(error_of(more),
              (failure{errc::handler_failed, "what came behind line 2 was not read: its handler threw"}));
    EXPECT_FALSE(decoder.finish(throws));
  }
}

TEST(item_framing_errors, a_throw_at_the_last_item_leaves_the_decoder_as_new) {
  item_decoder decoder(framing::lines);
  ASSERT_TRUE(decoder.feed(as_bytes_view("a"), ignore));
  EXPECT_THROW(static_cast<void>(decoder.finish([](byte_view) { throw 1; })), int);
  std::string got;
  ASSERT_TRUE(decoder.feed(as_bytes_view("b\n"), [&](byte_view item) {
    got.assign(reinterpret_cast<const char*>(item.data()), item.size());
  }));
  EXPECT_EQ(got, "b");
}

}  // namespace
}  // namespace item_framing_errors_test
