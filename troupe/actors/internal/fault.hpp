// actors/internal/fault.hpp - the list of refusals: what is wrong with a type as a message, or as something
// that many read, before its parts are looked at.
// Threads: compile time only.
#pragma once
#include <troupe/actors/internal/parts.hpp>
#include <troupe/base/reflect.hpp>

#include <concepts>
#include <coroutine>
#include <cstdint>
#include <exception>
#include <functional>
#include <initializer_list>
#include <span>
#include <string_view>
#include <type_traits>
#include <typeinfo>

namespace troupe::actors::ownership {

/// What is asked of a type; bits.
enum class demand : std::uint8_t { nothing = 0, send = 1, share = 2, both = 3 };

constexpr bool asks(demand what, demand which) {
  return (static_cast<unsigned>(what) & static_cast<unsigned>(which)) != 0;
}

/// What is wrong, as the rest of a sentence; null when nothing is.
using fault = const char*;

/// Classes of the standard library that hold what is not theirs or cannot be seen.
template <class T>
inline constexpr fault foreign = nullptr;
template <class T>
inline constexpr fault foreign<std::initializer_list<T>> =
    "is a view of data that somebody else owns: use std::vector";
template <class Promise>
inline constexpr fault foreign<std::coroutine_handle<Promise>> =
    "is a handle of a coroutine that somebody else owns: send what it computes";
template <>
inline constexpr fault foreign<std::exception_ptr> =
    "shares an exception that can change: send its text or a troupe::error";

/// A class that hides its callable: std::function, std::move_only_function, std::packaged_task.
template <class T>
inline constexpr bool wraps_function = false;
template <template <class> class Template, class R, class... Args>
inline constexpr bool wraps_function<Template<R(Args...)>> = true;

/// std::unique_lock, std::shared_lock.
template <class T>
concept lock = requires(const T& t) {
  typename T::mutex_type;
  t.owns_lock();
};

/// Also the iterators that are classes, and those of the ranges.
template <class T>
concept iterates = dereferenced<T> && requires(T& t) {
  ++t;
};

/// What vector<bool> and bitset give for an element: it looks like a bool and is none.
template <class T>
concept stands_for_bit = std::is_convertible_v<T, bool> && requires(T& t) {
  t = true;
  t.flip();
};

/// Its content is of a type that the compiler does not know: std::any.
template <class T>
concept hides_content = requires(const T& t) {
  { t.type() } -> std::same_as<const std::type_info&>;
};

/// A container of the standard library, or one like it: neither view nor iterator has an allocator.
template <class T>
concept allocates = requires {
  typename T::allocator_type;
};

/// The type of a lambda with captures. Those, and few others, cannot be assigned; their name tells.
template <class T>
constexpr bool is_closure() {
  if constexpr (std::is_move_assignable_v<T>) {
    return false;
  } else {
    const std::string_view name = type_name<T>();
    return (name.starts_with("<lambda(") && name.ends_with(")>")) || name.starts_with("(lambda at ");
  }
}

/// What is wrong with a class of private members itself, whatever its parts are.
template <class T, demand Asked>
constexpr fault fault_of_class() {
  if constexpr (allocates<T>) {
    if constexpr (std::is_empty_v<typename T::allocator_type>) return nullptr;
    return "takes its memory from an allocator that somebody else may own: use std::allocator";
  } else if constexpr (foreign<T> != nullptr) {
    return foreign<T>;
  } else if constexpr (!std::is_same_v<std::unwrap_reference_t<T>, T>) {
    return "is a reference: hold the value itself";
  } else if constexpr (std::ranges::enable_view<T>) {
    return "is a view of data that somebody else owns: use std::string, std::vector or troupe::bytes";
  } else if constexpr (iterates<T>) {
    return "is an iterator over data that somebody else owns: use an index, or the value itself";
  } else if constexpr (stands_for_bit<T>) {
    return "stands for a bit in a container that somebody else owns: use bool";
  } else if constexpr (std::is_bind_expression_v<T>) {
    return "is what std::bind made, into whose values nobody can look: use a struct with an operator()";
  } else if constexpr (lock<T>) {
    return "is a lock, which only the thread that took it may release";
  } else if constexpr (is_closure<T>()) {
    return "is a lambda, into whose captures nobody can look: use a struct with an operator()";
  } else if constexpr (asks(Asked, demand::share)) {
    if constexpr (wraps_function<T>)
      return "may change when it is called, which cannot be seen: use a struct with a const operator()";
    else if constexpr (hides_content<T>)
      return "holds what cannot be seen: use std::variant";
    else
      return nullptr;
  } else {
    return nullptr;
  }
}

/// What is wrong with T itself, whatever its parts are.
template <class T, demand Asked>
constexpr fault own_fault() {
  if constexpr (std::is_reference_v<T>) {
    return "is a reference: hold the value itself";
  } else if constexpr (std::is_pointer_v<T>) {
    if constexpr (std::is_function_v<std::remove_pointer_t<T>>) return nullptr;
    return "is a raw pointer, which does not own what it points to: use std::unique_ptr";
  } else if constexpr (std::is_array_v<T>) {
    return "is a C array: use std::array";
  } else if constexpr (std::is_union_v<T>) {
    return "is a union, whose members cannot be seen: use std::variant";
  } else if constexpr (!std::is_class_v<T> || std::is_empty_v<T>) {
    return nullptr;
  } else if constexpr (known_class<T>::shares_mutable) {
    return "shares something that can change: use std::unique_ptr<T> or troupe::shared<const T>";
  } else if constexpr (asks(Asked, demand::share) && known_class<T>::lends_mutable) {
    return "lets everybody who reads it change what it points to: use std::unique_ptr<const T>";
  } else if constexpr (!std::is_void_v<typename known_class<T>::parts>) {
    return nullptr;
  } else if constexpr (std::is_aggregate_v<T>) {
    if constexpr (reflectable<T>)
      return nullptr;
    else
      return why_not_reflectable<T>().data();  // a literal
  } else {
    return fault_of_class<T, Asked>();
  }
}

}  // namespace troupe::actors::ownership
