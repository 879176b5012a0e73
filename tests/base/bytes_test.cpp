#include <troupe/base/byte_buffer.hpp>
#include <troupe/base/bytes.hpp>

#include <gtest/gtest.h>

namespace bytes_test {
namespace {

using troupe::as_bytes_view;
using troupe::byte_buffer;
using troupe::bytes;

TEST(bytes, default_is_empty) {
  const bytes none;
  EXPECT_TRUE(none.empty());
  EXPECT_EQ(none.text(), "");
}

TEST(bytes, copy_does_not_follow_its_source) {
  std::string text = "hello";
  const bytes copy = bytes::copy_of(as_bytes_view(text));
  text[0] = 'j';
  EXPECT_EQ(copy.text(), "hello");
}

TEST(bytes, copy_of_nothing_is_empty) {
  EXPECT_TRUE(bytes::copy_of({}).empty());
}

TEST(bytes, adopting_a_vector_keeps_its_memory) {
  std::vector<std::byte> from(100, std::byte{7});
  const std::byte* const where = from.data();
  const bytes adopted = bytes::adopt(std::move(from));
  EXPECT_EQ(adopted.data(), where);
  EXPECT_EQ(adopted.size(), 100U);
}

TEST(bytes, slice_outlives_the_whole_and_shares_its_memory) {
  bytes whole = bytes::copy_of(as_bytes_view("hello world"));
  const std::byte* const where = whole.data() + 6;
  const bytes part = whole.slice(6, 5);
  whole = {};
  EXPECT_EQ(part.text(), "world");
  EXPECT_EQ(part.data(), where);
}

TEST(byte_buffer, collects_what_is_appended_and_pushed) {
  byte_buffer out;
  out.append(as_bytes_view("ab"));
  out.push(std::byte{'c'});
  out.append({});
  EXPECT_EQ(out.take().text(), "abc");
}

TEST(byte_buffer, keeps_its_content_while_it_grows) {
  byte_buffer out;
  std::string expected;
  for (int i = 0; i < 10'000; ++i) {
    out.push(static_cast<std::byte>(i));
    expected += static_cast<char>(i);
  }
  EXPECT_EQ(out.take().text(), expected);
}

TEST(byte_buffer, taking_hands_over_the_memory_and_leaves_an_empty_buffer) {
  byte_buffer out(100);
  out.append(as_bytes_view("first"));
  const std::byte* const where = out.data();
  const bytes first = out.take();
  EXPECT_EQ(first.data(), where);
  EXPECT_TRUE(out.empty());
  out.append(as_bytes_view("other"));
  EXPECT_EQ(first.text(), "first");
  EXPECT_EQ(out.take().text(), "other");
}

TEST(byte_buffer, clear_keeps_the_memory) {
  byte_buffer out(100);
  const std::byte* const where = out.data();
  out.append(as_bytes_view("x"));
  out.clear();
  EXPECT_TRUE(out.empty());
  EXPECT_EQ(out.data(), where);
}

TEST(byte_buffer, extended_bytes_are_the_callers_to_write) {
  byte_buffer out;
  out.append(as_bytes_view("a"));
  std::byte* const tail = out.extend(2);
  tail[0] = std::byte{'b'};
  tail[1] = std::byte{'c'};
  out.shorten(1);
  EXPECT_EQ(out.take().text(), "ab");
}

TEST(byte_buffer, moving_leaves_the_source_empty_and_usable) {
  byte_buffer from;
  from.append(as_bytes_view("abc"));
  byte_buffer to = std::move(from);
  from.append(as_bytes_view("x"));  // NOLINT(bugprone-use-after-move): that it is empty is the promise
  EXPECT_EQ(to.take().text(), "abc");
  EXPECT_EQ(from.take().text(), "x");
}

TEST(byte_buffer, taking_an_empty_buffer_gives_empty_bytes) {
  byte_buffer out;
  EXPECT_TRUE(out.take().empty());
}

}  // namespace
}  // namespace bytes_test
