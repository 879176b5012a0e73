#include <troupe/runtime/programs/gathered_answers.hpp>

#include <gtest/gtest.h>

namespace troupe::runtime::gathered_answers_test {
namespace {

bytes asked(std::string_view text) {
  byte_buffer out;
  encode(out, lines{bytes::copy_of(as_bytes_view(text)), "in.txt", 41});
  return out.take();
}

std::vector<std::string> texts_of(const std::vector<bytes>& items) {
  std::vector<std::string> all;
  for (const auto& item : items) all.push_back(decode<line>(item)->text);
  return all;
}

TEST(gathered_answers, are_enough_when_as_many_have_come_as_were_asked) {
  gathered_answers come(framing::lines, 2, false);
  EXPECT_EQ(come.take(as_bytes_view("a\nb")), false);
  EXPECT_EQ(come.take(as_bytes_view("c\n")), true);
  std::vector<bytes> outputs;
  ASSERT_TRUE(come.give({}, input_form::single, outputs));
  EXPECT_EQ(texts_of(outputs), (std::vector<std::string>{"a", "bc"}));
}

TEST(gathered_answers, in_a_block_keep_the_file_and_the_numbers_of_what_was_asked) {
  gathered_answers come(framing::lines, 2, true);
  EXPECT_EQ(come.take(as_bytes_view("A\nB")), false);
  EXPECT_EQ(come.take(as_bytes_view("\n")), true);
  std::vector<bytes> outputs;
  ASSERT_TRUE(come.give(asked("a\nb\n"), input_form::block, outputs));
  ASSERT_EQ(outputs.size(), 1U);
  const auto got = decode<lines>(outputs[0]);
  EXPECT_EQ(got->text(), "A\nB\n");
  EXPECT_EQ(got->path, "in.txt");
  EXPECT_EQ(got->first_number, 41U);
}

TEST(gathered_answers, that_are_more_than_were_asked_for_are_shown) {
  for (const bool as_blocks : {false, true}) {
    for (const std::string_view rest : {"debug\n", "debug"}) {
      gathered_answers come(framing::lines, 1, as_blocks);
      const auto got = come.take(as_bytes_view("a\n" + std::string(rest)));
      ASSERT_FALSE(got) << as_blocks << rest;
      EXPECT_EQ(got.error().code, errc::handler_failed);
      EXPECT_NE(got.error().context.find("'debug"), std::string::npos) << got.error().context;
    }
  }
}

TEST(gathered_answers, that_are_no_json_are_shown) {
  gathered_answers come(framing::jsonl, 1, false);
  const auto got = come.take(as_bytes_view("loading model\n"));
  ASSERT_FALSE(got);
  EXPECT_NE(got.error().context.find("'loading model'"), std::string::npos) << got.error().context;
}

TEST(gathered_answers, that_are_text_where_frames_are_expected_are_shown) {
  gathered_answers come(framing::u32be, 1, false);
  const auto got = come.take(as_bytes_view("warning: x\n"));
  ASSERT_FALSE(got);
  EXPECT_NE(got.error().context.find("'warn'"), std::string::npos) << got.error().context;
}

TEST(gathered_answers, of_json_are_none_one_or_many_for_each_item) {
  gathered_answers come(framing::jsonl, 3, false);
  EXPECT_EQ(come.take(as_bytes_view("null\n\n{\"a\":1}\n[2,3]\n")), true);
  std::vector<bytes> outputs;
  ASSERT_TRUE(come.give({}, input_form::single, outputs));
  std::vector<std::string> all;
  for (const auto& item : outputs) all.push_back(decode<json_text>(item)->text);
  EXPECT_EQ(all, (std::vector<std::string>{"{\"a\":1}", "2", "3"}));
}

TEST(gathered_answers, that_say_that_an_item_failed_fail_the_call) {
  gathered_answers come(framing::jsonl, 3, false);
  EXPECT_EQ(
      come.take(as_bytes_view("1\n{\"troupe\":{\"error\":\"no face\"}}\n{\"troupe\":{\"error\":\"b\"}}\n")),
      true);
  std::vector<bytes> outputs;
  const auto got = come.give({}, input_form::single, outputs);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().context, "no face (and 1 more items of the batch)");
}

TEST(gathered_answers, of_zero_ended_items_and_of_frames_hold_any_bytes) {
  gathered_answers nul(framing::nul, 1, false);
  EXPECT_EQ(nul.take(as_bytes_view(std::string_view("a\nb\0", 4))), true);
  gathered_answers frames(framing::u32be, 1, false);
  EXPECT_EQ(frames.take(as_bytes_view(std::string_view("\0\0\0\2\0\n", 6))), true);
  std::vector<bytes> outputs;
  ASSERT_TRUE(nul.give({}, input_form::single, outputs));
  EXPECT_EQ(texts_of(outputs), std::vector<std::string>{"a\nb"});
  ASSERT_TRUE(frames.give({}, input_form::single, outputs));
  EXPECT_EQ(texts_of(outputs), std::vector<std::string>{std::string("\0\n", 2)});
}

}  // namespace
}  // namespace troupe::runtime::gathered_answers_test
