// One field of an encoded struct, found without decoding the others.
#include <troupe/base/codec.hpp>
#include <troupe/base/encoded_field.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace troupe::encoded_field_test {
namespace {

struct inner {
  std::vector<std::string> names;
  std::map<std::string, double> weights;
};
struct outer {
  std::int64_t number = -70'000;
  std::string text = std::string(300, 'x');
  inner nested{{"a", "b"}, {{"c", 0.5}}};
  std::optional<bool> maybe;
  std::uint8_t last = 200;
};

template <class T>
std::string text_of(const T& value) {
  byte_buffer out;
  encode(out, value);
  return std::string(out.take().text());
}

std::string field(const std::string& encoded, std::size_t index) {
  const auto found = encoded_field(std::as_bytes(std::span(encoded)), index);
  if (!found) return "error: " + found.error().message();
  return {reinterpret_cast<const char*>(found->data()), found->size()};
}

TEST(encoded_field, is_what_the_field_alone_would_be) {
  const outer value;
  const auto encoded = text_of(value);
  EXPECT_EQ(field(encoded, 0), text_of(value.number));
  EXPECT_EQ(field(encoded, 1), text_of(value.text));
  EXPECT_EQ(field(encoded, 2), text_of(value.nested));
  EXPECT_EQ(field(encoded, 3), text_of(value.maybe));
  EXPECT_EQ(field(encoded, 4), text_of(value.last));
}

TEST(encoded_field, that_is_not_there_is_an_error) {
  const auto encoded = text_of(outer{});
  EXPECT_EQ(field(encoded, 5).find("error: field 5 of an item: it has 5 fields"), 0U) << field(encoded, 5);
  EXPECT_EQ(field(text_of(7), 0).find("error: "), 0U);
  EXPECT_EQ(field("", 0).find("error: "), 0U);
}

TEST(encoded_field, of_an_item_that_was_cut_off_is_an_error_or_whole) {
  const auto encoded = text_of(outer{});
  for (std::size_t size = 0; size < encoded.size(); ++size)
    for (std::size_t index = 0; index < 5; ++index) {
      const auto found = field(encoded.substr(0, size), index);
      EXPECT_TRUE(found.starts_with("error: ") || found == field(encoded, index)) << size << ' ' << index;
    }
}

}  // namespace
}  // namespace troupe::encoded_field_test
