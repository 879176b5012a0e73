// base/internal/names.hpp - names of types, fields and enumerators, read from __PRETTY_FUNCTION__.
// Threads: compile time only. Only reflect.hpp includes this file.
#pragma once
#include <troupe/base/internal/field_table.hpp>
#include <troupe/base/refuse.hpp>

#include <array>
#include <cstddef>
#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>

#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wundefined-internal"
#pragma clang diagnostic ignored "-Wundefined-var-template"
#endif

namespace troupe::internal {

// The functions return const char*: a std::string_view would add its own "; std::string_view = …" to what g++
// prints.
template <class T>
consteval const char* pretty_type() {
  return __PRETTY_FUNCTION__;
}
template <const auto* Pointer>
consteval const char* pretty_field() {
  return __PRETTY_FUNCTION__;
}
template <auto... Values>
consteval const char* pretty_values() {
  return __PRETTY_FUNCTION__;
}

constexpr bool opens(char c) {
  return c == '<' || c == '(' || c == '{';
}
constexpr bool closes(char c) {
  return c == '>' || c == ')' || c == '}';
}
constexpr bool ends_token(char c) {
  return c == ',' || c == ' ' || c == '*' || c == '&';
}

/// What stands behind " = " up to the final ']'.
constexpr std::string_view argument_of(std::string_view pretty) {
  const auto from = pretty.find(" = ") + 3;
  return pretty.substr(from, pretty.size() - from - 1);
}

/// Where the component that ends at `end` begins: back over identifiers and balanced brackets.
constexpr std::size_t start_of_component(std::string_view text) {
  std::size_t depth = 0, end = text.size();
  while (end > 0) {
    const char c = text[end - 1];
    if (closes(c)) ++depth;
    if (depth == 0 && (opens(c) || ends_token(c))) break;
    if (opens(c)) --depth;
    --end;
  }
  return end;
}

constexpr bool in_identifier(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

struct spelling {
  std::string_view gcc, ours;
};

/// Integers that g++ names by another order of words than clang++ and the standard; the longest come first.
inline constexpr std::array<spelling, 6> integer_spellings{{{"long long unsigned int", "unsigned long long"},
                                                            {"long unsigned int", "unsigned long"},
                                                            {"short unsigned int", "unsigned short"},
                                                            {"long long int", "long long"},
                                                            {"long int", "long"},
                                                            {"short int", "short"}}};

constexpr bool begins_word(std::string_view text, std::size_t at) {
  return at == 0 || !in_identifier(text[at - 1]);
}

/// Asked first, because the compiler takes long over each character of a name.
constexpr bool may_begin_integer(char c) {
  return c == 'l' || c == 's';
}

/// The spelling with which `text` begins, as whole words; null when there is none.
constexpr const spelling* integer_at_start(std::string_view text) {
  for (const spelling& each : integer_spellings) {
    const std::size_t end = each.gcc.size();
    if (text.starts_with(each.gcc) && (text.size() == end || !in_identifier(text[end]))) return &each;
  }
  return nullptr;
}

/// The same name from g++ and clang++: "n::a<m::b, (anonymous namespace)::c>::d" -> "d"; "n::a<m::b >" ->
/// "a<b>"; "long int" -> "long"; "char *" -> "char*".
constexpr compile_time_text without_qualifiers(std::string_view full) {
  compile_time_text out;
  for (std::size_t i = 0; i < full.size(); ++i) {
    const char c = full[i];
    if (c == ':' && full.substr(i).starts_with("::")) {
      out.size = start_of_component(out.view());
      ++i;
      if (out.view().ends_with(") ")) out.size = start_of_component(out.view().substr(0, out.size - 1));
    } else if (const spelling* integer = may_begin_integer(c) && begins_word(full, i)
                                             ? integer_at_start(full.substr(i))
                                             : nullptr) {
      out += integer->ours;
      i += integer->gcc.size() - 1;
    } else {
      if ((c == '>' || c == '*' || c == '&') && out.view().ends_with(' ')) --out.size;
      out += c;
    }
  }
  return out;
}

template <class T>
consteval auto make_type_name() {
  constexpr compile_time_text name = without_qualifiers(argument_of(pretty_type<T>()));
  return sentence_text<name.size + 1>(name.view());
}

template <class T>
inline constexpr auto type_name_chars = make_type_name<T>();

template <class T>
inline constexpr std::string_view type_name_of{type_name_chars<T>.text, sizeof(type_name_chars<T>.text) - 1};

template <class T>
consteval compile_time_text not_reflectable(std::string_view reason) {
  compile_time_text out("troupe: '");
  out += type_name_of<T>;
  out += "' ";
  return out += reason;
}

/// Declared only: pointers to the fields of outside<T>.value are constants whose printed form holds the
/// field's name.
template <class T>
struct enclosed {
  const T value;
};
template <class T>
extern const enclosed<T> outside;

/// The last identifier: g++ ends with "T::url)]", clang with "outside.value.url]".
constexpr std::string_view last_identifier(std::string_view pretty) {
  std::size_t end = pretty.size();
  while (end > 0 && !in_identifier(pretty[end - 1])) --end;
  std::size_t from = end;
  while (from > 0 && in_identifier(pretty[from - 1])) --from;
  return pretty.substr(from, end - from);
}

template <std::size_t I, class P>
struct pointer_leaf {
  P pointer;
};
template <class Indices, class... P>
struct pointer_pack;
template <std::size_t... I, class... P>
struct pointer_pack<std::index_sequence<I...>, P...> : pointer_leaf<I, P>... {};

template <std::size_t I, class P>
constexpr P pointer_at(const pointer_leaf<I, P>& leaf) {
  return leaf.pointer;
}

template <class T, std::size_t N>
consteval auto pointers_to_fields() {
  return apply_to_fields<N>(outside<T>.value, [](const auto&... fields) {
    return pointer_pack<std::make_index_sequence<N>, decltype(std::addressof(fields))...>{
        {std::addressof(fields)}...};
  });
}

inline constexpr std::array<std::string_view, 32> numbered_fields = {
    "field 1",  "field 2",  "field 3",  "field 4",  "field 5",  "field 6",  "field 7",  "field 8",
    "field 9",  "field 10", "field 11", "field 12", "field 13", "field 14", "field 15", "field 16",
    "field 17", "field 18", "field 19", "field 20", "field 21", "field 22", "field 23", "field 24",
    "field 25", "field 26", "field 27", "field 28", "field 29", "field 30", "field 31", "field 32"};

template <class T, std::size_t N, class... Fields>
consteval std::array<std::string_view, N> names_of_fields(type_list<Fields...>) {
  return []<std::size_t... I>(std::index_sequence<I...>) {
    if constexpr (N == 0) {
      return std::array<std::string_view, N>{};
    } else if constexpr ((std::is_reference_v<Fields> || ...)) {
      return std::array<std::string_view, N>{numbered_fields[I]...};
    } else {
      constexpr auto pointers = pointers_to_fields<T, N>();
      return std::array<std::string_view, N>{last_identifier(pretty_field<pointer_at<I>(pointers)>())...};
    }
  }
  (std::make_index_sequence<N>{});
}

template <class E>
struct enumerator {
  E value;
  std::string_view name;
};

inline constexpr long long first_enumerator = -16, last_enumerator = 127;

/// Calls f(index, name) for each element of "{n::e::a, (n::e)1}" or "<n::e::a, (n::e)1>" that has a name.
template <class F>
constexpr void for_each_enumerator(std::string_view list, F&& f) {
  std::size_t depth = 0, index = 0, from = 1;
  for (std::size_t i = 1; i < list.size(); ++i) {
    const bool last = i + 1 == list.size();
    if (last || (depth == 0 && list[i] == ',')) {
      const std::string_view each = list.substr(from, i - from);
      const std::string_view name = last_identifier(each);  // a number where no enumerator has that value
      if (name.front() < '0' || name.front() > '9') f(index, name);
      ++index;
      from = i + 2;
      continue;
    }
    if (opens(list[i])) ++depth;
    if (closes(list[i])) --depth;
  }
}

template <class E>
consteval auto enumerators_of() {
  using base = std::underlying_type_t<E>;
  constexpr long long first = std::is_signed_v<base> ? first_enumerator : 0;
  constexpr long long last = std::is_same_v<base, bool> ? 1 : last_enumerator;
  return []<std::size_t... I>(std::index_sequence<I...>) {
    constexpr std::string_view list =
        argument_of(pretty_values<static_cast<E>(first + static_cast<long long>(I))...>());
    constexpr std::size_t count = [](std::string_view text) {
      std::size_t n = 0;
      for_each_enumerator(text, [&](std::size_t, std::string_view) { ++n; });
      return n;
    }(list);
    std::array<enumerator<E>, count> out{};
    std::size_t n = 0;
    for_each_enumerator(list, [&](std::size_t index, std::string_view name) {
      out[n++] = {static_cast<E>(first + static_cast<long long>(index)), name};
    });
    return out;
  }
  (std::make_index_sequence<static_cast<std::size_t>(last - first + 1)>{});
}

}  // namespace troupe::internal

#if defined(__clang__)
#pragma clang diagnostic pop
#endif
