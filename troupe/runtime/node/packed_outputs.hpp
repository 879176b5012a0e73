// runtime/node/packed_outputs.hpp - the outputs of one call as one piece of memory, and apart again.
// Threads: plain values.
#pragma once
#include <troupe/base/bytes.hpp>

#include <cstdint>
#include <vector>

namespace troupe::runtime {

/// What one call gave, on its way back to whoever sent the item.
struct packed_outputs {
  bytes payload;  // all of them, one behind the other
  std::uint32_t count = 1;
  std::vector<std::uint32_t> sizes;  // of each, unless there is one
};

/// Copies the outputs together, unless there is one.
[[nodiscard]] packed_outputs pack(std::vector<bytes> outputs);
/// As pack() made it, or as exchange has checked it: slices of the payload.
[[nodiscard]] std::vector<bytes> unpack(const packed_outputs& from);

}  // namespace troupe::runtime
