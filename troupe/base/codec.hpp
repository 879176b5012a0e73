// base/codec.hpp - values as MessagePack bytes and back, by reflection. The format: docs/wire-values.md.
// Threads: plain functions.
// Source: the MessagePack specification (msgpack/spec.md).
#pragma once
#include <troupe/base/byte_buffer.hpp>
#include <troupe/base/bytes.hpp>
#include <troupe/base/error.hpp>
#include <troupe/base/internal/decode_value.hpp>
#include <troupe/base/internal/encode_value.hpp>
#include <troupe/base/portable.hpp>
#include <troupe/base/shape.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace troupe {

/// Appends `value`. Containers and strings hold at most 2^32 - 1 elements. A value nested deeper than 64 (a
/// struct that holds itself) is written, but decode refuses it. Durations beyond ±292 years are cut to that.
template <class T>
void encode(byte_buffer& out, const T& value) {
  if constexpr (portable<T>) {
    internal::encode_value(out, value);
  } else {
    refuse<as_sentence<[] { return internal::not_portable<T>(); }>()>();
  }
}

namespace internal {

template <class T>
result<T> decode_any(byte_view in, const bytes* owner, std::size_t* consumed) {
  result<T> out;  // the one thing returned, so that it is built in place
  msgpack::reader reader(in, owner);
  bool whole = decode_value(reader, *out);
  if (consumed != nullptr) {
    *consumed = in.size() - reader.left();
  } else if (whole && reader.left() != 0) {
    whole = reader.wrong(std::to_string(reader.left()) + " bytes follow its end");
  }
  if (!whole) [[unlikely]]
    out = tl::unexpected(reader.failure(type_name<T>()));
  return out;
}

template <class T>
result<T> decode_all(byte_view in, const bytes* owner, std::size_t* consumed) {
  if constexpr (portable<T>) {
    return decode_any<T>(in, owner, consumed);
  } else {
    refuse<as_sentence<[] { return internal::not_portable<T>(); }>()>();
  }
}

}  // namespace internal

/// The whole input as one T. Errors: malformed, with the path and what was found: "hit.bytes: expected an
/// integer, found str". Memory for a value is taken only after its length was checked against the input that
/// is left.
template <class T>
[[nodiscard]] result<T> decode(byte_view in) {
  return internal::decode_all<T>(in, nullptr, nullptr);
}
/// The same; fields of type troupe::bytes become slices of `in` and keep its memory alive.
template <class T>
[[nodiscard]] result<T> decode(const bytes& in) {
  return internal::decode_all<T>(in.view(), &in, nullptr);
}
/// One T at the beginning of `in`; what follows is the caller's. `consumed` is the size of T on success, else
/// where reading ended.
template <class T>
[[nodiscard]] result<T> decode_prefix(const bytes& in, std::size_t& consumed) {
  return internal::decode_all<T>(in.view(), &in, &consumed);
}
template <class T>
[[nodiscard]] result<T> decode_prefix(byte_view in, std::size_t& consumed) {
  return internal::decode_all<T>(in, nullptr, &consumed);
}

/// As encode() and decode(), for whoever passes messages between actors (actors/remote_types.hpp): they may hold what
/// is represented. The bytes of a large troupe::bytes that comes last in `value` are left out: they are `rest`, shared and
/// not copied, and belong behind what was written.
template <portable_message T>
void encode_message(byte_buffer& out, const T& value, bytes& rest) {
  internal::encode_but_the_rest(out, value, rest);
}
/// `in` lies within `owner`, of which fields of type troupe::bytes become slices.
template <portable_message T>
[[nodiscard]] result<T> decode_message(byte_view in, const bytes& owner) {
  return internal::decode_any<T>(in, &owner, nullptr);
}

}  // namespace troupe
