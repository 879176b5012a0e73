// runtime/message_type.hpp - the type of a stage's items as the director sees it: comparable between stages, printable.
// Threads: read-only values after registration.
#pragma once
#include <troupe/base/codec.hpp>
#include <troupe/base/error.hpp>
#include <troupe/base/json.hpp>
#include <troupe/base/reflect.hpp>
#include <troupe/runtime/items.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace troupe::runtime {

/// A message type as the director sees it: comparable between stages, printable by sinks.
struct message_type {
  std::string name;                                                          // "counted"
  std::string shape;                                                         // canonical: see base/codec.hpp
  std::function<result<void>(const bytes& item, std::string& out)> to_json;  // one JSON value, no line end
  std::function<result<void>(const bytes& item, std::string& out)>
      to_line;  // empty: the type has no single text field
  std::vector<std::string> fields =
      {};  // of a struct that travels as one: their names, in the order they travel in
};

namespace detail {

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
message_type describe_message() {
  message_type type{std::string(type_name<T>()), shape_of<T>(), {}, {}};
  if constexpr (reflectable<T>) type.fields.assign(field_names<T>.begin(), field_names<T>.end());
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
