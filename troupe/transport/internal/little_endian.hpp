// transport/internal/little_endian.hpp - integers of fixed width at any alignment.
// Threads: pure functions.
#pragma once
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstring>

namespace troupe::transport {

template <std::unsigned_integral T>
[[nodiscard]] T load_le(const std::byte* from) noexcept {
  static_assert(std::endian::native == std::endian::little, "the wire is little-endian: swap bytes here");
  T value;
  std::memcpy(&value, from, sizeof(T));
  return value;
}

template <std::unsigned_integral T>
void store_le(std::byte* to, T value) noexcept {
  static_assert(std::endian::native == std::endian::little, "the wire is little-endian: swap bytes here");
  std::memcpy(to, &value, sizeof(T));
}

}  // namespace troupe::transport
