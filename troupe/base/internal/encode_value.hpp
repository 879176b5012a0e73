// base/internal/encode_value.hpp - one portable value as MessagePack.
// Threads: plain functions. Only codec.hpp includes this file.
#pragma once
#include <troupe/base/internal/msgpack_write.hpp>
#include <troupe/base/internal/nanosecond_count.hpp>
#include <troupe/base/value_kind.hpp>

#include <cstddef>
#include <cstdint>
#include <tuple>
#include <type_traits>
#include <variant>

namespace troupe::internal {

template <class T>
void encode_value(byte_buffer& out, const T& value);

template <class Variant>
void encode_variant(byte_buffer& out, const Variant& value) {
  msgpack::write_array_header(out, 2);
  msgpack::write_unsigned(out, value.index());
  std::visit([&](const auto& alternative) { encode_value(out, alternative); }, value);
}

template <class Range>
void encode_range(byte_buffer& out, const Range& range) {
  msgpack::write_array_header(out, range.size());
  for (auto&& each : range) encode_value(out, static_cast<const typename Range::value_type&>(each));
}

template <class T>
void encode_value(byte_buffer& out, const T& value) {
  constexpr value_kind kind = kind_of<T>();
  if constexpr (kind == value_kind::boolean) {
    msgpack::write_byte(out, value ? msgpack::true_ : msgpack::false_);
  } else if constexpr (kind == value_kind::integer) {
    if constexpr (std::is_signed_v<T>) {
      msgpack::write_signed(out, value);
    } else {
      msgpack::write_unsigned(out, value);
    }
  } else if constexpr (kind == value_kind::floating) {
    msgpack::write_float(out, value);
  } else if constexpr (kind == value_kind::enumeration) {
    encode_value(out, static_cast<std::underlying_type_t<T>>(value));
  } else if constexpr (kind == value_kind::duration) {
    msgpack::write_signed(out, nanosecond_count(value));
  } else if constexpr (kind == value_kind::text) {
    msgpack::write_text(out, value.data(), value.size());
  } else if constexpr (kind == value_kind::blob || kind == value_kind::byte_vector ||
                       kind == value_kind::byte_array) {
    msgpack::write_blob(out, msgpack::bin8, value.data(), value.size());
  } else if constexpr (kind == value_kind::sequence || kind == value_kind::array || kind == value_kind::set) {
    encode_range(out, value);
  } else if constexpr (kind == value_kind::map) {
    msgpack::write_map_header(out, value.size());
    for (const auto& [key, mapped] : value) {
      encode_value(out, key);
      encode_value(out, mapped);
    }
  } else if constexpr (kind == value_kind::product) {
    msgpack::write_array_header(out, std::tuple_size_v<T>);
    std::apply([&](const auto&... each) { (encode_value(out, each), ...); }, value);
  } else if constexpr (kind == value_kind::optional) {
    if (value) return encode_value(out, *value);
    msgpack::write_byte(out, msgpack::nil);
  } else if constexpr (kind == value_kind::variant) {
    encode_variant(out, value);
  } else if constexpr (kind == value_kind::nothing) {
    msgpack::write_byte(out, msgpack::nil);
  } else if constexpr (kind == value_kind::represented) {
    encode_value(out, representation<T>::of(value));
  } else {
    msgpack::write_array_header(out, field_count<T>);
    with_fields(value, [&](const auto&... fields) { (encode_value(out, fields), ...); });
  }
}

/// A blob from this size on need not be copied when it comes last.
inline constexpr std::size_t large_blob = 64U << 10U;

/// encode_value() that leaves out the bytes of a large blob at the very end: they are `rest`.
template <class T>
void encode_but_the_rest(byte_buffer& out, const T& value, bytes& rest) {
  constexpr value_kind kind = kind_of<T>();
  if constexpr (kind == value_kind::blob) {
    if (value.size() <= large_blob) return encode_value(out, value);
    msgpack::write_large_blob_header(out, value.size());
    rest = value;
  } else if constexpr (kind == value_kind::structure) {
    msgpack::write_array_header(out, field_count<T>);
    with_fields(value, [&](const auto&... fields) {
      [[maybe_unused]] std::size_t left = field_count<T>;
      ((--left == 0 ? encode_but_the_rest(out, fields, rest) : encode_value(out, fields)), ...);
    });
  } else {
    encode_value(out, value);
  }
}

}  // namespace troupe::internal
