#include <troupe/base/byte_buffer.hpp>
#include <troupe/runtime/node/packed_outputs.hpp>

#include <utility>

namespace troupe::runtime {

packed_outputs pack(std::vector<bytes> outputs) {
  if (outputs.size() == 1) return {std::move(outputs.front()), 1, {}};
  packed_outputs packed{{}, static_cast<std::uint32_t>(outputs.size()), {}};
  byte_buffer joined;
  for (const auto& output : outputs) {
    joined.append(output.view());
    packed.sizes.push_back(static_cast<std::uint32_t>(output.size()));
  }
  packed.payload = joined.take();
  return packed;
}

std::vector<bytes> unpack(const packed_outputs& from) {
  std::vector<bytes> outputs;
  if (from.count == 1) {
    outputs.push_back(from.payload);
    return outputs;
  }
  outputs.reserve(from.sizes.size());
  std::size_t at = 0;
  for (const auto size : from.sizes) {
    outputs.push_back(from.payload.slice(at, size));
    at += size;
  }
  return outputs;
}

}  // namespace troupe::runtime
