// base/internal/decode_value.hpp - one portable value from MessagePack; nothing is trusted.
// Threads: plain functions. Only codec.hpp includes this file.
#pragma once
#include <troupe/base/internal/msgpack_read.hpp>
#include <troupe/base/internal/nanosecond_count.hpp>
#include <troupe/base/value_kind.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

namespace troupe::internal {

/// `value` is fresh or holds a default; on failure it is left in any state.
template <class T>
[[nodiscard]] bool decode_value(msgpack::reader& in, T& value);

template <class Int>
[[nodiscard]] bool decode_integer(msgpack::reader& in, Int& value) {
  msgpack::integer read{};
  if (!msgpack::read_integer(in, read)) return false;
  const bool fits =
      read.negative ? std::is_signed_v<Int> && static_cast<std::int64_t>(read.bits) >=
                                                   static_cast<std::int64_t>(std::numeric_limits<Int>::min())
                    : read.bits <= static_cast<std::uint64_t>(std::numeric_limits<Int>::max());
  if (!fits) [[unlikely]]
    return in.out_of_range(read, std::numeric_limits<Int>::digits, std::is_signed_v<Int>);
  value = static_cast<Int>(read.bits);
  return true;
}

template <class Float>
[[nodiscard]] bool decode_float(msgpack::reader& in, Float& value) {
  double read = 0;
  if (!msgpack::read_float(in, read)) return false;
  if constexpr (sizeof(Float) < sizeof(double)) {
    const double size = read < 0 ? -read : read;
    if (size > std::numeric_limits<Float>::max() && size <= std::numeric_limits<double>::max())
      return in.wrong("a float64 does not fit into float32");
  }
  value = static_cast<Float>(read);
  return true;
}

template <class Duration>
[[nodiscard]] bool decode_duration(msgpack::reader& in, Duration& value) {
  std::int64_t nanoseconds = 0;
  if (!decode_integer(in, nanoseconds)) return false;
  return set_nanoseconds(value, nanoseconds) || in.wrong("a duration does not fit into its type");
}

/// Memory is reserved for at most eight times the input that is left: a short input cannot claim much.
template <class Container>
void reserve_within(const msgpack::reader& in, Container& out, std::size_t count) {
  if constexpr (requires { out.reserve(count); })
    out.reserve(std::min(count, 1 + 8 * in.left() / sizeof(typename Container::value_type)));
}

template <class Sequence>
[[nodiscard]] bool decode_sequence(msgpack::reader& in, Sequence& value) {
  std::size_t count = 0;
  if (!msgpack::read_array_header(in, count) || !in.enter()) return false;
  value.clear();
  reserve_within(in, value, count);
  for (std::size_t i = 0; i < count; ++i) {
    typename Sequence::value_type each{};
    if (!decode_value(in, each)) return in.inside_element(i);
    value.push_back(std::move(each));
  }
  in.leave();
  return true;
}

template <class Set>
[[nodiscard]] bool decode_set(msgpack::reader& in, Set& value) {
  std::size_t count = 0;
  if (!msgpack::read_array_header(in, count) || !in.enter()) return false;
  value.clear();
  reserve_within(in, value, count);
  for (std::size_t i = 0; i < count; ++i) {
    typename Set::value_type each{};
    if (!decode_value(in, each)) return in.inside_element(i);
    value.emplace_hint(value.end(), std::move(each));
    if (value.size() != i + 1) return in.wrong("holds an element twice"), in.inside_element(i);
  }
  in.leave();
  return true;
}

template <class Map>
[[nodiscard]] bool decode_map(msgpack::reader& in, Map& value) {
  std::size_t count = 0;
  if (!msgpack::read_map_header(in, count) || !in.enter()) return false;
  value.clear();
  reserve_within(in, value, count);
  for (std::size_t i = 0; i < count; ++i) {
    typename Map::key_type key{};
    typename Map::mapped_type mapped{};
    if (!decode_value(in, key) || !decode_value(in, mapped)) return in.inside_element(i);
    value.emplace_hint(value.end(), std::move(key), std::move(mapped));
    if (value.size() != i + 1) return in.wrong("holds a key twice"), in.inside_element(i);
  }
  in.leave();
  return true;
}

/// An array of exactly `size` elements.
[[nodiscard]] inline bool enter_exactly(msgpack::reader& in, std::size_t size) {
  std::size_t count = 0;
  if (!msgpack::read_array_header(in, count) || !in.enter()) return false;
  return count == size ||
         in.wrong("expected " + std::to_string(size) + " elements, found " + std::to_string(count));
}

template <class Array>
[[nodiscard]] bool decode_array(msgpack::reader& in, Array& value) {
  if (!enter_exactly(in, value.size())) return false;
  for (std::size_t i = 0; i < value.size(); ++i)
    if (!decode_value(in, value[i])) return in.inside_element(i);
  in.leave();
  return true;
}

template <class Tuple>
[[nodiscard]] bool decode_tuple(msgpack::reader& in, Tuple& value) {
  if (!enter_exactly(in, std::tuple_size_v<Tuple>)) return false;
  [[maybe_unused]] std::size_t at = 0;
  const bool whole =
      std::apply([&](auto&... each) { return ((decode_value(in, each) ? ++at != 0 : false) && ...); }, value);
  if (!whole) return in.inside_element(at);
  in.leave();
  return true;
}

template <class Variant>
[[nodiscard]] bool decode_variant(msgpack::reader& in, Variant& value) {
  constexpr std::size_t size = std::variant_size_v<Variant>;
  std::size_t index = 0;
  if (!enter_exactly(in, 2)) return false;
  if (!decode_integer(in, index)) return in.inside_element(0);
  if (index >= size)
    return in.wrong("alternative " + std::to_string(index) + " of a variant of " + std::to_string(size));
  const bool whole = [&]<std::size_t... I>(std::index_sequence<I...>) {
    return ((index == I && decode_value(in, value.template emplace<I>())) || ...);
  }
  (std::make_index_sequence<size>{});
  if (!whole) return in.inside_element(1);
  in.leave();
  return true;
}

template <class T>
[[nodiscard]] bool decode_struct(msgpack::reader& in, T& value) {
  std::size_t count = 0;
  if (!msgpack::read_array_header(in, count) || !in.enter()) return false;
  const bool whole = with_fields(value, [&]([[maybe_unused]] auto&... fields) {
    [[maybe_unused]] std::size_t at = 0;
    return ((at >= count || (decode_value(in, fields) ? ++at != 0 : in.inside_field(field_names<T>[at]))) &&
            ...);
  });
  if (!whole) return false;
  if (count > field_count<T> && !msgpack::skip(in, count - field_count<T>)) return false;
  in.leave();
  return true;
}

template <class Blob>
[[nodiscard]] bool decode_blob(msgpack::reader& in, Blob& value) {
  byte_view part;
  if (!msgpack::read_blob(in, part)) return false;
  if constexpr (kind_of<Blob>() == value_kind::text) {
    value.assign(reinterpret_cast<const char*>(part.data()), part.size());
  } else if constexpr (kind_of<Blob>() == value_kind::byte_vector) {
    value.assign(part.begin(), part.end());
  } else if constexpr (kind_of<Blob>() == value_kind::byte_array) {
    if (part.size() != value.size())
      return in.wrong("expected " + std::to_string(value.size()) + " bytes, found " +
                      std::to_string(part.size()));
    std::copy(part.begin(), part.end(), value.begin());
  } else {
    value = in.cut(part);
  }
  return true;
}

template <class T>
bool decode_value(msgpack::reader& in, T& value) {
  constexpr value_kind kind = kind_of<T>();
  if constexpr (kind == value_kind::boolean) {
    return msgpack::read_bool(in, value);
  } else if constexpr (kind == value_kind::integer) {
    return decode_integer(in, value);
  } else if constexpr (kind == value_kind::floating) {
    return decode_float(in, value);
  } else if constexpr (kind == value_kind::enumeration) {
    std::underlying_type_t<T> number{};
    if (!decode_value(in, number)) return false;
    value = static_cast<T>(number);
    return true;
  } else if constexpr (kind == value_kind::duration) {
    return decode_duration(in, value);
  } else if constexpr (kind == value_kind::text || kind == value_kind::blob ||
                       kind == value_kind::byte_vector || kind == value_kind::byte_array) {
    return decode_blob(in, value);
  } else if constexpr (kind == value_kind::sequence) {
    return decode_sequence(in, value);
  } else if constexpr (kind == value_kind::array) {
    return decode_array(in, value);
  } else if constexpr (kind == value_kind::set) {
    return decode_set(in, value);
  } else if constexpr (kind == value_kind::map) {
    return decode_map(in, value);
  } else if constexpr (kind == value_kind::product) {
    return decode_tuple(in, value);
  } else if constexpr (kind == value_kind::optional) {
    if (in.peek() != msgpack::nil) return decode_value(in, value.emplace());
    value.reset();
    return msgpack::read_nil(in);
  } else if constexpr (kind == value_kind::variant) {
    return decode_variant(in, value);
  } else if constexpr (kind == value_kind::nothing) {
    return msgpack::read_nil(in);
  } else if constexpr (kind == value_kind::represented) {
    typename representation<T>::type written{};
    return decode_value(in, written) && (representation<T>::restore(std::move(written), value) ||
                                         in.wrong(std::string(representation<T>::fault)));
  } else {
    return decode_struct(in, value);
  }
}

}  // namespace troupe::internal
