// base/literals.hpp - 512_MiB, and 20s of std::chrono: `using namespace troupe::literals;`.
// Threads: constants.
#pragma once
#include <chrono>
#include <cstddef>

namespace troupe::literals {

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""min;
using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""us;
using std::chrono_literals::operator""ns;

/// Sizes in bytes. Not checked for overflow: 16777216_TiB is 0.
[[nodiscard]] consteval std::size_t operator""_B(unsigned long long n) {
  return n;
}
[[nodiscard]] consteval std::size_t operator""_KiB(unsigned long long n) {
  return n << 10U;
}
[[nodiscard]] consteval std::size_t operator""_MiB(unsigned long long n) {
  return n << 20U;
}
[[nodiscard]] consteval std::size_t operator""_GiB(unsigned long long n) {
  return n << 30U;
}
[[nodiscard]] consteval std::size_t operator""_TiB(unsigned long long n) {
  return n << 40U;
}

}  // namespace troupe::literals
