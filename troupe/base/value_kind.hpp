// base/value_kind.hpp - sorts types by how their values are written: the one list that codec, json and shape
// share.
// Threads: compile time only.
#pragma once
#include <troupe/base/bytes.hpp>
#include <troupe/base/reflect.hpp>
#include <troupe/base/representation.hpp>

#include <array>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

namespace troupe {

enum class value_kind : std::uint8_t {
  boolean,
  integer,      // every integral type of up to 64 bits but bool; character types too
  floating,     // float, double
  enumeration,  // by the underlying integer
  duration,     // std::chrono::duration, as nanoseconds
  text,         // std::string
  blob,         // troupe::bytes
  byte_vector,  // std::vector<std::byte>
  byte_array,   // std::array<std::byte, N>
  sequence,     // std::vector, std::deque, std::list
  array,        // std::array
  set,          // std::set, std::unordered_set: unique keys
  map,          // std::map, std::unordered_map: unique keys
  product,      // std::pair, std::tuple
  optional,
  variant,
  nothing,      // std::monostate
  represented,  // as a value of another type
  structure,    // a reflectable struct
  other         // none of these: cannot be written
};

namespace internal {

template <class T, template <class...> class Template>
inline constexpr bool is_from = false;
template <class... Args, template <class...> class Template>
inline constexpr bool is_from<Template<Args...>, Template> = true;

template <class T>
inline constexpr bool is_std_array = false;
template <class T, std::size_t N>
inline constexpr bool is_std_array<std::array<T, N>> = true;

// A struct derived from a container is an aggregate and none: written as one, it would lose its own fields.
template <class T>
concept unique_container = !std::is_aggregate_v<T> && requires(T & t, typename T::value_type v) {
  typename T::key_type;
  { t.insert(std::move(v)).second } -> std::convertible_to<bool>;
  t.begin();
  t.end();
};

template <class T>
concept growing_sequence = !std::is_aggregate_v<T> && requires(T & t, const T& c, typename T::value_type v) {
  t.push_back(std::move(v));
  t.clear();
  c.begin();
  c.end();
  c.size();
};

template <class T>
consteval value_kind kind_of_class() {
  if constexpr (std::same_as<T, std::string>) {
    return value_kind::text;
  } else if constexpr (std::same_as<T, bytes>) {
    return value_kind::blob;
  } else if constexpr (std::same_as<T, std::monostate>) {
    return value_kind::nothing;
  } else if constexpr (represented<T>) {
    return value_kind::represented;
  } else if constexpr (is_std_array<T>) {
    return std::same_as<typename T::value_type, std::byte> ? value_kind::byte_array : value_kind::array;
  } else if constexpr (is_from<T, std::optional>) {
    return value_kind::optional;
  } else if constexpr (is_from<T, std::variant>) {
    return value_kind::variant;
  } else if constexpr (is_from<T, std::pair> || is_from<T, std::tuple>) {
    return value_kind::product;
  } else if constexpr (requires {
                         typename T::period;
                         requires std::same_as<T, std::chrono::duration<typename T::rep, typename T::period>>;
                       }) {
    return value_kind::duration;
  } else if constexpr (unique_container<T>) {
    return requires {
      typename T::mapped_type;
    }
    ? value_kind::map : value_kind::set;
  } else if constexpr (growing_sequence<T> && !is_from<T, std::basic_string>) {
    const bool of_bytes = std::same_as<typename T::value_type, std::byte> && requires(T & t) {
      t.data();
    };
    return of_bytes ? value_kind::byte_vector : value_kind::sequence;
  } else {
    return reflectable<T> ? value_kind::structure : value_kind::other;
  }
}

}  // namespace internal

/// The kind of T without const and reference.
template <class T>
[[nodiscard]] consteval value_kind kind_of() {
  if constexpr (std::same_as<T, bool>) {
    return value_kind::boolean;
  } else if constexpr (std::integral<T>) {
    return value_kind::integer;
  } else if constexpr (std::same_as<T, float> || std::same_as<T, double>) {
    return value_kind::floating;
  } else if constexpr (std::is_enum_v<T>) {
    return value_kind::enumeration;
  } else if constexpr (std::is_class_v<T>) {
    return internal::kind_of_class<T>();
  } else {
    return value_kind::other;
  }
}

}  // namespace troupe
