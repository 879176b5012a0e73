// tests/spawn/pipes/pattern.hpp - bytes to send: a piece that is lost, doubled or moved shows.
// Threads: a pure function.
#pragma once
#include <cstddef>
#include <vector>

namespace troupe::spawn {

inline std::vector<std::byte> pattern(std::size_t size) {
  std::vector<std::byte> made(size);
  for (std::size_t i = 0; i < size; ++i) made[i] = static_cast<std::byte>(i * 31 >> 7);
  return made;
}

}  // namespace troupe::spawn
