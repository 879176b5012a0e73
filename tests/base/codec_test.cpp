#include <troupe/base/codec.hpp>

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cmath>
#include <deque>
#include <limits>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <variant>
#include <vector>

namespace codec_test {
namespace {

using namespace std::chrono_literals;
using troupe::as_bytes_view;
using troupe::byte_buffer;
using troupe::bytes;
using troupe::decode;
using troupe::encode;

template <class T>
bytes encoded(const T& value) {
  byte_buffer out;
  encode(out, value);
  return out.take();
}

template <class T>
std::string hex(const T& value) {
  std::string out;
  const bytes data = encoded(value);
  for (const std::byte each : data.view()) {
    constexpr std::string_view digits = "0123456789abcdef";
    out += digits[std::to_integer<unsigned>(each) >> 4];
    out += digits[std::to_integer<unsigned>(each) & 15];
  }
  return out;
}

template <class T>
T back(const T& value) {
  const troupe::result<T> out = decode<T>(encoded(value));
  if (!out) ADD_FAILURE() << out.error().message();
  return out.value_or(T{});
}

struct empty {
  friend bool operator==(const empty&, const empty&) = default;
};
struct hit {
  std::string url;
  std::uint64_t bytes = 0;
  friend bool operator==(const hit&, const hit&) = default;
};

TEST(codec, integers_take_their_shortest_form) {
  // What python3-msgpack packs for the same numbers.
  EXPECT_EQ(hex(0), "00");
  EXPECT_EQ(hex(127), "7f");
  EXPECT_EQ(hex(128), "cc80");
  EXPECT_EQ(hex(255), "ccff");
  EXPECT_EQ(hex(256), "cd0100");
  EXPECT_EQ(hex(65535), "cdffff");
  EXPECT_EQ(hex(65536), "ce00010000");
  EXPECT_EQ(hex(4294967295), "ceffffffff");
  EXPECT_EQ(hex(4294967296), "cf0000000100000000");
  EXPECT_EQ(hex(std::numeric_limits<std::uint64_t>::max()), "cfffffffffffffffff");
  EXPECT_EQ(hex(-1), "ff");
  EXPECT_EQ(hex(-32), "e0");
  EXPECT_EQ(hex(-33), "d0df");
  EXPECT_EQ(hex(-128), "d080");
  EXPECT_EQ(hex(-129), "d1ff7f");
  EXPECT_EQ(hex(-32768), "d18000");
  EXPECT_EQ(hex(-32769), "d2ffff7fff");
  EXPECT_EQ(hex(-2147483649), "d3ffffffff7fffffff");
  EXPECT_EQ(hex(std::numeric_limits<std::int64_t>::min()), "d38000000000000000");
}

TEST(codec, other_values_have_the_documented_forms) {
  EXPECT_EQ(hex(true), "c3");
  EXPECT_EQ(hex(false), "c2");
  EXPECT_EQ(hex(1.5F), "ca3fc00000");
  EXPECT_EQ(hex(1.5), "cb3ff8000000000000");
  EXPECT_EQ(hex(std::string("abc")), "a3616263");
  EXPECT_EQ(hex(bytes::copy_of(as_bytes_view("abc"))), "c403616263");
  EXPECT_EQ(hex(std::vector<int>{1, 2}), "920102");
  EXPECT_EQ(hex(std::map<int, bool>{{1, true}}), "8101c3");
  EXPECT_EQ(hex(std::optional<int>{}), "c0");
  EXPECT_EQ(hex(std::optional<int>{5}), "05");
  EXPECT_EQ(hex(std::variant<int, std::string>{"a"}), "9201a161");
  EXPECT_EQ(hex(std::monostate{}), "c0");
  EXPECT_EQ(hex(1us), "cd03e8");
  EXPECT_EQ(hex(hit{"/", 3}), "92a12f03");
  EXPECT_EQ(hex(empty{}), "90");
  EXPECT_EQ(hex(std::pair{1, 2}), "920102");
  EXPECT_EQ(hex(std::tuple<>{}), "90");
  EXPECT_EQ(hex(std::array<std::byte, 2>{}), "c4020000");
}

TEST(codec, lengths_choose_their_header_at_every_boundary) {
  for (const std::size_t size : {0U, 1U, 15U, 16U, 31U, 32U, 255U, 256U, 65535U, 65536U}) {
    const std::string text(size, 'x');
    EXPECT_EQ(back(text), text) << size;
    EXPECT_EQ(back(bytes::copy_of(as_bytes_view(text))).text(), text) << size;
    EXPECT_EQ(back(std::vector<char>(size, 'y')).size(), size);
    std::map<std::uint32_t, bool> map;
    for (std::uint32_t i = 0; i < size; ++i) map[i] = true;
    EXPECT_EQ(back(map), map) << size;
  }
}

template <class Int>
void expect_all_back() {
  using limits = std::numeric_limits<Int>;
  for (unsigned shift = 0; shift < sizeof(Int) * 8; ++shift) {
    const auto bits = std::uint64_t{1} << shift;
    for (const std::uint64_t near : {bits - 1, bits, bits + 1, 0 - bits})
      EXPECT_EQ(back(static_cast<Int>(near)), static_cast<Int>(near));
  }
  EXPECT_EQ(back(limits::min()), limits::min());
  EXPECT_EQ(back(limits::max()), limits::max());
}

TEST(codec, integers_of_every_width_come_back_around_every_power_of_two) {
  expect_all_back<std::int8_t>();
  expect_all_back<std::uint8_t>();
  expect_all_back<std::int16_t>();
  expect_all_back<std::uint16_t>();
  expect_all_back<std::int32_t>();
  expect_all_back<std::uint32_t>();
  expect_all_back<std::int64_t>();
  expect_all_back<std::uint64_t>();
}

TEST(codec, floats_come_back_bit_by_bit) {
  using limits = std::numeric_limits<double>;
  for (const double value : {0.0, -0.0, 1.0 / 3, limits::max(), limits::denorm_min(), limits::infinity()}) {
    EXPECT_EQ(std::signbit(back(value)), std::signbit(value));
    EXPECT_EQ(back(value), value);
  }
  EXPECT_TRUE(std::isnan(back(limits::quiet_NaN())));
  EXPECT_EQ(back(1.1F), 1.1F);
  EXPECT_EQ(back(std::numeric_limits<float>::infinity()), std::numeric_limits<float>::infinity());
}

TEST(codec, a_float_field_takes_integers_and_floats_of_either_width) {
  EXPECT_EQ(decode<double>(encoded(3)), 3.0);
  EXPECT_EQ(decode<double>(encoded(-3)), -3.0);
  EXPECT_EQ(decode<double>(encoded(std::numeric_limits<std::uint64_t>::max())), 0x1p64);
  EXPECT_EQ(decode<double>(encoded(1.5F)), 1.5);
  EXPECT_EQ(decode<float>(encoded(1.5)), 1.5F);
}

TEST(codec, text_takes_bin_and_bytes_take_str) {
  EXPECT_EQ(decode<std::string>(encoded(bytes::copy_of(as_bytes_view("\xff")))), "\xff");
  EXPECT_EQ(decode<bytes>(encoded(std::string("abc"))).value().text(), "abc");
}

enum class colour : std::uint8_t { red, green };
struct inner {
  std::string name = "nobody";
  double weight = 1;
  friend bool operator==(const inner&, const inner&) = default;
};
struct everything {
  bool flag = false;
  char letter = 'a';
  colour paint = colour::red;
  std::vector<bool> bits;
  std::vector<std::byte> blob;
  std::array<std::byte, 4> token{};
  std::deque<int> queue;
  std::list<inner> chain;
  std::array<inner, 2> two;
  std::set<std::string> names;
  std::unordered_set<int> numbers;
  std::map<std::string, inner> table;
  std::unordered_map<int, std::vector<std::string>> index;
  std::pair<int, std::string> pair;
  std::tuple<int, inner, bool> tuple;
  std::optional<inner> maybe;
  std::variant<std::monostate, int, inner> choice;
  std::chrono::milliseconds wait{};
  std::chrono::duration<double> exact{};
  empty nothing;
  friend bool operator==(const everything&, const everything&) = default;
};

everything sample() {
  everything out;
  out.flag = true;
  out.letter = 'z';
  out.paint = colour::green;
  out.bits = {true, false, true};
  out.blob = {std::byte{1}, std::byte{0xff}};
  out.token = {std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}};
  out.queue = {-1, 300};
  out.chain = {{"a", 1}, {"b", 2}};
  out.two = {inner{"c", 3}, inner{"d", 4}};
  out.names = {"x", "y"};
  out.numbers = {5, 6, 7};
  out.table = {{"k", {"v", 0.5}}, {"", {}}};
  out.index = {{1, {"one"}}, {2, {}}};
  out.pair = {8, "eight"};
  out.tuple = {9, {"nine", 9}, true};
  out.maybe = inner{"e", 5};
  out.choice = inner{"f", 6};
  out.wait = -250ms;
  out.exact = std::chrono::duration<double>(1.5);
  return out;
}

TEST(codec, every_portable_type_comes_back) {
  EXPECT_EQ(back(sample()), sample());
  EXPECT_EQ(back(everything{}), everything{});
}

struct v1 {
  std::string name;
  friend bool operator==(const v1&, const v1&) = default;
};
struct v2 {
  std::string name;
  int count = 7;
  std::vector<int> list = {1, 2};
};

TEST(codec, missing_trailing_fields_get_their_defaults) {
  const auto got = decode<v2>(encoded(v1{"old"}));
  ASSERT_TRUE(got);
  EXPECT_EQ(got->name, "old");
  EXPECT_EQ(got->count, 7);
  EXPECT_EQ(got->list, (std::vector<int>{1, 2}));
}

TEST(codec, extra_trailing_fields_are_skipped) {
  EXPECT_EQ(decode<v1>(encoded(v2{"new", 8, {3}})), v1{"new"});
  EXPECT_EQ(decode<empty>(encoded(sample())), empty{}) << "whatever they hold";
}

TEST(codec, a_default_is_replaced_and_not_added_to) {
  const auto got = decode<v2>(encoded(v2{"x", 1, {9}}));
  ASSERT_TRUE(got);
  EXPECT_EQ(got->list, std::vector<int>{9});
}

struct with_payload {
  std::uint32_t id = 0;
  bytes payload;
};

TEST(codec, bytes_are_slices_of_the_input_when_it_is_owned) {
  bytes input = encoded(with_payload{1, bytes::copy_of(as_bytes_view("payload"))});
  const std::byte* const where = input.data();
  const std::size_t size = input.size();
  const auto got = decode<with_payload>(input);
  input = {};
  ASSERT_TRUE(got);
  EXPECT_EQ(got->payload.text(), "payload");
  EXPECT_EQ(got->payload.data(), where + size - 7);
}

TEST(codec, bytes_are_copied_when_the_input_is_only_seen) {
  const bytes input = encoded(with_payload{1, bytes::copy_of(as_bytes_view("payload"))});
  const auto got = decode<with_payload>(input.view());
  ASSERT_TRUE(got);
  EXPECT_EQ(got->payload.text(), "payload");
  EXPECT_NE(got->payload.data(), input.data() + input.size() - 7);
}

TEST(codec, prefix_tells_where_the_rest_begins) {
  byte_buffer out;
  encode(out, hit{"/a", 1});
  const std::size_t header = out.size();
  out.append(as_bytes_view("raw"));
  const bytes input = out.take();
  std::size_t consumed = 0;
  EXPECT_EQ(troupe::decode_prefix<hit>(input, consumed), (hit{"/a", 1}));
  EXPECT_EQ(consumed, header);
  EXPECT_EQ(troupe::decode_prefix<hit>(input.view(), consumed), (hit{"/a", 1}));
}

TEST(codec, values_follow_each_other_in_one_buffer) {
  byte_buffer out;
  for (std::uint64_t i = 0; i < 1000; ++i) encode(out, hit{"/" + std::to_string(i), i});
  bytes input = out.take();
  for (std::uint64_t i = 0; i < 1000; ++i) {
    std::size_t consumed = 0;
    ASSERT_EQ(troupe::decode_prefix<hit>(input, consumed), (hit{"/" + std::to_string(i), i}));
    input = input.slice(consumed, input.size() - consumed);
  }
  EXPECT_TRUE(input.empty());
}

TEST(codec, durations_beyond_64_bit_nanoseconds_are_cut_to_them) {
  using std::chrono::duration_cast;
  constexpr auto longest = std::chrono::nanoseconds::max();
  EXPECT_EQ(back(std::chrono::milliseconds::max()), duration_cast<std::chrono::milliseconds>(longest));
  EXPECT_EQ(back(std::chrono::hours::min()), duration_cast<std::chrono::hours>(-longest));
  EXPECT_EQ(back(std::chrono::nanoseconds::min()), std::chrono::nanoseconds::min());
  using seconds = std::chrono::duration<double>;
  EXPECT_EQ(back(seconds(1e300)).count(), 0x1p63 / 1e9);
  EXPECT_EQ(back(seconds(-1e300)).count(), -0x1p63 / 1e9);
  EXPECT_EQ(back(seconds(std::nan(""))).count(), 0);
  using frames = std::chrono::duration<double, std::ratio<1, 60>>;
  EXPECT_EQ(back(frames(90)).count(), 90);
}

TEST(codec, nanoseconds_counted_in_floating_point_stay_what_they_are) {
  using seconds = std::chrono::duration<double>;
  const auto sent_on = [](std::int64_t nanoseconds) {
    return decode<std::chrono::nanoseconds>(encoded(back(seconds(std::chrono::nanoseconds(nanoseconds)))))
        ->count();
  };
  for (const std::int64_t each : {15, 30, -15, 500'789, 126'781'660}) EXPECT_EQ(sent_on(each), each);
}

struct tree {
  int value = 0;
  std::vector<tree> children;
  friend bool operator==(const tree&, const tree&) = default;
};

TEST(codec, a_struct_may_hold_itself_in_a_container) {
  const tree value{1, {{2, {{3, {}}}}, {4, {}}}};
  EXPECT_EQ(back(value), value);
}

struct rows_of_text {
  std::vector<std::vector<std::string>> rows;
  friend bool operator==(const rows_of_text&, const rows_of_text&) = default;
};

TEST(codec, nested_containers_come_back) {
  const rows_of_text value{{{"a", "b"}, {}, {"c"}}};
  EXPECT_EQ(back(value), value);
}

}  // namespace
}  // namespace codec_test
