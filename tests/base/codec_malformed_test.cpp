#include <troupe/base/codec.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

namespace codec_malformed_test {
namespace {

using troupe::byte_buffer;
using troupe::byte_view;
using troupe::bytes;
using troupe::decode;
using troupe::errc;

struct hit {
  std::string url;
  std::uint64_t bytes = 0;
};
struct page {
  std::vector<hit> hits;
  std::map<std::string, std::optional<hit>> named;
  std::variant<int, hit> choice;
  std::tuple<int, bool> both;
  std::array<int, 2> two{};
  std::set<int> numbers;
  std::array<std::byte, 2> token{};
};
struct empty {};
struct tree {
  std::vector<tree> children;
};

bytes raw(std::initializer_list<unsigned> values) {
  byte_buffer out;
  for (const unsigned each : values) out.push(static_cast<std::byte>(each));
  return out.take();
}

template <class T>
bytes encoded(const T& value) {
  byte_buffer out;
  troupe::encode(out, value);
  return out.take();
}

/// The context of the error that decoding gives; "" when it succeeds.
template <class T>
std::string problem(const bytes& input) {
  const troupe::result<T> got = decode<T>(input);
  if (got) return "";
  EXPECT_EQ(got.error().code, errc::malformed);
  return got.error().context;
}

TEST(codec_malformed, errors_name_the_path_and_both_kinds) {
  using pair = std::pair<std::string, std::string>;
  EXPECT_EQ(problem<hit>(encoded(pair{"/a", "3"})), "hit.bytes: expected an integer, found str");
  EXPECT_EQ(problem<hit>(encoded(1)), "hit: expected array, found an integer");
  EXPECT_EQ(problem<page>(raw({0x91, 0x92, 0x92, 0xa0, 0x01, 0x92, 0xa0, 0xc0})),
            "page.hits[1].bytes: expected an integer, found nil");
  EXPECT_EQ(problem<page>(raw({0x92, 0x90, 0x81, 0xa1, 'k', 0x91, 0xc3})),
            "page.named[0].url: expected str or bin, found bool");
  EXPECT_EQ(problem<page>(raw({0x93, 0x90, 0x80, 0x92, 0x01, 0x91, 0x90})),
            "page.choice[1].url: expected str or bin, found array");
  EXPECT_EQ(problem<page>(raw({0x94, 0x90, 0x80, 0x92, 0x00, 0x00, 0x92, 0x01, 0x01})),
            "page.both[1]: expected bool, found an integer");
}

TEST(codec_malformed, every_kind_has_its_name_in_the_error) {
  const std::pair<unsigned, std::string> table[] = {
      {0x05, "an integer"},
      {0xe0, "an integer"},
      {0xcc, "an integer"},
      {0xd3, "an integer"},
      {0x81, "map"},
      {0xde, "map"},
      {0x91, "array"},
      {0xdd, "array"},
      {0xa1, "str"},
      {0xd9, "str"},
      {0xc0, "nil"},
      {0xc2, "bool"},
      {0xc4, "bin"},
      {0xca, "float"},
      {0xcb, "float"},
      {0xc7, "ext"},
      {0xd4, "ext"},
      {0xd8, "ext"},
      {0xc1, "0xc1, which begins no value"},
  };
  for (const auto& [first, name] : table) {
    const std::string expected =
        first == 0xc0 ? "bool: expected bool, found " : "monostate: expected nil, found ";
    EXPECT_EQ(first == 0xc0 ? problem<bool>(raw({first})) : problem<std::monostate>(raw({first})),
              expected + name);
  }
}

TEST(codec_malformed, an_integer_out_of_range_is_refused_with_its_value) {
  EXPECT_EQ(problem<std::uint8_t>(encoded(300)), "unsigned char: 300 does not fit into u8");
  EXPECT_EQ(problem<std::int8_t>(encoded(128)), "signed char: 128 does not fit into i8");
  EXPECT_EQ(problem<std::int8_t>(encoded(-129)), "signed char: -129 does not fit into i8");
  EXPECT_NE(problem<std::uint64_t>(encoded(-1)), "");
  EXPECT_NE(problem<std::int64_t>(encoded(UINT64_MAX)), "");
  EXPECT_NE(problem<float>(encoded(1e300)), "");
  enum class small : std::uint8_t { one };
  EXPECT_NE(problem<small>(encoded(256)), "");
  using short_seconds = std::chrono::duration<std::int8_t>;
  EXPECT_NE(problem<short_seconds>(encoded(std::chrono::seconds(128))), "");
}

TEST(codec_malformed, trailing_bytes_are_refused) {
  EXPECT_EQ(problem<hit>(raw({0x92, 0xa0, 0x00, 0x00, 0x00})), "hit: 2 bytes follow its end");
}

TEST(codec_malformed, empty_input_is_refused) {
  EXPECT_EQ(problem<hit>({}), "hit: expected array, found the end of the input");
}

TEST(codec_malformed, announced_lengths_are_checked_before_memory_is_taken) {
  EXPECT_EQ(
      problem<std::vector<hit>>(raw({0xdd, 0xff, 0xff, 0xff, 0xff})).substr(0, 80).find("announces"),
      problem<std::vector<hit>>(raw({0xdd, 0xff, 0xff, 0xff, 0xff})).find("announces 4294967295 elements"));
  const std::string text = problem<std::string>(raw({0xdb, 0xff, 0xff, 0xff, 0xff, 'a'}));
  EXPECT_NE(text.find("announces 4294967295 bytes, 1 bytes are left"), text.npos) << text;
  const std::string map = problem<std::map<int, int>>(raw({0xdf, 0x7f, 0xff, 0xff, 0xff, 0x01}));
  EXPECT_NE(map.find("announces 2147483647 keys and values"), map.npos) << map;
  EXPECT_NE(problem<bytes>(raw({0xc6, 0xff, 0xff, 0xff, 0xff})), "");
  EXPECT_NE(problem<empty>(raw({0x91, 0xdd, 0xff, 0xff, 0xff, 0xff})), "") << "skipped values too";
}

TEST(codec_malformed, containers_of_fixed_size_want_exactly_that) {
  EXPECT_NE(problem<page>(raw({0x95, 0x90, 0x80, 0x92, 0, 0, 0x92, 0, 0xc2, 0x93, 1, 2, 3})), "");
  EXPECT_EQ(problem<std::tuple<int>>(raw({0x92, 1, 2})), "tuple<int>: expected 1 elements, found 2");
  using token = std::array<std::byte, 2>;
  EXPECT_NE(problem<token>(raw({0xc4, 3, 1, 2, 3})).find("expected 2 bytes, found 3"), std::string::npos);
}

TEST(codec_malformed, a_key_or_element_twice_is_refused) {
  EXPECT_NE(problem<std::set<int>>(raw({0x92, 1, 1})).find("[1]: holds an element twice"), std::string::npos);
  using map = std::map<int, int>;
  EXPECT_NE(problem<map>(raw({0x82, 1, 1, 1, 2})).find("[1]: holds a key twice"), std::string::npos);
}

TEST(codec_malformed, an_unknown_alternative_is_refused) {
  using choice = std::variant<int, bool>;
  EXPECT_NE(problem<choice>(raw({0x92, 2, 0})).find("alternative 2 of a variant of 2"), std::string::npos);
}

bytes nested_arrays(unsigned depth) {
  byte_buffer out;
  for (unsigned i = 1; i < depth; ++i) out.push(std::byte{0x91});
  out.push(std::byte{0x90});
  return out.take();
}

TEST(codec_malformed, depth_is_bounded_for_values_that_are_read) {
  EXPECT_EQ(problem<tree>(nested_arrays(64)), "");
  EXPECT_NE(problem<tree>(nested_arrays(65)).find("nested deeper than 64"), std::string::npos);
}

TEST(codec_malformed, depth_is_bounded_for_values_that_are_skipped) {
  EXPECT_EQ(problem<empty>(nested_arrays(64)), "");
  EXPECT_NE(problem<empty>(nested_arrays(65)).find("nested deeper than 64"), std::string::npos);
}

TEST(codec_malformed, every_form_is_skipped_whole) {
  const bytes forms[] = {
      raw({0x05}),
      raw({0xff}),
      raw({0xc0}),
      raw({0xc2}),
      raw({0xc3}),
      raw({0xcc, 1}),
      raw({0xcd, 1, 2}),
      raw({0xce, 1, 2, 3, 4}),
      raw({0xcf, 1, 2, 3, 4, 5, 6, 7, 8}),
      raw({0xd0, 1}),
      raw({0xd1, 1, 2}),
      raw({0xd2, 1, 2, 3, 4}),
      raw({0xd3, 1, 2, 3, 4, 5, 6, 7, 8}),
      raw({0xca, 1, 2, 3, 4}),
      raw({0xcb, 1, 2, 3, 4, 5, 6, 7, 8}),
      raw({0xa0}),
      raw({0xa2, 1, 2}),
      raw({0xd9, 1, 1}),
      raw({0xda, 0, 1, 1}),
      raw({0xdb, 0, 0, 0, 1, 1}),
      raw({0xc4, 1, 1}),
      raw({0xc5, 0, 1, 1}),
      raw({0xc6, 0, 0, 0, 1, 1}),
      raw({0xc7, 1, 9, 1}),
      raw({0xc8, 0, 1, 9, 1}),
      raw({0xc9, 0, 0, 0, 1, 9, 1}),
      raw({0xd4, 9, 1}),
      raw({0xd5, 9, 1, 2}),
      raw({0xd6, 9, 1, 2, 3, 4}),
      raw({0xd7, 9, 1, 2, 3, 4, 5, 6, 7, 8}),
      raw({0xd8, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}),
      raw({0x92, 1, 2}),
      raw({0xdc, 0, 1, 1}),
      raw({0xdd, 0, 0, 0, 1, 1}),
      raw({0x81, 1, 0xa0}),
      raw({0xde, 0, 1, 1, 2}),
      raw({0xdf, 0, 0, 0, 1, 1, 0x91, 0x80}),
  };
  for (const bytes& form : forms) {
    byte_buffer out;
    out.push(std::byte{0x93});  // a hit with one field more
    out.push(std::byte{0xa0});
    out.push(std::byte{0x07});
    out.append(form.view());
    EXPECT_EQ(problem<hit>(out.take()), "") << static_cast<unsigned>(form.data()[0]);

    byte_buffer shorter;
    shorter.push(std::byte{0x91});
    shorter.append(form.view().first(form.size() - 1));
    EXPECT_NE(problem<empty>(shorter.take()), "") << static_cast<unsigned>(form.data()[0]) << " cut short";
  }
}

page sample() {
  page out;
  out.hits = {{"/a", 1}, {std::string(300, 'b'), UINT64_MAX}};
  out.named = {{"x", hit{"/x", 70'000}}, {"y", std::nullopt}};
  out.choice = hit{"/c", 500};
  out.both = {-5, true};
  out.two = {-40'000, 1 << 20};
  out.numbers = {1, 2, 3};
  return out;
}

TEST(codec_malformed, every_truncation_is_an_error) {
  const bytes whole = encoded(sample());
  ASSERT_EQ(problem<page>(whole), "");
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_NE(problem<page>(bytes::copy_of(whole.view().first(size))), "") << size;
}

TEST(codec_malformed, damaged_input_is_an_error_or_another_value_and_never_worse) {
  const bytes whole = encoded(sample());
  std::mt19937 random(1);
  std::size_t refused = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::vector<std::byte> damaged(whole.view().begin(), whole.view().end());
    for (unsigned i = 0; i <= random() % 4; ++i)
      damaged[random() % damaged.size()] = static_cast<std::byte>(random());
    refused += decode<page>(byte_view(damaged)) ? 0 : 1;
    refused += decode<tree>(byte_view(damaged)) ? 0 : 1;
  }
  EXPECT_GT(refused, 20'000U);
}

struct large {
  std::array<std::uint64_t, 512> values{};
};

std::size_t largest_allocation = 0;

/// Notes what a container asks for at most.
template <class T>
struct noting_allocator {
  using value_type = T;
  noting_allocator() = default;
  template <class U>
  explicit noting_allocator(const noting_allocator<U>&) {}
  T* allocate(std::size_t n) {
    largest_allocation = std::max(largest_allocation, n * sizeof(T));
    return std::allocator<T>().allocate(n);
  }
  void deallocate(T* at, std::size_t n) { std::allocator<T>().deallocate(at, n); }
  friend bool operator==(const noting_allocator&, const noting_allocator&) = default;
};

TEST(codec_malformed, a_short_input_cannot_claim_much_memory) {
  // 1,000 structs of 4 KiB each are announced in 1,000 bytes, and the second one is damaged.
  byte_buffer out;
  out.append(raw({0xdc, 0x03, 0xe8, 0x90, 0xc0}).view());
  for (int i = 0; i < 1000; ++i) out.push(std::byte{0x90});
  using vector = std::vector<large, noting_allocator<large>>;
  EXPECT_NE(problem<vector>(out.take()).find("[1]: expected array, found nil"), std::string::npos);
  EXPECT_LE(largest_allocation, 8 * 1005 + 2 * sizeof(large));
}

}  // namespace
}  // namespace codec_malformed_test
