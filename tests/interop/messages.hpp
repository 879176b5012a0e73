// tests/interop/messages.hpp - messages that between them hold every kind of value the codec knows.
// Threads: plain values.
// Source: docs/wire-values.md, "Forms".
#pragma once
#include <troupe/base/bytes.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

namespace troupe::interop {

struct integers {
  std::int8_t i8 = 0;
  std::uint8_t u8 = 0;
  std::int16_t i16 = 0;
  std::uint16_t u16 = 0;
  std::int32_t i32 = 0;
  std::uint32_t u32 = 0;
  std::int64_t i64 = 0;
  std::uint64_t u64 = 0;
  char16_t letter = 0;
  bool flag = false;
};
struct reals {
  float narrow = 0;
  double wide = 0;
};
struct texts {
  std::string text;
  troupe::bytes shared;
  std::vector<std::byte> owned;
  std::array<std::byte, 16> id{};
};

enum class colour : std::uint8_t { red, green, blue };
enum class sign : std::int8_t { minus = -1, zero, plus };
enum large : std::uint64_t { small };  // a fixed type, and no names for what is large
struct choices {
  colour paint = colour::red;
  sign side = sign::zero;
  large number = small;
  std::optional<std::string> name;
  std::optional<std::vector<std::int32_t>> list;
  std::variant<std::monostate, std::int32_t, std::string, reals> either;
  std::monostate nothing;
};
struct sequences {
  std::vector<std::int32_t> numbers;
  std::deque<std::uint16_t> queue;
  std::list<std::string> words;
  std::vector<bool> bits;
  std::array<double, 3> three{};
  std::array<colour, 2> two{};
  std::vector<std::vector<std::int64_t>> rows;
};
struct tables {
  std::set<std::int32_t> numbers;
  std::set<std::string> names;
  std::map<std::string, std::int64_t> counts;
  std::map<std::uint16_t, std::vector<std::string>> index;
  std::map<std::pair<std::int32_t, bool>, double> pairs;
};
struct loose_tables {
  std::unordered_set<std::uint32_t> numbers;
  std::unordered_map<std::string, double> weights;
};
struct products {
  std::pair<std::int32_t, std::string> both;
  std::tuple<std::uint8_t, float, bool> three;
  std::tuple<> none;
  std::chrono::nanoseconds time{};
};

struct empty {};
struct inner {
  std::string name = "nobody";
  double weight = 1;
};
struct nested {
  inner one;
  std::vector<inner> many;
  std::map<std::string, inner> named;
  std::optional<inner> maybe;
  std::array<reals, 2> pair{};
  empty nothing;
  std::variant<inner, std::vector<inner>> either;
};
struct tree {
  std::int32_t value = 0;
  std::vector<tree> children;
};

// What is not exact (the test has its own rules for them).
struct times {
  std::chrono::milliseconds milliseconds{};
  std::chrono::seconds seconds{};
  std::chrono::duration<std::int8_t> short_seconds{};
  std::chrono::duration<double> exact_seconds{};
};
struct defaults {
  std::uint32_t id = 0;
  std::string name = "nobody";
  std::vector<std::int32_t> list = {1, 2};
  std::optional<double> weight = 0.5;
};

}  // namespace troupe::interop
