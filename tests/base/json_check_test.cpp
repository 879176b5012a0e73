#include <troupe/base/json_check.hpp>

#include <gtest/gtest.h>

#include <ostream>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace json_check_test {
namespace {

using namespace std::string_view_literals;
using troupe::check_json;
using troupe::errc;
using troupe::find_json_fault;
using troupe::json_depth_limit;

std::string times(std::size_t n, std::string_view what) {
  std::string out;
  for (std::size_t i = 0; i < n; ++i) out += what;
  return out;
}

// The classic cases of the JSON test suites ("y_").
const std::vector<std::string_view> valid = {
    // words, structure, white space
    "null", "true", "false", "[]", "{}", "[[]]", "[{}]", "[null]", "[true,false]", " [] ", "\t\r\n {}\n",
    "[ 1 , 2 ]", "[1\n,\t2\r]", R"({"a":1})", R"({ "a" : 1 , "b" : [ ] })", R"({"":0})", R"({"a":1,"a":2})",
    R"({"a":{"b":{"c":[1,{"d":null}]}}})", R"([[[]],{},[{}],""])", R"({"\u0000":"zero"})",
    // numbers
    "0", "-0", "1", "-1", "10", "123456789", "0.5", "-0.5", "0.0", "1.0", "123.456", "0e1", "0E1", "0e+1",
    "1e5", "1E+5", "1E-5", "1e00", "1.5e10", "-1.5E-10", "1e9999", "123456789012345678901234567890", "[-0]",
    "[0 ]", "[20e1]", "-123.456e-78",
    "0.00000000000000000000000000000000000000000000000000000000000000000000000000000001",
    // strings
    R"("")", R"("a")", R"(" ")", R"("\"\\\/\b\f\n\r\t")", R"("\u0000\u001F\uabcd\uABCD")", R"("/")", R"("'")",
    R"("\ud83c\udfad")", R"("\ud800")", R"("\udfad")", R"("\ud800\ud800")", R"("\\u12")", R"("a/*b*/c")",
    "\"\x7F\"", "\"\u00e9\"", "\"\u6f22\u5b57\"", "\"\U0001F3AD\"", "\"\xC2\x80\"", "\"\xDF\xBF\"",
    "\"\xE0\xA0\x80\"", "\"\xED\x9F\xBF\"", "\"\xEE\x80\x80\"", "\"\xEF\xBF\xBF\"", "\"\xEF\xBB\xBF\"",
    "\"\xF0\x90\x80\x80\"", "\"\xF4\x8F\xBF\xBF\"", "\"eight plain bytes, and more of them\"",
    "\"\xE2\x80\xA8\xE2\x80\xA9\""};

TEST(json_check, what_rfc_8259_calls_a_json_text_passes) {
  for (const std::string_view text : valid) {
    const auto fault = find_json_fault(text);
    EXPECT_FALSE(fault) << testing::PrintToString(text) << " at " << fault->offset << ": " << fault->why;
    EXPECT_TRUE(check_json(text));
  }
}

struct invalid_text {
  std::string_view text;
  std::size_t offset;
  std::string_view why;
};

constexpr std::string_view no_value = "no value begins like this";
constexpr std::string_view value_missing = "a value is expected, but the text ends";
constexpr std::string_view unknown_word = "only the words true, false and null are known";
constexpr std::string_view half_word = "the text ends within a word";
constexpr std::string_view more = "the value has ended, and more follows";
constexpr std::string_view half_array = "the text ends within an array";
constexpr std::string_view half_object = "the text ends within an object";
constexpr std::string_view in_array = "',' or ']' is expected here";
constexpr std::string_view in_object = "',' or '}' is expected here";
constexpr std::string_view name = "a name in double quotes is expected here";
constexpr std::string_view colon = "':' is expected here";
constexpr std::string_view zero = "a number with more digits does not begin with 0";
constexpr std::string_view digit = "a digit is expected here";
constexpr std::string_view half_number = "the text ends within a number";
constexpr std::string_view half_string = "the text ends within a string";
constexpr std::string_view control = "a control character in a string is to be escaped";
constexpr std::string_view no_escape = "no escape is written like this";
constexpr std::string_view four_digits = "\\u takes four hexadecimal digits";
constexpr std::string_view no_utf8 = "these bytes are no UTF-8";
constexpr std::string_view mark = "a byte order mark is not allowed";

