// runtime/message_type.hpp - the type of a stage's items as the director sees it: comparable between stages, printable.
// Threads: read-only values after registration.
#pragma once
#include <troupe/base/codec.hpp>
#include <troupe/base/error.hpp>
#include <troupe/base/json.hpp>
#include <troupe/base/reflect.hpp>
#include <troupe/runtime/items.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace troupe::runtime {

/// What a file may say of a field.
using plain_value = std::variant<std::string, std::int64_t, double, bool>;

/// A message type as the director sees it: comparable between stages, printable by sinks.
struct message_type {
  std::string name;                                                          // "counted"
  std::string shape;                                                         // canonical: see base/codec.hpp
  std::function<result<void>(const bytes& item, std::string& out)> to_json;  // one JSON value, no line end
  std::function<result<void>(const bytes& item, std::string& out)>
      to_line;  // empty: the type has no single text field
  std::vector<std::string> fields =
      {};  // of a struct that travels as one: their names, in the order they travel in
  /// A value of that field, as it travels. nullopt: the field is of another type, or of a smaller range.
  std::function<std::optional<bytes>(std::size_t field, const plain_value& value)> encode_field = {};
};

namespace detail {

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

/// The position of the only std::string field of an aggregate, or the aggregate is a string itself. Of what the
/// built-in sources and external programs give: the text of the line or lines, without the last line's end.
template <class T>
bool append_text(const T& value, std::string& out) {
  if constexpr (std::is_same_v<T, std::string>) {
    out += value;
    return true;
  } else if constexpr (std::is_same_v<T, line>) {
    out += value.text;
    return true;
  } else if constexpr (std::is_same_v<T, lines>) {
    out += value.text().substr(0, value.text().size() - (value.text().ends_with('\n') ? 1 : 0));
    return true;
  } else if constexpr (std::is_class_v<T> && std::is_aggregate_v<T>) {
    const std::string* found = nullptr;
    int strings = 0;
    for_each_field(value, [&](std::string_view, const auto& field) {
      if constexpr (std::is_same_v<std::remove_cvref_t<decltype(field)>, std::string>) {
        ++strings;
        found = &field;
      }
    });
    if (strings == 1) out += *found;
    return strings == 1;
  } else {
    return false;
  }
}

/// One JSON value; of lines one for each, on lines of their own.
template <class T>
void append_json(const T& value, std::string& out) {
  if constexpr (std::is_same_v<T, json_text>) {
    out += value.text;
  } else if constexpr (std::is_same_v<T, lines>) {
    auto number = value.first_number;
    for (const std::string_view text : value) {
      if (number != value.first_number) out += '\n';
      to_json(out, line{std::string(text), value.path, number++});
    }
  } else {
    to_json(out, value);
  }
}

template <class T>
std::optional<bytes> encode_plain(const plain_value& value) {
  const auto encoded = [](const auto& what) {
    byte_buffer out;
    encode(out, what);
    return out.take();
  };
  if constexpr (std::is_same_v<T, bool> || std::is_same_v<T, std::string>) {
    if (const auto* is = std::get_if<T>(&value)) return encoded(*is);
  } else if constexpr (std::is_integral_v<T>) {
    if (const auto* is = std::get_if<std::int64_t>(&value); is != nullptr && std::in_range<T>(*is))
      return encoded(static_cast<T>(*is));
  } else if constexpr (std::is_floating_point_v<T>) {
    if (const auto* is = std::get_if<double>(&value)) return encoded(static_cast<T>(*is));
    if (const auto* is = std::get_if<std::int64_t>(&value)) return encoded(static_cast<T>(*is));
  } else if constexpr (is_optional<T>) {
    return encode_plain<typename T::value_type>(value);
  }
  return std::nullopt;
}

template <class T>
std::optional<bytes> encode_plain_field(std::size_t field, const plain_value& value) {
  std::optional<bytes> found;
  const auto look = [&]<class... Fields>(type_list<Fields...>) {
    std::size_t at = 0;
    static_cast<void>(((at++ == field ? (found = encode_plain<Fields>(value), true) : false) || ...));
  };
  look(field_types<T>());
  return found;
}

template <class T>
message_type describe_message() {
  message_type type{std::string(type_name<T>()), shape_of<T>(), {}, {}};
  if constexpr (reflectable<T>) {
    type.fields.assign(field_names<T>.begin(), field_names<T>.end());
    type.encode_field = encode_plain_field<T>;
  }
  type.to_json = [](const bytes& item, std::string& out) -> result<void> {
    auto value = decode<T>(item);
    if (!value) return tl::unexpected(value.error());
    append_json(*value, out);
    return {};
  };
  std::string probe;
  if constexpr (std::is_default_constructible_v<T>) {
    if (append_text(T{}, probe))
      type.to_line = [](const bytes& item, std::string& out) -> result<void> {
        auto value = decode<T>(item);
        if (!value) return tl::unexpected(value.error());
        append_text(*value, out);
        return {};
      };
  }
  return type;
}

}  // namespace detail
}  // namespace troupe::runtime
