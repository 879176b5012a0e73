#include <troupe/runtime/programs/item_texts.hpp>
#include <troupe/runtime/programs/program_stage.hpp>

#include <gtest/gtest.h>

namespace troupe::runtime::item_texts_test {
namespace {

struct hit {
  std::string url;
  int status = 0;
};
struct pair_of_texts {
  std::string a, b;
};

template <class T>
bytes encoded(const T& value) {
  byte_buffer out;
  encode(out, value);
  return out.take();
}

template <class T>
item_texts single() {
  return {detail::describe_message<T>(), input_form::single};
}

std::string written(const item_texts& by, const bytes& input, framing how) {
  const auto got = by.write(input, how);
  return got ? std::string(got->text.text()) : "error: " + got.error().message();
}

bytes block(std::string_view text, std::uint64_t first = 1) {
  return encoded(lines{bytes::copy_of(as_bytes_view(text)), "f", first});
}

TEST(item_texts, of_a_single_item_are_its_text_or_its_json) {
  const auto line_item = encoded(line{"a b", "f", 7});
  EXPECT_EQ(written(single<line>(), line_item, framing::lines), "a b\n");
  EXPECT_EQ(written(single<line>(), line_item, framing::jsonl),
            "{\"text\":\"a b\",\"file\":\"f\",\"number\":7}\n");
  EXPECT_EQ(written(single<file>(), encoded(file{"x/y"}), framing::nul), std::string("x/y\0", 4));
  EXPECT_EQ(written(single<file>(), encoded(file{"x/y"}), framing::jsonl), "{\"path\":\"x/y\"}\n");
  EXPECT_EQ(written(single<std::int64_t>(), encoded(std::int64_t{-5}), framing::lines), "-5\n");
  EXPECT_EQ(written(single<hit>(), encoded(hit{"/", 200}), framing::lines), "/\n");
  EXPECT_EQ(written(single<hit>(), encoded(hit{"/", 200}), framing::jsonl),
            "{\"url\":\"/\",\"status\":200}\n");
  EXPECT_EQ(written(single<json_text>(), encoded(json_text{"[1]"}), framing::jsonl), "[1]\n");
  EXPECT_EQ(written(single<json_text>(), encoded(json_text{"[1]"}), framing::u32be),
            std::string("\0\0\0\3[1]", 7));
}

TEST(item_texts, for_an_argument_are_the_text_or_else_the_json) {
  EXPECT_EQ(single<file>().text(encoded(file{"x"})), "x");
  EXPECT_EQ(single<std::int64_t>().text(encoded(std::int64_t{12})), "12");
  EXPECT_EQ(single<pair_of_texts>().text(encoded(pair_of_texts{"1", "2"})), R"({"a":"1","b":"2"})");
}

TEST(item_texts, say_which_types_have_a_text) {
  EXPECT_TRUE(has_text(detail::describe_message<line>()));
  EXPECT_TRUE(has_text(detail::describe_message<file>()));
  EXPECT_TRUE(has_text(detail::describe_message<hit>()));
  EXPECT_TRUE(has_text(detail::describe_message<std::uint64_t>()));
  EXPECT_FALSE(has_text(detail::describe_message<pair_of_texts>()));
}

TEST(item_texts, of_a_block_are_its_lines) {
  const item_texts by(detail::describe_message<line>(), input_form::block);
  EXPECT_EQ(by.write(block("a\n\nb\n"), framing::lines)->count, 3U);
  EXPECT_EQ(written(by, block("a\n\nb\n"), framing::lines), "a\n\nb\n");
  EXPECT_EQ(written(by, block("a\r\nb"), framing::lines), "a\r\nb\n");
  EXPECT_EQ(by.write(block("a\nb"), framing::lines)->count, 2U);
  EXPECT_EQ(written(by, block("a\r\nb"), framing::nul), std::string("a\0b\0", 4));
  EXPECT_EQ(written(by, block("a\nb", 5), framing::jsonl),
            "{\"text\":\"a\",\"file\":\"f\",\"number\":5}\n{\"text\":\"b\",\"file\":\"f\",\"number\":6}\n");
  EXPECT_EQ(by.write(block(""), framing::lines)->count, 0U);
}

TEST(item_texts, of_batches_are_those_of_their_items) {
  const item_texts files(detail::describe_message<file>(), input_form::files);
  EXPECT_EQ(written(files, encoded(std::vector<file>{{"a"}, {"b"}}), framing::lines), "a\nb\n");
  const item_texts numbers(detail::describe_message<std::int64_t>(), input_form::numbers);
  EXPECT_EQ(written(numbers, encoded(std::vector<std::int64_t>{1, -2}), framing::lines), "1\n-2\n");
  const item_texts bundle(detail::describe_message<hit>(), input_form::bundle);
  const auto hits = encoded(std::vector{encoded(hit{"/a", 1}), encoded(hit{"/b", 2})});
  EXPECT_EQ(written(bundle, hits, framing::lines), "/a\n/b\n");
}

TEST(item_texts, that_would_be_cut_in_two_are_refused) {
  const auto got = single<file>().write(encoded(file{"a\nb"}), framing::lines);
  ASSERT_FALSE(got);
  EXPECT_NE(got.error().message().find(R"(holds a line break at offset 1: 'a\nb')"), std::string::npos)
      << got.error().message();
}

TEST(item_texts, of_what_is_no_such_item_are_an_error) {
  EXPECT_FALSE(single<file>().write(encoded(std::int64_t{1}), framing::lines));
  EXPECT_FALSE(single<file>().text(encoded(std::int64_t{1})));
}

TEST(blocks, are_cut_at_line_ends_and_go_on_counting) {
  const std::string many(1U << 20U, 'x');
  std::string text;
  for (int i = 0; i < 6; ++i) text += many + '\n';
  std::vector<bytes> outputs;
  append_blocks(as_bytes_view(text), {{}, "f", 10}, outputs);
  ASSERT_EQ(outputs.size(), 2U);
  const auto first = decode<lines>(outputs[0]), second = decode<lines>(outputs[1]);
  EXPECT_EQ(first->first_number, 10U);
  EXPECT_EQ(second->first_number, 13U);
  EXPECT_EQ(std::string(first->text()) + std::string(second->text()), text);
}

TEST(blocks, of_nothing_are_none) {
  std::vector<bytes> outputs;
  append_blocks({}, {}, outputs);
  EXPECT_TRUE(outputs.empty());
}

TEST(lines_as_messages, are_written_by_sinks_line_by_line) {
  const auto type = detail::describe_message<lines>();
  std::string as_lines, as_json;
  ASSERT_TRUE(type.to_line(block("a\nb\n"), as_lines));
  ASSERT_TRUE(type.to_json(block("a\nb\n"), as_json));
  EXPECT_EQ(as_lines, "a\nb");
  EXPECT_EQ(as_json,
            "{\"text\":\"a\",\"file\":\"f\",\"number\":1}\n{\"text\":\"b\",\"file\":\"f\",\"number\":2}");
}

}  // namespace
}  // namespace troupe::runtime::item_texts_test
