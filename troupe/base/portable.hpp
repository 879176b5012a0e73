// base/portable.hpp - which types can be encoded, and the sentence that says why another one cannot.
// Threads: compile time only.
#pragma once
#include <troupe/base/internal/nanosecond_count.hpp>
#include <troupe/base/reflect.hpp>
#include <troupe/base/value_kind.hpp>

#include <concepts>
#include <cstddef>
#include <string_view>
#include <type_traits>

namespace troupe {

namespace internal {

/// `prefix` + `name` + `suffix`, or nothing when `inner` is empty, else followed by inner.
constexpr compile_time_text located(std::string_view prefix, std::string_view name, std::string_view suffix,
                                    const compile_time_text& inner) {
  if (inner.empty()) return {};
  compile_time_text out(prefix);
  out += name;
  out += suffix;
  return out += inner.view();
}

template <class T>
consteval compile_time_text plain_reason(std::string_view reason) {
  compile_time_text out("of type '");
  out += type_name<T>();
  out += "' ";
  return out += reason;
}

template <class T, class... Seen>
consteval compile_time_text obstacle();

/// Among Seen: the value is to be kept, so that nothing in it may depend on who runs.
struct at_rest {};

/// The first obstacle among several types.
template <class List, class... Seen>
struct first_obstacle;

template <class... T, class... Seen>
struct first_obstacle<type_list<T...>, Seen...> {
  static consteval compile_time_text find() {
    compile_time_text out;
    static_cast<void>(((out = obstacle<T, Seen...>(), !out.empty()) || ...));
    return out;
  }
};

template <class Field, class... Seen>
consteval compile_time_text field_obstacle() {
  if constexpr (std::is_reference_v<Field> || std::is_const_v<Field>) {
    return compile_time_text("is const or a reference, so it cannot be decoded");
  } else {
    return obstacle<Field, Seen...>();
  }
}

template <class T, class... Seen, class... Fields>
consteval compile_time_text struct_obstacle(type_list<Fields...>) {
  compile_time_text out;
  [[maybe_unused]] std::size_t at = 0;
  static_cast<void>(
      ((out = located("field '", field_names<T>[at++], "' ", field_obstacle<Fields, T, Seen...>()),
        !out.empty()) ||
       ...));
  if (out.empty() && !requires { T{}; })
    return plain_reason<T>("has no default value, so it cannot be decoded");
  return out;
}

template <class T>
struct arguments_of;
template <template <class...> class Template, class... Args>
struct arguments_of<Template<Args...>> {
  using list = type_list<Args...>;
};

/// An optional writes nil for "none": what is inside must not be written as nil too.
template <class T>
inline constexpr bool may_be_nil = kind_of<T>() == value_kind::optional
                                   || kind_of<T>() == value_kind::nothing;

/// Why T cannot be encoded and decoded; empty when it can. Seen are the structs around it: a type that holds
/// itself (in a vector, say) is judged once; and perhaps at_rest.
template <class T, class... Seen>
consteval compile_time_text obstacle() {
  constexpr value_kind kind = kind_of<T>();
  if constexpr (kind == value_kind::integer) {
    return sizeof(T) > 8 ? plain_reason<T>("has more than 64 bits") : compile_time_text();
  } else if constexpr (kind == value_kind::enumeration) {
    return named_enum<T> ? compile_time_text()
                         : plain_reason<T>("has no fixed underlying type, so that not every number is one");
  } else if constexpr (kind == value_kind::duration) {
    return countable_duration<T> ? compile_time_text() : plain_reason<T>("is no whole number of nanoseconds");
  } else if constexpr (kind == value_kind::sequence || kind == value_kind::array || kind == value_kind::set) {
    return located("element ", "", "", obstacle<typename T::value_type, Seen...>());
  } else if constexpr (kind == value_kind::map) {
    const auto key = located("key ", "", "", obstacle<typename T::key_type, Seen...>());
    return key.empty() ? located("value ", "", "", obstacle<typename T::mapped_type, Seen...>()) : key;
  } else if constexpr (kind == value_kind::optional) {
    using inner = typename T::value_type;
    if constexpr (may_be_nil<inner>)
      return plain_reason<inner>("inside an optional cannot be told from none");
    return obstacle<inner, Seen...>();
  } else if constexpr (kind == value_kind::product || kind == value_kind::variant) {
    return first_obstacle<typename arguments_of<T>::list, Seen...>::find();
  } else if constexpr (kind == value_kind::represented) {
    return (std::same_as<at_rest, Seen> || ...)
               ? plain_reason<T>(
                     "means something only while its process runs: it travels in messages between actors")
               : obstacle<typename representation<T>::type, Seen...>();
  } else if constexpr (kind == value_kind::structure) {
    if constexpr ((std::same_as<T, Seen> || ...)) {
      return {};
    } else {
      return struct_obstacle<T, Seen...>(field_types<T>());
    }
  } else if constexpr (kind == value_kind::other) {
    if constexpr (std::is_pointer_v<T> || std::same_as<T, std::string_view>) {
      return plain_reason<T>("does not own its data");
    } else if constexpr (std::is_aggregate_v<T>) {
      return plain_reason<T>(why_not_reflectable<T>());
    } else {
      return plain_reason<T>("has no encoding");
    }
  } else {
    return {};
  }
}

template <class T>
consteval compile_time_text sentence_about(const compile_time_text& reason) {
  if (reason.empty()) return {};
  compile_time_text out("troupe: '");
  out += type_name<T>();
  out += "' is not portable: ";
  const compile_time_text about_itself = plain_reason<T>("");
  const bool itself = reason.view().starts_with(about_itself.view());
  if (itself) out += "it ";
  return out += reason.view().substr(itself ? about_itself.size : 0);
}

/// The whole sentence; empty when T is portable.
template <class T>
consteval compile_time_text not_portable() {
  return sentence_about<T>(obstacle<T, at_rest>());
}
/// Likewise of portable_message.
template <class T>
consteval compile_time_text not_portable_message() {
  return sentence_about<T>(obstacle<T>());
}

}  // namespace internal

/// T can be encoded and decoded: bool, integers, float, double, enums (scoped or of a fixed type),
/// std::string, troupe::bytes, std::vector, deque, list, array, map, unordered_map, set, unordered_set, pair,
/// tuple, optional, variant, monostate, chrono durations, and structs of these (reflect.hpp says which), at
/// any depth; a struct may hold itself in a container.
template <class T>
concept portable = internal::obstacle<T, internal::at_rest>()
.empty();

/// A message of type T can go to an actor in another process: portable, but that it may hold addresses, too.
template <class T>
concept portable_message = portable<T> || internal::obstacle<T>()
.empty();

}  // namespace troupe
