// base/shape.hpp - a type's canonical description, by which two processes find out whether they mean the same
// message.
// Threads: plain functions; shape_of's text is made once.
#pragma once
#include <troupe/base/portable.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <variant>
#include <vector>

namespace troupe {

/// The shape of T, nested shapes inline: "hit{url:str,bytes:u64}".
///   bool i8 … i64 u8 … u64 f32 f64 str bin nil, durations ns, byte arrays bin16, enums "colour(u8)",
///   sequences [T], arrays [T;3], sets <T>, maps {K:V}, pairs and tuples (A,B), optionals ?T, variants |A,B|,
///   addresses by the names of their messages: "address<deliver,buy>";
///   a struct inside itself by its name alone: "tree{value:i32,children:[tree]}".
/// The static string lives for ever.
template <class T>
[[nodiscard]] const std::string& shape_of();

/// FNV-1a, 64 bit (draft-eastlake-fnv).
[[nodiscard]] constexpr std::uint64_t shape_hash(std::string_view shape) noexcept {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : shape) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

/// A sentence that names the first difference, its type and field and both sides: "hit.bytes is u64 here and
/// u32 there"; empty when the shapes are equal. Shapes from a peer may hold anything.
[[nodiscard]] std::string shape_difference(std::string_view ours, std::string_view theirs);

namespace internal {

/// Its address tells types apart that have the same name.
template <class T>
inline constexpr char shape_identity = 0;

using open_structs = std::vector<const char*>;

template <class T>
void append_shape(std::string& out, open_structs& open);

template <class... T>
void append_shapes(std::string& out, open_structs& open, type_list<T...>) {
  [[maybe_unused]] bool first = true;
  ((out += std::exchange(first, false) ? "" : ",", append_shape<T>(out, open)), ...);
}

template <class T, class... Fields>
void append_fields(std::string& out, open_structs& open, type_list<Fields...>) {
  [[maybe_unused]] std::size_t at = 0;
  ((out += at == 0 ? "" : ",", out += field_names<T>[at++], out += ':', append_shape<Fields>(out, open)),
   ...);
}

template <class T>
void append_shape(std::string& out, open_structs& open) {
  constexpr value_kind kind = kind_of<T>();
  if constexpr (kind == value_kind::boolean) {
    out += "bool";
  } else if constexpr (kind == value_kind::integer) {
    out += (std::is_signed_v<T> ? "i" : "u") + std::to_string(8 * sizeof(T));
  } else if constexpr (kind == value_kind::floating) {
    out += sizeof(T) == 4 ? "f32" : "f64";
  } else if constexpr (kind == value_kind::enumeration) {
    out += type_name<T>();
    out += '(';
    append_shape<std::underlying_type_t<T>>(out, open);
    out += ')';
  } else if constexpr (kind == value_kind::duration) {
    out += "ns";
  } else if constexpr (kind == value_kind::text) {
    out += "str";
  } else if constexpr (kind == value_kind::blob || kind == value_kind::byte_vector) {
    out += "bin";
  } else if constexpr (kind == value_kind::byte_array) {
    out += "bin" + std::to_string(std::tuple_size_v<T>);
  } else if constexpr (kind == value_kind::sequence || kind == value_kind::array) {
    out += '[';
    append_shape<typename T::value_type>(out, open);
    if constexpr (kind == value_kind::array) out += ";" + std::to_string(std::tuple_size_v<T>);
    out += ']';
  } else if constexpr (kind == value_kind::set) {
    out += '<';
    append_shape<typename T::value_type>(out, open);
    out += '>';
  } else if constexpr (kind == value_kind::map) {
    out += '{';
    append_shape<typename T::key_type>(out, open);
    out += ':';
    append_shape<typename T::mapped_type>(out, open);
    out += '}';
  } else if constexpr (kind == value_kind::product) {
    out += '(';
    append_shapes(out, open, typename arguments_of<T>::list());
    out += ')';
  } else if constexpr (kind == value_kind::optional) {
    out += '?';
    append_shape<typename T::value_type>(out, open);
  } else if constexpr (kind == value_kind::variant) {
    out += '|';
    append_shapes(out, open, typename arguments_of<T>::list());
    out += '|';
  } else if constexpr (kind == value_kind::nothing) {
    out += "nil";
  } else if constexpr (kind == value_kind::represented) {
    representation<T>::append_shape(out);
  } else {
    out += type_name<T>();
    if (std::find(open.begin(), open.end(), &shape_identity<T>) != open.end()) return;
    open.push_back(&shape_identity<T>);
    out += '{';
    append_fields<T>(out, open, field_types<T>());
    out += '}';
    open.pop_back();
  }
}

template <class T>
std::string make_shape() {
  std::string out;
  open_structs open;
  append_shape<T>(out, open);
  return out;
}

}  // namespace internal

template <class T>
const std::string& shape_of() {
  if constexpr (portable_message<T>) {
    static const std::string shape = internal::make_shape<T>();
    return shape;
  } else {
    refuse<as_sentence<[] { return internal::not_portable_message<T>(); }>()>();
  }
}

}  // namespace troupe
