#include <troupe/base/json.hpp>

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <variant>
#include <vector>

namespace json_test {
namespace {

using namespace std::chrono_literals;
using troupe::as_bytes_view;
using troupe::bytes;

template <class T>
std::string json(const T& value) {
  std::string out;
  troupe::to_json(out, value);
  return out;
}

struct empty {};
struct hit {
  std::string url;
  std::uint64_t bytes = 0;
};
struct page {
  hit first;
  std::vector<hit> hits;
  std::optional<hit> none;
};
enum class colour : std::uint8_t { red, green };

TEST(json, structs_are_objects_with_the_names_of_their_fields) {
  EXPECT_EQ(json(hit{"/a", 3}), R"({"url":"/a","bytes":3})");
  EXPECT_EQ(
      json(page{{"/a", 3}, {{"/b", 4}, {"/c", 5}}, std::nullopt}),
      R"({"first":{"url":"/a","bytes":3},"hits":[{"url":"/b","bytes":4},{"url":"/c","bytes":5}],"none":null})");
  EXPECT_EQ(json(empty{}), "{}");
}

TEST(json, scalars_are_written_exactly) {
  EXPECT_EQ(json(true), "true");
  EXPECT_EQ(json(false), "false");
  EXPECT_EQ(json(std::int8_t{-5}), "-5");
  EXPECT_EQ(json(std::numeric_limits<std::uint64_t>::max()), "18446744073709551615");
  EXPECT_EQ(json(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
  EXPECT_EQ(json(0.1), "0.1");
  EXPECT_EQ(json(0.1F), "0.1");
  EXPECT_EQ(json(1e300), "1e+300");
  EXPECT_EQ(json(-2.0), "-2");
  EXPECT_EQ(json('a'), "97");
}

TEST(json, numbers_that_are_not_finite_are_null) {
  EXPECT_EQ(json(std::numeric_limits<double>::infinity()), "null");
  EXPECT_EQ(json(-std::numeric_limits<float>::infinity()), "null");
  EXPECT_EQ(json(std::numeric_limits<double>::quiet_NaN()), "null");
}

TEST(json, text_is_escaped_as_rfc_8259_asks) {
  EXPECT_EQ(json(std::string("a\"b\\c/d")), R"("a\"b\\c/d")");
  EXPECT_EQ(json(std::string("\n\r\t")), R"("\n\r\t")");
  EXPECT_EQ(json(std::string("\x01\x1f\x00", 3)), R"("\u0001\u001f\u0000")");
  EXPECT_EQ(json(std::string("\x7f")), "\"\x7f\"");
  EXPECT_EQ(json(std::string("h\u00e9 \U0001F600")), "\"h\u00e9 \U0001F600\"");
}

TEST(json, each_byte_that_is_not_utf8_becomes_a_replacement_character) {
  EXPECT_EQ(json(std::string("a\xff"
                             "b")),
            "\"a\uFFFD"
            "b\"");
  EXPECT_EQ(json(std::string("\xc3")), "\"\uFFFD\"");
  EXPECT_EQ(json(std::string("\xed\xa0\x80")), "\"\uFFFD\uFFFD\uFFFD\"");
}

TEST(json, containers_are_arrays_and_objects) {
  EXPECT_EQ(json(std::vector<int>{}), "[]");
  EXPECT_EQ(json(std::vector<bool>{true, false}), "[true,false]");
  EXPECT_EQ(json(std::array<int, 2>{1, 2}), "[1,2]");
  EXPECT_EQ(json(std::set<std::string>{"a", "b"}), R"(["a","b"])");
  EXPECT_EQ(json(std::pair{1, std::string("x")}), R"([1,"x"])");
  EXPECT_EQ(json(std::tuple<>{}), "[]");
  EXPECT_EQ(json(std::map<std::string, int>{{"a\"", 1}, {"b", 2}}), R"({"a\"":1,"b":2})");
  EXPECT_EQ(json(std::map<int, int>{{-1, 1}, {2, 2}}), R"({"-1":1,"2":2})");
  EXPECT_EQ(json(std::map<colour, int>{{colour::red, 1}, {static_cast<colour>(9), 2}}), R"({"red":1,"9":2})");
  EXPECT_EQ(json(std::map<std::pair<int, int>, int>{{{1, 2}, 3}}), "[[[1,2],3]]");
  EXPECT_EQ(json(std::map<std::string, int>{}), "{}");
}

TEST(json, optionals_and_variants_are_what_they_hold) {
  EXPECT_EQ(json(std::optional<int>{}), "null");
  EXPECT_EQ(json(std::optional<int>{3}), "3");
  using choice = std::variant<std::monostate, int, hit>;
  EXPECT_EQ(json(choice{}), "null");
  EXPECT_EQ(json(choice{5}), "5");
  EXPECT_EQ(json(choice{hit{"/", 1}}), R"({"url":"/","bytes":1})");
}

TEST(json, enums_are_names_or_numbers) {
  EXPECT_EQ(json(colour::green), R"("green")");
  EXPECT_EQ(json(static_cast<colour>(77)), "77");
}

TEST(json, durations_are_exact_numbers_of_seconds) {
  EXPECT_EQ(json(250ms), "0.25");
  EXPECT_EQ(json(0s), "0");
  EXPECT_EQ(json(90s), "90");
  EXPECT_EQ(json(1ns), "0.000000001");
  EXPECT_EQ(json(-1500ms), "-1.5");
  EXPECT_EQ(json(std::chrono::nanoseconds::max()), "9223372036.854775807");
  EXPECT_EQ(json(std::chrono::nanoseconds::min()), "-9223372036.854775808");
}

TEST(json, bytes_are_base64) {
  // The test vectors of RFC 4648, section 10.
  const std::pair<std::string_view, std::string> table[] = {
      {"", ""},
      {"f", "Zg=="},
      {"fo", "Zm8="},
      {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="},
      {"fooba", "Zm9vYmE="},
      {"foobar", "Zm9vYmFy"},
  };
  for (const auto& [text, expected] : table)
    EXPECT_EQ(json(bytes::copy_of(as_bytes_view(text))), "\"" + expected + "\"");
  EXPECT_EQ(json(std::vector<std::byte>{std::byte{0xff}, std::byte{0xfe}}), R"("//4=")");
}

}  // namespace
}  // namespace json_test
