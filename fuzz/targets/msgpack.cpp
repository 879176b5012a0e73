// Any bytes as MessagePack values. The first byte picks the type, the rest is the value.
#include "../promise.hpp"

#include <troupe/base/codec.hpp>
#include <troupe/base/json.hpp>
#include <troupe/base/json_check.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <optional>
#include <ratio>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

namespace {

using namespace troupe;
using fuzz::promise;

enum class colour : std::uint8_t { red, green = 7, blue };

struct scalars {
  bool yes = false;
  std::int8_t small = 0;
  std::uint16_t medium = 0;
  std::int64_t wide = 0;
  std::uint64_t widest = 0;
  float single = 0;
  double twice = 0;
  colour paint = colour::red;
  char letter = 0;
};
struct blobs {
  std::string text;
  bytes shared;
  std::vector<std::byte> owned;
  std::array<std::byte, 4> four{};
};
struct times {
  std::chrono::nanoseconds exact{0};
  std::chrono::milliseconds coarse{0};
  std::chrono::duration<std::int16_t, std::ratio<3600>> hours{0};
  std::chrono::duration<double> real{0};
};
struct tree {
  std::int32_t value = 0;
  std::vector<tree> children;
};
struct nested {
  std::vector<std::string> names;
  std::deque<scalars> rows;
  std::list<std::pair<std::uint8_t, std::string>> pairs;
  std::map<std::string, std::vector<std::uint32_t>> lists;
  std::set<std::int32_t> numbers;
  std::tuple<std::int8_t, std::array<std::uint16_t, 3>> fixed;
  std::optional<blobs> perhaps;
  std::variant<std::monostate, std::string, scalars, std::vector<double>> one_of;
};
struct without_order {
  std::unordered_map<std::string, std::int64_t> counts;
  std::unordered_set<std::uint32_t> seen;
  friend bool operator==(const without_order&, const without_order&) = default;
};

/// Bytes of memory that a byte of input may cost: the largest element a byte can make, three times while a
/// vector grows, and eight per container that may be open at once (docs/wire-values.md, "Limits").
struct cost {
  std::size_t element;
  std::size_t open;
  [[nodiscard]] std::size_t of(std::size_t input) const {
    constexpr std::size_t message = 8192;  // an error with its path
    return input * (3 * element + 8 * open) + open * element + message;
  }
};

template <class T>
bytes encoded(const T& value) {
  byte_buffer out;
  encode(out, value);
  return out.take();
}

bool same(const bytes& a, const bytes& b) {
  return std::equal(a.view().begin(), a.view().end(), b.view().begin(), b.view().end());
}

template <class T>
void check_stable(const T& value) {
  const bytes once = encoded(value);
  const auto again = decode<T>(once);
  promise(again.has_value(), "what we wrote, we can read");
  if constexpr (std::is_same_v<T, without_order>) {
    promise(value == *again, "a value that was written and read is equal");
  } else {
    promise(same(once, encoded(*again)), "a value that was written and read is written alike");
  }
  std::string json;
  to_json(json, value);
  promise(!find_json_fault(json), "any value is written as JSON that is JSON");
}

template <class T>
void check_ends(const bytes& input) {
  std::vector<std::byte> longer(input.view().begin(), input.view().end());
  longer.push_back(std::byte{0});
  promise(!decode<T>(byte_view(longer)), "a byte behind the value is refused");
  std::size_t consumed = 0;
  promise(decode_prefix<T>(byte_view(longer), consumed).has_value(),
          "a byte behind is no matter to a prefix");
  promise(consumed == input.size(), "a prefix ends where the value ends");
  promise(!decode<T>(input.view().first(input.size() - 1)), "a value without its last byte is refused");
}

template <class T>
void check(byte_view given, cost most) {
  const bytes input = bytes::copy_of(given);
  std::size_t peak = 0;
  const auto value = [&] {
    const fuzz::memory_meter meter;
    auto read = decode<T>(input.view());
    peak = meter.peak();
    return read;
  }();
  promise(peak <= most.of(input.size()), "decoding takes no more memory than a multiple of the input");
  promise(value.has_value() == decode<T>(input).has_value(), "slices and copies are judged alike");
  if (!value) {
    promise(value.error().code == errc::malformed, "what cannot be read is malformed");
    promise(!value.error().context.empty(), "an error says what is wrong");
    return;
  }
  check_stable(*value);
  check_ends<T>(input);
}

constexpr std::size_t node = 64;  // of lists, sets and maps, beside what it holds

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::cutter in(std::as_bytes(std::span(data, size)));
  switch (in.byte() % 9) {
    case 0:
      check<scalars>(in.rest(), {0, 0});
      break;
    case 1:
      check<blobs>(in.rest(), {64, 0});
      break;
    case 2:
      check<times>(in.rest(), {0, 0});
      break;
    case 3:
      check<tree>(in.rest(), {sizeof(tree), 64});
      break;
    case 4:
      check<nested>(in.rest(), {sizeof(scalars) + node, 2});
      break;
    case 5:
      check<without_order>(in.rest(), {sizeof(std::string) + node, 1});
      break;
    case 6:
      check<std::vector<std::vector<std::string>>>(in.rest(), {sizeof(std::string), 2});
      break;
    case 7:
      check<std::map<std::uint8_t, std::map<std::int16_t, bytes>>>(in.rest(), {sizeof(bytes) + 2 * node, 0});
      break;
    default:
      check<std::optional<std::variant<double, std::vector<tree>, std::string>>>(in.rest(),
                                                                                 {sizeof(tree), 64});
      break;
  }
  return 0;
}