// The classic cases of the JSON test suites ("n_").
const std::vector<invalid_text> invalid = {
    // nothing, and what is no value
    {"", 0, value_missing},
    {"  \n", 3, value_missing},
    {"Traceback", 0, no_value},
    {"abc", 0, no_value},
    {"'a'", 0, no_value},
    {"/**/1", 0, no_value},
    {"// 1", 0, no_value},
    {"#", 0, no_value},
    {"NaN", 0, no_value},
    {"Infinity", 0, no_value},
    {"undefined", 0, no_value},
    {"True", 0, no_value},
    {",", 0, no_value},
    {":", 0, no_value},
    {"]", 0, no_value},
    {"}", 0, no_value},
    {"\xEF\xBB\xBF{}", 0, mark},
    {"\xEF\xBB", 0, no_value},
    {" \xEF\xBB\xBF{}", 1, no_value},
    {"\0"sv, 0, no_value},
    {"\xFF", 0, no_value},
    {"\f1", 0, no_value},
    {"\v1", 0, no_value},
    {"\xC2\xA0 1", 0, no_value},
    {"<html>", 0, no_value},
    // words
    {"nul", 3, half_word},
    {"t", 1, half_word},
    {"trux", 3, unknown_word},
    {"nULL", 1, unknown_word},
    {"fals]", 4, unknown_word},
    {"truee", 4, more},
    {"null null", 5, more},
    // arrays
    {"[", 1, value_missing},
    {"[1", 2, half_array},
    {"[1,", 3, value_missing},
    {"[1,]", 3, no_value},
    {"[,1]", 1, no_value},
    {"[1,,2]", 3, no_value},
    {"[1 2]", 3, in_array},
    {"[1}", 2, in_array},
    {"[1:2]", 2, in_array},
    {"[]]", 2, more},
    {"[[]", 3, half_array},
    {"[1;2]", 2, in_array},
    {"[\"a\"", 4, half_array},
    {"[\"a\":1]", 4, in_array},
    {"[1]x", 3, more},
    {"[1],", 3, more},
    {"[*]", 1, no_value},
    // objects
    {"{", 1, half_object},
    {"{\"a\"", 4, half_object},
    {"{\"a\":", 5, value_missing},
    {"{\"a\":1", 6, half_object},
    {"{\"a\":1,", 7, half_object},
    {"{\"a\":1,}", 7, name},
    {"{,}", 1, name},
    {"{a:1}", 1, name},
    {"{'a':1}", 1, name},
    {"{1:1}", 1, name},
    {"{null:1}", 1, name},
    {"{[:1}", 1, name},
    {"{\"a\" 1}", 5, colon},
    {"{\"a\",1}", 4, colon},
    {"{\"a\"::1}", 5, no_value},
    {"{\"a\":1]", 6, in_object},
    {"{\"a\":1 \"b\":2}", 7, in_object},
    {"{\"a\":1,,\"b\":2}", 7, name},
    {"{\"a\":}", 5, no_value},
    {"{\"a\":1}}", 7, more},
    {"{}{}", 2, more},
    {"{\"a\":1}#", 7, more},
    {"{\"a:1}", 6, half_string},
    {"{\"a\":/**/1}", 5, no_value},
    {"{\"a\":1,\"b\"}", 10, colon},
    // numbers
    {"-", 1, half_number},
    {"01", 1, zero},
    {"-01", 2, zero},
    {"00", 1, zero},
    {"1.", 2, half_number},
    {"[1.]", 3, digit},
    {".5", 0, no_value},
    {"-.5", 1, digit},
    {"+1", 0, no_value},
    {"1e", 2, half_number},
    {"1e+", 3, half_number},
    {"[1e]", 3, digit},
    {"[1E+]", 4, digit},
    {"1.e5", 2, digit},
    {"--1", 1, digit},
    {"-a", 1, digit},
    {"1a", 1, more},
    {"0x1F", 1, more},
    {"1_000", 1, more},
    {"1e1.5", 3, more},
    {"1.2.3", 3, more},
    {"1 000", 2, more},
    {"-Infinity", 1, digit},
    {"1e++1", 3, digit},
    {"\xEF\xBC\x91", 0, no_value},
    // strings
    {"\"", 1, half_string},
    {"\"abc", 4, half_string},
    {"\"abc\\", 5, half_string},
    {"\"abc\\\"", 6, half_string},
    {"\"\\u", 3, half_string},
    {"\"\\u12", 5, half_string},
    {"\"\\u12G4\"", 5, four_digits},
    {"\"\\u123\"", 6, four_digits},
    {"\"\\u123G\"", 6, four_digits},
    {"\"\\u12\"", 5, four_digits},
    {"\"\\u 123\"", 3, four_digits},
    {"\"\\x41\"", 2, no_escape},
    {"\"\\'\"", 2, no_escape},
    {"\"\\a\"", 2, no_escape},
    {"\"\\U0041\"", 2, no_escape},
    {"\"\\0\"", 2, no_escape},
    {"\"\\\n\"", 2, no_escape},
    {"\"\\\xC3\xA9\"", 2, no_escape},
    {"\"a\nb\"", 2, control},
    {"\"a\tb\"", 2, control},
    {"\"\0\""sv, 1, control},
    {"\"\x1F\"", 1, control},
    {"\"a\" b", 4, more},
    {"\"a\"\"b\"", 3, more},
    {"\"eight plain bytes\x01 and more\"", 18, control},
    {"\"a\0b\""sv, 2, control},
    // UTF-8
    {"\"\x80\"", 1, no_utf8},
    {"\"\xBF\"", 1, no_utf8},
    {"\"caf\xE9\"", 4, no_utf8},
    {"\"\xC0\x80\"", 1, no_utf8},
    {"\"\xC1\xBF\"", 1, no_utf8},
    {"\"\xE0\x80\xAF\"", 1, no_utf8},
    {"\"\xED\xA0\x80\"", 1, no_utf8},
    {"\"\xED\xBF\xBF\"", 1, no_utf8},
    {"\"\xF0\x80\x80\xAF\"", 1, no_utf8},
    {"\"\xF4\x90\x80\x80\"", 1, no_utf8},
    {"\"\xF5\x80\x80\x80\"", 1, no_utf8},
    {"\"\xFF\"", 1, no_utf8},
    {"\"\xC3\"", 1, no_utf8},
    {"\"\xE6\xBC\"", 1, no_utf8},
    {"\"\xF0\x9F\x8E\"", 1, no_utf8},
    {"\"\xE6\xBC", 1, no_utf8},
    {"{\"\xFF\":1}", 2, no_utf8}};

