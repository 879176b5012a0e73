#include <troupe/runtime/delivery/lineage.hpp>

#include <algorithm>

namespace troupe::runtime {

bool operator==(const lineage& a, const lineage& b) noexcept {
  return a.seq == b.seq && a.origin == b.origin && a.span == b.span &&
         std::equal(a.path.begin(), a.path.end(), b.path.begin(), b.path.end(),
                    [](const path_element& x, const path_element& y) {
                      return x.edge == y.edge && x.index == y.index;
                    });
}

lineage child_of(const lineage& parent, edge_id edge, std::uint32_t index, std::uint32_t count) {
  lineage child;
  child.origin = parent.origin;
  child.seq = parent.seq;
  child.span = parent.span;
  child.path.reserve(parent.path.size() + 1);
  child.path = parent.path;
  child.path.push_back({edge, index, count});
  return child;
}

std::string to_string(const lineage& item) {
  std::string text = std::to_string(item.origin) + ':' + std::to_string(item.seq);
  if (item.span > 1) text += '+' + std::to_string(item.span);
  for (const auto& hop : item.path) text += '/' + std::to_string(hop.edge) + '.' + std::to_string(hop.index);
  return text;
}

std::size_t lineage_hash::operator()(const lineage& item) const noexcept {
  std::uint64_t h = mix(mix(item.origin, item.seq), item.span);
  for (const auto& hop : item.path) h = mix(mix(h, hop.edge), hop.index);
  return h;
}

std::size_t instance_hash::operator()(const instance& who) const noexcept {
  return mix(mix(who.member, who.slot), who.epoch);
}

}  // namespace troupe::runtime
