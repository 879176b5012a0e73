#include <troupe/runtime/director/input_size.hpp>

#include <cstdint>
#include <variant>

namespace troupe::runtime {

void count_input(const plan& of, run_counters& to) {
  std::uint64_t bytes = 0, numbers = 0;
  bool known = true;
  for (const auto& member : of.members) {
    if (!member.source) continue;
    if (const auto* range = std::get_if<config::range_source>(&member.source->from))
      numbers += static_cast<std::uint64_t>(range->last) - static_cast<std::uint64_t>(range->first);
    else if (member.source->total_bytes != 0)
      bytes += member.source->total_bytes;
    else
      known = false;
  }
  if (!known || (bytes != 0 && numbers != 0)) return;
  to.bytes_total = bytes;
  to.items_total = numbers;
}

}  // namespace troupe::runtime
