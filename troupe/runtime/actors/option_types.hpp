// runtime/actors/option_types.hpp - which types the options of an actor may have, and the sentence that says
// why another one may not.
// Threads: compile time only.
#pragma once
#include <troupe/actors/address.hpp>
#include <troupe/base/reflect.hpp>
#include <troupe/base/refuse.hpp>
#include <troupe/base/value_kind.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <ratio>
#include <string>
#include <string_view>
#include <type_traits>

namespace troupe::runtime {

template <class T>
inline constexpr bool is_address = false;
template <class... Ms>
inline constexpr bool is_address<address<Ms...>> = true;

template <class T>
inline constexpr bool is_character =
    std::same_as<T, char> || std::same_as<T, wchar_t> || std::same_as<T, char8_t> ||
    std::same_as<T, char16_t> || std::same_as<T, char32_t>;

/// A duration whose unit is a whole number of nanoseconds, or whose count may be a fraction.
template <class T>
inline constexpr bool is_readable_duration =
    std::is_floating_point_v<typename T::rep> || std::ratio_divide<typename T::period, std::nano>::den == 1;

/// "of type 'char*' cannot stand in a file" and the like, with the way through the fields before it; empty
/// when T is fine. Seen are the structs around it: a type that holds itself is judged once.
template <class T, class... Seen>
consteval compile_time_text option_obstacle();

template <class T>
consteval compile_time_text type_obstacle(std::string_view why) {
  compile_time_text out("of type '");
  out += type_name<T>();
  out += "' ";
  return out += why;
}

template <class Field, class... Seen>
consteval compile_time_text field_obstacle(std::string_view name) {
  compile_time_text inner;
  if constexpr (std::is_reference_v<Field> || std::is_const_v<Field>) {
    inner = type_obstacle<Field>("cannot be written to");
  } else {
    inner = option_obstacle<Field, Seen...>();
  }
  if (inner.empty()) return inner;
  compile_time_text out("field '");
  out += name;
  out += "' ";
  return out += inner.view();
}

template <class T, class... Seen, class... Fields>
consteval compile_time_text fields_obstacle(internal::type_list<Fields...>) {
  compile_time_text out;
  [[maybe_unused]] std::size_t at = 0;
  static_cast<void>(((out = field_obstacle<Fields, T, Seen...>(field_names<T>[at++]), !out.empty()) || ...));
  return out;
}

template <class T, class... Seen>
consteval compile_time_text option_obstacle() {
  constexpr value_kind kind = kind_of<T>();
  if constexpr (is_address<T> || kind == value_kind::boolean || kind == value_kind::floating ||
                kind == value_kind::text) {
    return {};
  } else if constexpr (kind == value_kind::integer) {
    if constexpr (is_character<T>)
      return type_obstacle<T>("is a character: use std::string");
    else if constexpr (sizeof(T) > 8)
      return type_obstacle<T>("has more than 64 bits");
    else
      return {};
  } else if constexpr (kind == value_kind::enumeration) {
    if constexpr (!named_enum<T>)
      return type_obstacle<T>("is neither scoped nor of a fixed type");
    else if constexpr (enumerators<T>.empty())
      return type_obstacle<T>("has no enumerators from -16 to 127");
    else
      return {};
  } else if constexpr (kind == value_kind::duration) {
    return is_readable_duration<T> ? compile_time_text()
                                   : type_obstacle<T>("is no whole number of nanoseconds");
  } else if constexpr (kind == value_kind::optional || kind == value_kind::sequence) {
    return option_obstacle<typename T::value_type, Seen...>();
  } else if constexpr (kind == value_kind::map) {
    if constexpr (!std::same_as<typename T::key_type, std::string>)
      return type_obstacle<T>("has keys that are no std::string");
    else
      return option_obstacle<typename T::mapped_type, Seen...>();
  } else if constexpr (kind == value_kind::structure) {
    if constexpr ((std::same_as<T, Seen> || ...))
      return {};
    else if constexpr (!std::default_initializable<T>)
      return type_obstacle<T>("has no default value");
    else
      return fields_obstacle<T, Seen...>(field_types<T>());
  } else if constexpr (std::is_aggregate_v<T> && !reflectable<T>) {
    return type_obstacle<T>(why_not_reflectable<T>());
  } else {
    return type_obstacle<T>("cannot stand in a file");
  }
}

/// The whole sentence; empty when a T may be filled from the file.
template <class T>
consteval compile_time_text why_not_fillable() {
  compile_time_text reason;
  if constexpr (kind_of<T>() == value_kind::structure)
    reason = option_obstacle<T>();
  else if constexpr (std::is_aggregate_v<T>)
    reason = type_obstacle<T>(why_not_reflectable<T>());
  else
    reason = type_obstacle<T>("is not a plain struct");
  if (reason.empty()) return reason;
  compile_time_text out("troupe: options cannot be filled from the file: ");
  return out += reason.view();
}

/// A plain struct of bool, integers, float, double, std::string, durations of std::chrono, enums (scoped or of a
/// fixed type), addresses, and optional, vector, deque, list, maps from std::string and plain structs of these.
template <class T>
concept fillable = why_not_fillable<T>()
.empty();

}  // namespace troupe::runtime