TEST(json_check, what_is_no_json_is_refused_at_the_first_byte_that_does_not_fit) {
  for (const invalid_text& each : invalid) {
    const auto fault = find_json_fault(each.text);
    ASSERT_TRUE(fault) << testing::PrintToString(each.text);
    EXPECT_EQ(fault->offset, each.offset) << testing::PrintToString(each.text);
    EXPECT_EQ(fault->why, each.why) << testing::PrintToString(each.text);
  }
}

TEST(json_check, a_text_cut_short_is_at_fault_where_it_ends_or_is_json_itself) {
  for (const std::string_view text : valid) {
    for (std::size_t size = 0; size < text.size(); ++size) {
      const auto fault = find_json_fault(text.substr(0, size));
      if (!fault || fault->offset == size) continue;
      EXPECT_EQ(fault->why, no_utf8) << testing::PrintToString(text.substr(0, size));
      EXPECT_GE(fault->offset + 3, size) << testing::PrintToString(text.substr(0, size));
    }
  }
}

TEST(json_check, what_stands_before_a_fault_could_have_gone_on) {
  for (const invalid_text& each : invalid) {
    const auto before = find_json_fault(each.text.substr(0, each.offset));
    EXPECT_EQ(before ? before->offset : each.offset, each.offset) << testing::PrintToString(each.text);
  }
}

