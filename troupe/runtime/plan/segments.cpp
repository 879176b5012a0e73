#include <troupe/runtime/plan/segments.hpp>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace troupe::runtime {
namespace {

using origin_sets = std::map<member_id, std::set<member_id>>;

const std::set<member_id>& origins_of(const plan& of, const member_plan& member, origin_sets& known) {
  if (const auto found = known.find(member.id); found != known.end()) return found->second;
  std::set<member_id> all;
  for (const auto edge : member.in) {
    const auto& before = of.member(of.edge(edge).from);
    if (before.is_origin()) {
      all.insert(before.id);
    } else {
      const auto& further = origins_of(of, before, known);
      all.insert(further.begin(), further.end());
    }
  }
  return known[member.id] = std::move(all);
}

std::size_t depth_of(const plan& of, const member_plan& member, std::map<member_id, std::size_t>& known) {
  if (const auto found = known.find(member.id); found != known.end()) return found->second;
  std::size_t deepest = 0;
  for (const auto edge : member.in) {
    const auto& before = of.member(of.edge(edge).from);
    deepest = std::max(deepest, before.is_origin() ? 1 : depth_of(of, before, known) + 1);
  }
  return known[member.id] = deepest;
}

}  // namespace

void find_origins(plan& of) {
  origin_sets known;
  for (auto& member : of.members) {
    const auto& origins = origins_of(of, member, known);
    member.origins.assign(origins.begin(), origins.end());
  }
}

std::vector<std::size_t> depths_of(const plan& of) {
  std::map<member_id, std::size_t> known;
  std::vector<std::size_t> depths;
  for (const auto& member : of.members) depths.push_back(depth_of(of, member, known));
  return depths;
}

}  // namespace troupe::runtime
