// actors/sendable.hpp - which types may be messages: those that own their data.
// Threads: compile time only.
// Source: Rust's Send, as far as C++ can see it.
#pragma once
#include <troupe/actors/internal/words.hpp>
#include <troupe/base/reflect.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

namespace troupe {

template <class T>
inline constexpr bool sendable_v = false;

namespace actors {

template <class T>
inline constexpr bool is_view = false;
template <class C, class Traits>
inline constexpr bool is_view<std::basic_string_view<C, Traits>> = true;
template <class T, std::size_t N>
inline constexpr bool is_view<std::span<T, N>> = true;

template <class T>
inline constexpr bool shares_mutable = false;
template <class T>
inline constexpr bool shares_mutable<std::shared_ptr<T>> = !std::is_const_v<T>;

/// What stands side by side in a pair, tuple or variant.
template <class T>
struct parts {
  static constexpr bool exist = false;
};
template <class... Ts>
struct parts_of {
  static constexpr bool exist = true;
  using types = type_list<Ts...>;
};
template <class A, class B>
struct parts<std::pair<A, B>> : parts_of<A, B> {};
template <class... Ts>
struct parts<std::tuple<Ts...>> : parts_of<Ts...> {};
template <class... Ts>
struct parts<std::variant<Ts...>> : parts_of<Ts...> {};

/// The same `value_type` for vector, optional, map, array …; of no interest for the views above.
template <class T>
concept holds_values = requires {
  typename T::value_type;
}
&&!std::is_same_v<typename T::value_type, T>;

/// What a fault is, as the rest of a sentence; null when there is none.
using fault = const char*;

template <class T, class... Above>
constexpr fault fault_of();

template <class T, class... Above, class... Fields>
constexpr fault fault_of_fields(type_list<Fields...>) {
  fault found = nullptr;
  static_cast<void>((((found = fault_of<Fields, T, Above...>()) != nullptr) || ...));
  return found;
}

/// Why T does not own its data; null when it does, as far as can be seen. Above are the types that are being
/// looked at already (a tree holds trees).
template <class T, class... Above>
constexpr fault fault_of() {
  using plain = std::remove_cv_t<T>;
  if constexpr (sendable_v<plain> || (std::is_same_v<plain, Above> || ...)) {
    return nullptr;
  } else if constexpr (std::is_reference_v<plain>) {
    return "is a reference: a message owns what it holds";
  } else if constexpr (std::is_pointer_v<plain> && !std::is_function_v<std::remove_pointer_t<plain>>) {
    return "is a raw pointer: a message owns what it holds, use std::unique_ptr";
  } else if constexpr (is_view<plain>) {
    return "is a view of data that somebody else owns: use std::string, std::vector or troupe::bytes";
  } else if constexpr (shares_mutable<plain>) {
    return "shares something that can change: use std::unique_ptr<T> or std::shared_ptr<const T>";
  } else if constexpr (parts<plain>::exist) {
    return fault_of_fields<plain, Above...>(typename parts<plain>::types());
  } else if constexpr (reflectable<plain>) {
    return fault_of_fields<plain, Above...>(field_types<plain>());
  } else if constexpr (holds_values<plain>) {
    return fault_of<typename plain::value_type, plain, Above...>();
  } else {
    return nullptr;
  }
}

/// The name of the first field of M with a fault; empty when M has no fields to see.
template <class M>
constexpr std::string_view faulty_field() {
  if constexpr (reflectable<M>) {
    return []<class... Fields>(type_list<Fields...>) {
      std::size_t at = 0;
      static_cast<void>((((fault_of<Fields, M>() != nullptr) || (++at, false)) || ...));
      return field_names<M>[at];
    }(field_types<M>());
  } else {
    return {};
  }
}

template <class M>
constexpr compile_time_text why_not_sendable() {
  if (!std::is_move_constructible_v<M>)
    return words("troupe: message '", type_name<M>(), "' cannot be sent: it cannot be moved");
  if (faulty_field<M>().empty())
    return words("troupe: message '", type_name<M>(), "' cannot be sent: it ", fault_of<M>());
  return words("troupe: message '", type_name<M>(), "' cannot be sent: what its field '", faulty_field<M>(),
               "' holds ", fault_of<M>());
}

}  // namespace actors

/// A message type: it can be moved, and owns its data as far as can be seen: no raw pointer, reference,
/// string_view, span or shared_ptr to something mutable in it, in its fields, or in the containers among
/// them. `template <> inline constexpr bool troupe::sendable_v<mine> = true;` is the signed exception for a
/// type that is safe for a reason the compiler cannot see.
template <class M>
concept sendable = std::is_object_v<M> && std::is_move_constructible_v<M> && actors::fault_of<M>()
== nullptr;

namespace actors {

/// Stops the compilation with one sentence when M cannot be a message.
template <class M>
constexpr void require_sendable() {
  if constexpr (!sendable<M>) refuse<as_sentence<why_not_sendable<M>>()>();
}

}  // namespace actors

}  // namespace troupe
