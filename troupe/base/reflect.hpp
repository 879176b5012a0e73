// base/reflect.hpp - the fields, names and types of plain structs and enums, without macros.
// Threads: compile time and plain functions.
// Source: structured bindings, and the names that g++ and clang print for a pointer to a member of an object
// that is declared and never defined (works from g++ 12 and clang 16 on).
//
// What can be reflected: an aggregate with 0 to 32 fields, member functions and nested types as you like; no
// base class, no C array, no bit-field. Fields of any type are counted and named; what may stand in them is
// the business of the codec (portable) and of actors (sendable).
#pragma once
#include <troupe/base/internal/field_count.hpp>
#include <troupe/base/internal/field_table.hpp>
#include <troupe/base/internal/names.hpp>
#include <troupe/base/refuse.hpp>

#include <array>
#include <cstddef>
#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>

namespace troupe {

/// "hit" for n::hit, "pair_of<int>" for n::pair_of<int>: no namespaces, no enclosing classes or functions,
/// the same text from g++ and clang for names of one's own. Static storage.
template <class T>
[[nodiscard]] constexpr std::string_view type_name() {
  return internal::type_name_of<std::remove_cvref_t<T>>;
}

/// Why T has no fields to see, as the rest of a sentence ("has a base class"); empty when it has.
template <class T>
[[nodiscard]] consteval std::string_view why_not_reflectable() {
  if constexpr (!std::is_class_v<T>) {
    return "is not a struct";
  } else if constexpr (!std::is_aggregate_v<T>) {
    return "is not a plain struct (it has constructors, private fields, virtual functions or a private base)";
  } else if constexpr (internal::has_base<T>()) {
    return "has a base class, whose fields cannot be seen: make it a field";
  } else {
    constexpr std::size_t count = internal::count_fields<T>();
    if constexpr (count == internal::no_count) {
      return "cannot be initialised field by field";
    } else if constexpr (count > internal::max_fields) {
      return "has more than 32 fields: group some of them in a struct";
    } else if constexpr (internal::has_long_array<T, count>()) {
      return "has a C array: use std::array";
    } else if constexpr (internal::has_array_of_one<T, count>()) {
      return "has a C array: use std::array";
    } else {
      return {};
    }
  }
}

/// A struct whose fields can be seen (top of this file).
template <class T>
concept reflectable = why_not_reflectable<std::remove_cv_t<T>>()
.empty();

template <reflectable T>
inline constexpr std::size_t field_count = internal::count_fields<std::remove_cv_t<T>>();

/// f(field...) with references to all fields of `value` in order of declaration; const as `value` is. Returns
/// what f returns. For a struct without fields: f().
template <class T, class F>
constexpr decltype(auto) with_fields(T& value, F&& f) {
  using plain = std::remove_cv_t<T>;
  if constexpr (reflectable<plain>) {
    return internal::apply_to_fields<field_count<plain>>(value, std::forward<F>(f));
  } else {
    refuse<as_sentence<[] { return internal::not_reflectable<plain>(why_not_reflectable<plain>()); }>()>();
  }
}

using internal::type_list;

/// type_list<...> of the declared types of the fields (a field `int& x` stands as int&).
template <reflectable T>
using field_types = decltype(internal::declared_types<field_count<T>>(std::declval<T&>()));

/// The names of the fields in order of declaration; "field 1", "field 2", … when T holds references, whose
/// names the compilers do not tell. Static storage.
template <reflectable T>
inline constexpr std::array<std::string_view, field_count<T>> field_names =
    internal::names_of_fields<T, field_count<T>>(field_types<T>());

/// f(name, field) for each field in order of declaration.
template <class T, class F>
constexpr void for_each_field(T& value, F&& f) {
  using plain = std::remove_cv_t<T>;
  if constexpr (reflectable<plain>) {
    with_fields(value, [&]([[maybe_unused]] auto&... fields) {
      [[maybe_unused]] std::size_t at = 0;
      (static_cast<void>(f(field_names<plain>[at++], fields)), ...);
    });
  } else {
    refuse<as_sentence<[] { return internal::not_reflectable<plain>(why_not_reflectable<plain>()); }>()>();
  }
}

/// An enum whose enumerators have names for us: scoped, or with a fixed underlying type.
template <class E>
concept named_enum = std::is_enum_v<E> && requires {
  E{0};
};

/// One enumerator: its value and its name without the enum's.
template <class E>
using enumerator = internal::enumerator<E>;

/// All enumerators of E with values from -16 to 127 in order of value; others have no name here. Two
/// enumerators of one value: the name of the first.
template <named_enum E>
inline constexpr auto enumerators = internal::enumerators_of<E>();

/// The name of an enumerator; empty when the value has none, or lies outside -16 … 127.
template <class E>
requires std::is_enum_v<E>
[[nodiscard]] constexpr std::string_view enum_name([[maybe_unused]] E value) noexcept {
  if constexpr (named_enum<E>) {
    for (const auto& each : enumerators<E>)
      if (each.value == value) return each.name;
  }
  return {};
}

}  // namespace troupe