TEST(json_check, a_fault_is_found_at_every_position_of_a_long_string) {
  for (const std::string_view bad : {"\x01"sv, "\x1F"sv, "\0"sv, "\x80"sv, "\xFF"sv}) {
    for (std::size_t at = 0; at < 40; ++at) {
      std::string text = '"' + std::string(40, 'x') + '"';
      text.replace(1 + at, 1, bad);
      const auto fault = find_json_fault(text);
      ASSERT_TRUE(fault) << at;
      ASSERT_EQ(fault->offset, 1 + at);
    }
  }
  for (std::size_t at = 0; at < 40; ++at) {
    std::string text = '"' + std::string(40, 'x') + '"';
    text[1 + at] = '"';
    ASSERT_EQ(find_json_fault(text)->offset, 2 + at) << "the string ended";
    text[1 + at] = '\\';
    ASSERT_EQ(find_json_fault(text)->offset, at == 39 ? text.size() : 2 + at)
        << "an escape that is unknown, or the quote";
    text[1 + at] = '\x7F';
    ASSERT_FALSE(find_json_fault(text)) << "DEL is allowed";
  }
}

TEST(json_check, depth_ends_at_the_limit_and_width_does_not) {
  const std::size_t limit = json_depth_limit;
  EXPECT_TRUE(check_json(times(limit, "[") + times(limit, "]")));
  EXPECT_TRUE(check_json(times(limit - 1, "{\"a\":") + "{}" + times(limit - 1, "}")));
  EXPECT_TRUE(check_json("[" + times(2000, "[],{},") + "[]]")) << "one behind the other, not deep";
  const std::string_view why = "arrays and objects lie more than 512 deep";
  for (const std::string& deep : {times(limit + 1, "["), times(100'000, "[")}) {
    ASSERT_TRUE(find_json_fault(deep));
    EXPECT_EQ(find_json_fault(deep)->offset, limit);
    EXPECT_EQ(find_json_fault(deep)->why, why);
  }
  const auto objects = find_json_fault(times(100'000, "{\"a\":"));
  ASSERT_TRUE(objects);
  EXPECT_EQ(objects->offset, limit * 5);
  EXPECT_EQ(objects->why, why);
}

TEST(json_check, each_depth_knows_whether_it_is_an_array_or_an_object) {
  std::mt19937 random(8259);
  for (int round = 0; round < 200; ++round) {
    std::string open, closed;
    for (std::size_t depth = 1 + random() % json_depth_limit; depth != 0; --depth) {
      const bool object = random() % 2 == 0;
      open += object ? "{\"a\":" : "[1,";
      closed.insert(closed.begin(), object ? '}' : ']');
    }
    ASSERT_TRUE(check_json(open + "0" + closed));
    std::string wrong = closed;
    char& one = wrong[random() % wrong.size()];
    one = one == '}' ? ']' : '}';
    const auto fault = find_json_fault(open + "0" + wrong);
    ASSERT_TRUE(fault);
    ASSERT_EQ(fault->offset, open.size() + 1 + static_cast<std::size_t>(&one - wrong.data()));
  }
}

TEST(json_check, any_bytes_at_all_give_an_answer_within_the_text) {
  constexpr std::string_view likely = "{}[]\",:\\u0019eE+-.tfn \n\x1F\x80\xC3\xA9";
  std::mt19937 random(7);
  for (int round = 0; round < 50'000; ++round) {
    std::string text;
    for (std::size_t size = random() % 24; size != 0; --size) text += likely[random() % likely.size()];
    const auto fault = find_json_fault(text);
    ASSERT_LE(fault ? fault->offset : 0, text.size()) << testing::PrintToString(text);
  }
}

TEST(json_check, the_error_says_where_and_why_and_shows_the_bytes) {
  const auto refused = check_json("{\"a\": [1 2]}");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::malformed);
  EXPECT_EQ(refused.error().context, "no JSON at offset 9 (',' or ']' is expected here): '{\"a\": [1 2]}'");
}

}  // namespace
}  // namespace json_check_test
