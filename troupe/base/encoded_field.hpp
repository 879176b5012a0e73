// base/encoded_field.hpp - one field of an encoded struct, found without decoding the others.
// Threads: plain functions.
// Source: the MessagePack specification (msgpack/spec.md); docs/wire-values.md: a struct is an array of its fields.
#pragma once
#include <troupe/base/bytes.hpp>
#include <troupe/base/error.hpp>

#include <cstddef>

namespace troupe {

/// The bytes of the `index`-th field, from 0; they lie in `item`. Equal values of one type have equal bytes, whoever of us
/// encoded them. Errors: malformed when `item` is no array, ends too early, or has no such field.
[[nodiscard]] result<byte_view> encoded_field(byte_view item, std::size_t index);

}  // namespace troupe
