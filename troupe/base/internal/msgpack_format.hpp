// base/internal/msgpack_format.hpp - the first bytes of MessagePack values.
// Threads: constants.
// Source: the MessagePack specification (msgpack/spec.md); our subset is docs/wire-values.md.
#pragma once
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace troupe::internal::msgpack {

enum tag : std::uint8_t {
  positive_fixint_last = 0x7f,
  fixmap = 0x80,
  fixarray = 0x90,
  fixstr = 0xa0,
  nil = 0xc0,
  never_used = 0xc1,
  false_ = 0xc2,
  true_ = 0xc3,
  bin8 = 0xc4,
  bin16 = 0xc5,
  bin32 = 0xc6,
  ext8 = 0xc7,
  ext32 = 0xc9,
  float32 = 0xca,
  float64 = 0xcb,
  uint8 = 0xcc,
  uint16 = 0xcd,
  uint32 = 0xce,
  uint64 = 0xcf,
  int8 = 0xd0,
  int16 = 0xd1,
  int32 = 0xd2,
  int64 = 0xd3,
  fixext1 = 0xd4,
  fixext16 = 0xd8,
  str8 = 0xd9,
  str16 = 0xda,
  str32 = 0xdb,
  array16 = 0xdc,
  array32 = 0xdd,
  map16 = 0xde,
  map32 = 0xdf,
  negative_fixint_first = 0xe0
};

/// MessagePack numbers are big endian.
template <std::unsigned_integral U>
[[nodiscard]] inline U big_endian(U value) noexcept {
  if constexpr (sizeof(U) == 1 || std::endian::native == std::endian::big) {
    return value;
  } else if constexpr (sizeof(U) == 2) {
    return __builtin_bswap16(value);
  } else if constexpr (sizeof(U) == 4) {
    return __builtin_bswap32(value);
  } else {
    return __builtin_bswap64(value);
  }
}

template <std::unsigned_integral U>
[[nodiscard]] inline U load(const std::byte* at) noexcept {
  U value;
  std::memcpy(&value, at, sizeof(U));
  return big_endian(value);
}

template <std::unsigned_integral U>
inline void store(std::byte* at, U value) noexcept {
  value = big_endian(value);
  std::memcpy(at, &value, sizeof(U));
}

}  // namespace troupe::internal::msgpack
