// base/internal/msgpack_write.hpp - appends single MessagePack values and headers, always in their shortest
// form.
// Threads: plain functions. Only codec.hpp includes this file.
#pragma once
#include <troupe/base/byte_buffer.hpp>
#include <troupe/base/internal/msgpack_format.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace troupe::internal::msgpack {

inline void write_byte(byte_buffer& out, unsigned value) {
  out.push(static_cast<std::byte>(value));
}

template <std::unsigned_integral U>
inline void write_tagged(byte_buffer& out, tag first, U value) {
  std::byte* const at = out.extend(1 + sizeof(U));
  *at = static_cast<std::byte>(first);
  store(at + 1, value);
}

inline void write_unsigned(byte_buffer& out, std::uint64_t value) {
  if (value <= positive_fixint_last) return write_byte(out, static_cast<unsigned>(value));
  if (value <= UINT8_MAX) return write_tagged(out, uint8, static_cast<std::uint8_t>(value));
  if (value <= UINT16_MAX) return write_tagged(out, uint16, static_cast<std::uint16_t>(value));
  if (value <= UINT32_MAX) return write_tagged(out, uint32, static_cast<std::uint32_t>(value));
  write_tagged(out, uint64, value);
}

inline void write_signed(byte_buffer& out, std::int64_t value) {
  if (value >= 0) return write_unsigned(out, static_cast<std::uint64_t>(value));
  const auto bits = static_cast<std::uint64_t>(value);
  if (value >= -32) return write_byte(out, static_cast<unsigned>(bits & 0xff));
  if (value >= INT8_MIN) return write_tagged(out, int8, static_cast<std::uint8_t>(bits));
  if (value >= INT16_MIN) return write_tagged(out, int16, static_cast<std::uint16_t>(bits));
  if (value >= INT32_MIN) return write_tagged(out, int32, static_cast<std::uint32_t>(bits));
  write_tagged(out, int64, bits);
}

inline void write_float(byte_buffer& out, float value) {
  write_tagged(out, float32, std::bit_cast<std::uint32_t>(value));
}
inline void write_float(byte_buffer& out, double value) {
  write_tagged(out, float64, std::bit_cast<std::uint64_t>(value));
}

/// Lengths are at most 2^32 - 1.
inline void write_array_header(byte_buffer& out, std::size_t count) {
  if (count < 16) return write_byte(out, fixarray | static_cast<unsigned>(count));
  if (count <= UINT16_MAX) return write_tagged(out, array16, static_cast<std::uint16_t>(count));
  write_tagged(out, array32, static_cast<std::uint32_t>(count));
}
inline void write_map_header(byte_buffer& out, std::size_t count) {
  if (count < 16) return write_byte(out, fixmap | static_cast<unsigned>(count));
  if (count <= UINT16_MAX) return write_tagged(out, map16, static_cast<std::uint16_t>(count));
  write_tagged(out, map32, static_cast<std::uint32_t>(count));
}

/// str8 and bin8 are followed by their 16 and 32 bit forms: `shortest` names the 8 bit one.
inline void write_blob(byte_buffer& out, tag shortest, const void* data, std::size_t size) {
  std::byte* at;
  if (size <= UINT8_MAX) {
    at = out.extend(2 + size);
    at[1] = static_cast<std::byte>(size);
    *at = static_cast<std::byte>(shortest);
    at += 2;
  } else if (size <= UINT16_MAX) {
    at = out.extend(3 + size);
    *at = static_cast<std::byte>(shortest + 1);
    store(at + 1, static_cast<std::uint16_t>(size));
    at += 3;
  } else {
    at = out.extend(5 + size);
    *at = static_cast<std::byte>(shortest + 2);
    store(at + 1, static_cast<std::uint32_t>(size));
    at += 5;
  }
  if (size != 0) std::memcpy(at, data, size);
}

/// What stands in front of so many bytes, which others write: a blob of more than 64 KiB.
inline void write_large_blob_header(byte_buffer& out, std::size_t size) {
  std::byte* const at = out.extend(5);
  *at = static_cast<std::byte>(bin8 + 2);
  store(at + 1, static_cast<std::uint32_t>(size));
}

inline void write_text(byte_buffer& out, const char* data, std::size_t size) {
  if (size >= 32) return write_blob(out, str8, data, size);
  std::byte* const at = out.extend(1 + size);
  *at = static_cast<std::byte>(fixstr | static_cast<unsigned>(size));
  if (size != 0) std::memcpy(at + 1, data, size);
}

}  // namespace troupe::internal::msgpack
