// base/json.hpp - values as JSON text, field names by reflection. A writer only.
// Threads: plain functions.
// Source: RFC 8259; RFC 4648 section 4 (base64).
#pragma once
#include <troupe/base/bytes.hpp>
#include <troupe/base/internal/nanosecond_count.hpp>
#include <troupe/base/reflect.hpp>
#include <troupe/base/value_kind.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

namespace troupe {

/// Appends `text` as a JSON string with its quotes; each byte that is not UTF-8 becomes U+FFFD.
void append_json_string(std::string& out, std::string_view text);
/// Appends base64 (with padding) as a JSON string.
void append_json_base64(std::string& out, byte_view data);
/// The shortest text that reads back as the same number; null when it is not finite.
void append_json_number(std::string& out, double value);
void append_json_number(std::string& out, float value);
void append_json_number(std::string& out, std::int64_t value);
void append_json_number(std::string& out, std::uint64_t value);
/// Nanoseconds as a number of seconds, exact: 250ms is 0.25.
void append_json_seconds(std::string& out, std::int64_t count);

/// Appends `value`:
/// struct -> object with the names of its fields; sequence, set, array, pair, tuple -> array; map -> object
/// when its keys are strings, integers or enums (then in quotes), else an array of [key, value]; optional ->
/// value or null; variant -> the value of its alternative alone; monostate -> null; enum -> the name of its
/// enumerator, or its number when it has none; duration -> number of seconds, exact (250ms is 0.25); bytes ->
/// base64. Integers over 2^53 are written exactly; readers that hold numbers as double round them.
template <class T>
void to_json(std::string& out, const T& value);

namespace internal {

template <class Map>
void map_to_json(std::string& out, const Map& map) {
  constexpr value_kind key_kind = kind_of<typename Map::key_type>();
  constexpr bool object =
      key_kind == value_kind::text || key_kind == value_kind::integer || key_kind == value_kind::enumeration;
  out += object ? '{' : '[';
  bool first = true;
  for (const auto& [key, value] : map) {
    if (!std::exchange(first, false)) out += ',';
    if constexpr (key_kind == value_kind::integer) {
      out += '"';
      to_json(out, key);
      out += "\":";
    } else if constexpr (key_kind == value_kind::enumeration) {
      std::string name;
      to_json(name, key);
      out += name.front() == '"' ? name : '"' + name + '"';
      out += ':';
    } else if constexpr (object) {
      to_json(out, key);
      out += ':';
    } else {
      out += '[';
      to_json(out, key);
      out += ',';
    }
    to_json(out, value);
    if (!object) out += ']';
  }
  out += object ? '}' : ']';
}

template <class Range>
void range_to_json(std::string& out, const Range& range) {
  out += '[';
  bool first = true;
  for (auto&& each : range) {
    if (!std::exchange(first, false)) out += ',';
    to_json(out, static_cast<const typename Range::value_type&>(each));
  }
  out += ']';
}

template <class T>
void struct_to_json(std::string& out, const T& value) {
  out += '{';
  [[maybe_unused]] bool first = true;
  for_each_field(value, [&](std::string_view name, const auto& field) {
    out += std::exchange(first, false) ? "\"" : ",\"";
    out += name;
    out += "\":";
    to_json(out, field);
  });
  out += '}';
}

template <class E>
void enum_to_json(std::string& out, E value) {
  if (const std::string_view name = enum_name(value); !name.empty()) {
    append_json_string(out, name);
  } else {
    to_json(out, static_cast<std::underlying_type_t<E>>(value));
  }
}

template <class Tuple>
void tuple_to_json(std::string& out, const Tuple& tuple) {
  out += '[';
  [[maybe_unused]] bool first = true;
  std::apply(
      [&](const auto&... each) {
        ((out += std::exchange(first, false) ? "" : ",", to_json(out, each)), ...);
      },
      tuple);
  out += ']';
}

}  // namespace internal

template <class T>
void to_json(std::string& out, const T& value) {
  constexpr value_kind kind = kind_of<T>();
  if constexpr (kind == value_kind::boolean) {
    out += value ? "true" : "false";
  } else if constexpr (kind == value_kind::integer) {
    using wide = std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t>;
    append_json_number(out, static_cast<wide>(value));
  } else if constexpr (kind == value_kind::floating) {
    append_json_number(out, value);
  } else if constexpr (kind == value_kind::enumeration) {
    internal::enum_to_json(out, value);
  } else if constexpr (kind == value_kind::duration) {
    append_json_seconds(out, internal::nanosecond_count(value));
  } else if constexpr (kind == value_kind::text) {
    append_json_string(out, value);
  } else if constexpr (kind == value_kind::blob) {
    append_json_base64(out, value.view());
  } else if constexpr (kind == value_kind::byte_vector || kind == value_kind::byte_array) {
    append_json_base64(out, value);
  } else if constexpr (kind == value_kind::sequence || kind == value_kind::array || kind == value_kind::set) {
    internal::range_to_json(out, value);
  } else if constexpr (kind == value_kind::map) {
    internal::map_to_json(out, value);
  } else if constexpr (kind == value_kind::product) {
    internal::tuple_to_json(out, value);
  } else if constexpr (kind == value_kind::optional) {
    if (value) {
      to_json(out, *value);
    } else {
      out += "null";
    }
  } else if constexpr (kind == value_kind::variant) {
    std::visit([&](const auto& alternative) { to_json(out, alternative); }, value);
  } else if constexpr (kind == value_kind::nothing) {
    out += "null";
  } else if constexpr (kind == value_kind::structure) {
    internal::struct_to_json(out, value);
  } else {
    refuse<as_sentence<[] {
      compile_time_text text("troupe: '");
      text += type_name<T>();
      return text += "' cannot be written as JSON";
    }>()>();
  }
}

}  // namespace troupe
