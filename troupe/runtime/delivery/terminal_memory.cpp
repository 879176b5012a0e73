#include <troupe/runtime/delivery/terminal_memory.hpp>

#include <algorithm>

namespace troupe::runtime {
namespace {

bool same_hop(const path_element& a, const path_element& b) {
  return a.edge == b.edge && a.index == b.index;
}

bool same_counts(const std::vector<path_element>& a, const std::vector<path_element>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const path_element& x, const path_element& y) { return x.count == y.count; });
}

}  // namespace

arrival_kind terminal_memory::take(const lineage& item) {
  auto& origin = origins_[item.origin];
  if (item.seq + item.span <= origin.watermark) return arrival_kind::stale;
  auto& here = origin.by_seq[item.seq];
  for (const auto& known : here) {
    if (known.span != item.span) continue;
    if (!std::equal(known.path.begin(), known.path.end(), item.path.begin(), item.path.end(), same_hop))
      continue;
    return same_counts(known.path, item.path) ? arrival_kind::copy : arrival_kind::contradiction;
  }
  here.push_back({item.span, item.path});
  return arrival_kind::fresh;
}

void terminal_memory::prune(member_id origin_id, std::uint64_t watermark) {
  auto& origin = origins_[origin_id];
  if (watermark <= origin.watermark) return;
  origin.watermark = watermark;
  // A batch that starts below the watermark and ends above it stays whole until its last seq is complete.
  auto at = origin.by_seq.begin();
  while (at != origin.by_seq.end() && at->first < watermark) {
    std::erase_if(at->second, [&](const taken& t) { return at->first + t.span <= watermark; });
    at = at->second.empty() ? origin.by_seq.erase(at) : std::next(at);
  }
}

std::size_t terminal_memory::size() const noexcept {
  std::size_t n = 0;
  for (const auto& [id, origin] : origins_)
    for (const auto& [seq, list] : origin.by_seq) n += list.size();
  return n;
}

std::vector<origin_record> terminal_memory::records() const {
  std::vector<origin_record> all;
  for (const auto& [id, origin] : origins_) {
    auto& record = all.emplace_back(origin_record{id, origin.watermark, {}});
    for (const auto& [seq, list] : origin.by_seq)
      for (const auto& each : list) record.taken.push_back({seq, each.span, each.path});
  }
  return all;
}

void terminal_memory::restore(const std::vector<origin_record>& records) {
  for (const auto& record : records) {
    auto& origin = origins_[record.origin];
    origin.watermark = record.watermark;
    for (const auto& each : record.taken) origin.by_seq[each.seq].push_back({each.span, each.path});
  }
}

}  // namespace troupe::runtime
