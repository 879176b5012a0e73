// actors/internal/parts.hpp - what a type is made of, as far as the compiler can see it.
// Threads: compile time only.
#pragma once
#include <troupe/base/reflect.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

namespace troupe {

template <class T>
class shared;

namespace actors::ownership {

/// How a part is reached from the whole, and written in the path of a sentence.
enum class step : std::uint8_t {
  field,           // order.lines
  half,            // the `first` or `second` of a pair
  index,           // place<1>, as in std::get<1>(place)
  type,            // choice<line>: the alternative of a variant, or whatever a class template was given
  element,         // lines[]
  pointee,         // next->item; of a std::unique_ptr or an optional
  shared_pointee,  // the same, where others may hold it, too
};

template <step Way, class T, std::size_t At = 0>
struct part {
  static constexpr step way = Way;
  static constexpr std::size_t at = At;
  using type = T;
};

template <step Way, class Indices, class... Ts>
struct numbered;
template <step Way, std::size_t... I, class... Ts>
struct numbered<Way, std::index_sequence<I...>, Ts...> {
  using parts = type_list<part<Way, Ts, I>...>;
};

/// The classes of the standard library (and troupe::shared) whose parts follow rules of their own.
template <class T>
struct known_class {
  using parts = void;
  static constexpr bool shares_mutable = false;  // several hold what it points to, and may change it
  static constexpr bool lends_mutable = false;   // a const one lets change what it points to
};
template <class... Parts>
struct plain_parts {
  using parts = type_list<Parts...>;
  static constexpr bool shares_mutable = false;
  static constexpr bool lends_mutable = false;
};
template <class T>
struct shared_part {
  using parts = type_list<part<step::shared_pointee, std::remove_extent_t<T>>>;
  static constexpr bool shares_mutable = !std::is_const_v<std::remove_extent_t<T>>;
  static constexpr bool lends_mutable = false;
};

template <class A, class B>
struct known_class<std::pair<A, B>> : plain_parts<part<step::half, A, 0>, part<step::half, B, 1>> {};
template <class... Ts>
struct known_class<std::tuple<Ts...>> : known_class<void> {
  using parts = typename numbered<step::index, std::index_sequence_for<Ts...>, Ts...>::parts;
};
template <class... Ts>
struct known_class<std::variant<Ts...>> : plain_parts<part<step::type, Ts>...> {};
template <class T, std::size_t N>
struct known_class<std::array<T, N>> : plain_parts<part<step::element, T>> {};
template <class T, class Deleter>
struct known_class<std::unique_ptr<T, Deleter>>
    : plain_parts<part<step::pointee, T>, part<step::type, Deleter>> {
  static constexpr bool lends_mutable = !std::is_const_v<T>;
};
template <class T, class Deleter>
struct known_class<std::unique_ptr<T[], Deleter>>
    : plain_parts<part<step::element, T>, part<step::type, Deleter>> {
  static constexpr bool lends_mutable = !std::is_const_v<T>;
};
template <class T>
struct known_class<std::shared_ptr<T>> : shared_part<T> {};
template <class T>
struct known_class<std::weak_ptr<T>> : shared_part<T> {};
template <class T>
struct known_class<shared<T>> : shared_part<T> {};

template <class T>
concept complete = requires {
  sizeof(T);
};

/// A class without fields, or of which only the name is known here.
template <class T>
concept nothing_in = std::is_class_v<T> &&(!complete<T> || std::is_empty_v<T>);

/// The same `value_type` for vector, optional, map, path …
template <class T>
concept holds_values = requires {
  typename T::value_type;
}
&&!std::is_same_v<typename T::value_type, T>;

template <class T>
concept dereferenced = requires(T& t) {
  *t;
};

/// What a class template was given. It says what a class holds whose members are private: its container's
/// comparison, the other half of an expected, the T of your own ring<T>.
template <class T>
struct arguments {
  using parts = type_list<>;
};
template <template <class...> class Template, class... Args>
struct arguments<Template<Args...>> {
  using parts = type_list<part<step::type, Args>...>;
};

template <class T, class List>
struct after_values;
template <class T, class... Parts>
struct after_values<T, type_list<Parts...>> {
  static constexpr step way = dereferenced<T> ? step::pointee : step::element;
  using parts = type_list<part<way, typename T::value_type>, Parts...>;
};

template <class T, std::size_t... I, class... Fields>
constexpr auto parts_of_fields(std::index_sequence<I...>, type_list<Fields...>) {
  return type_list<part<step::field, Fields, I>...>();
}

/// type_list of the parts of T, which has no cv. Of a class that shows nothing: none.
template <class T>
constexpr auto parts_of() {
  if constexpr (!std::is_class_v<T> || std::is_empty_v<T>) {
    return type_list<>();
  } else if constexpr (!std::is_void_v<typename known_class<T>::parts>) {
    return typename known_class<T>::parts();
  } else if constexpr (reflectable<T>) {
    return parts_of_fields<T>(std::make_index_sequence<field_count<T>>(), field_types<T>());
  } else if constexpr (holds_values<T>) {
    return typename after_values<T, typename arguments<T>::parts>::parts();
  } else {
    return typename arguments<T>::parts();
  }
}

/// Whether a const T has a field that can be changed.
template <reflectable T>
constexpr bool has_mutable_field() {
  using answer = decltype(with_fields(std::declval<const T&>(), []<class... Fields>(Fields&...) {
    return std::bool_constant<(!std::is_const_v<Fields> || ...)>();
  }));
  return answer::value;
}

}  // namespace actors::ownership

}  // namespace troupe
