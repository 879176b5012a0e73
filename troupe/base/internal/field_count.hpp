// base/internal/field_count.hpp - how many fields an aggregate has, found by trying to initialise it.
// Threads: compile time only.
// Source: [dcl.init.aggr] of C++20, which also lets C arrays swallow several initialisers (brace elision):
// that is how they are found and refused.
#pragma once
#include <concepts>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace troupe::internal {

inline constexpr std::size_t max_fields = 32;

/// Only ever named, never run: the bodies are there because clang wants them for types without linkage.
///
/// Converts to any field type but not to the aggregate Owner itself (that would be a copy, not a field).
template <class Owner>
struct any_value {
  template <class U>
  requires(!std::same_as<U, Owner>) operator U() const noexcept { __builtin_unreachable(); }
};

/// The same by reference: for aggregates with reference fields, which cannot bind to a prvalue.
template <class Owner>
struct any_reference {
  template <class U>
  requires(!std::same_as<U, Owner>) operator U&() const& noexcept { __builtin_unreachable(); }
  template <class U>
  requires(!std::same_as<U, Owner>) operator U&&() const&& noexcept { __builtin_unreachable(); }
};

/// Converts to the bases of Owner. It cannot be copied, or std::any as the first field would take it.
template <class Owner>
struct any_base {
  any_base() = default;
  any_base(const any_base&) = delete;
  template <class U>
  requires(std::is_base_of_v<U, Owner> && !std::same_as<U, Owner>) operator U() const noexcept {
    __builtin_unreachable();
  }
};

template <class T, class Any, class Before, class After>
struct initialisable;

template <class T, class Any, std::size_t... B, std::size_t... A>
struct initialisable<T, Any, std::index_sequence<B...>, std::index_sequence<A...>> {
  static constexpr bool plainly = requires { T{((void)B, Any{})..., ((void)A, Any{})...}; };
  /// With `{}` for the field between B and A.
  static constexpr bool with_braces = requires { T{((void)B, Any{})..., {}, ((void)A, Any{})...}; };
};

template <class T, class Any, std::size_t N>
inline constexpr bool takes =
    initialisable<T, Any, std::make_index_sequence<N>, std::make_index_sequence<0>>::plainly;

template <class T, class Any, std::size_t Before, std::size_t After>
inline constexpr bool takes_braces =
    initialisable<T, Any, std::make_index_sequence<Before>, std::make_index_sequence<After>>::with_braces;

inline constexpr std::size_t no_count = static_cast<std::size_t>(-1);

/// The largest number of initialisers T takes (max_fields + 1 stands for more), no_count when it takes none.
/// The first few may fail where a field cannot be left out (a reference, no default constructor).
template <class T, class Any, std::size_t N = 0, bool Found = false>
consteval std::size_t count_initialisers() {
  if constexpr (N > max_fields + 1) {
    return Found ? max_fields + 1 : no_count;
  } else if constexpr (takes<T, Any, N>) {
    return count_initialisers<T, Any, N + 1, true>();
  } else if constexpr (Found) {
    return N - 1;
  } else {
    return count_initialisers<T, Any, N + 1, false>();
  }
}

template <class T>
consteval std::size_t count_fields() {
  constexpr std::size_t by_value = count_initialisers<T, any_value<T>>();
  if constexpr (by_value != no_count) {
    return by_value;
  } else {
    return count_initialisers<T, any_reference<T>>();
  }
}

/// A C array of two or more elements takes several initialisers, but one `{}`.
template <class T, std::size_t N, std::size_t At>
consteval bool array_at() {
  if constexpr (takes_braces<T, any_value<T>, At, N - At - 1>) {
    return false;
  } else {
    return []<std::size_t... M>(std::index_sequence<M...>) {
      return (takes_braces<T, any_value<T>, At, M> || ...);
    }
    (std::make_index_sequence<N - At - 1>{});
  }
}

template <class T, std::size_t N>
consteval bool has_long_array() {
  return []<std::size_t... I>(std::index_sequence<I...>) {
    return (array_at<T, N, I>() || ...);
  }
  (std::make_index_sequence<N>{});
}

template <class T>
consteval bool has_base() {
  return requires {
    T{any_base<T>{}};
  };
}

}  // namespace troupe::internal
