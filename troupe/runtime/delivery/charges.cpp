#include <troupe/runtime/delivery/charges.hpp>

namespace troupe::runtime {

charge weigh(charge before, failure what, std::uint32_t span, charge_rules rules) noexcept {
  if (what == failure::killed) {
    if (++before.kills < kills_that_charge) return before;
    --before.kills;  // this one is a crash: it counts once
  }
  if (span > 1 && rules.may_split) {
    before.alone = true;
    return before;
  }
  ++before.charges;
  const bool worth_it = what == failure::thrown    ? rules.retry.error
                        : what == failure::timeout ? rules.retry.timeout
                                                   : rules.retry.crash;
  before.quarantined = !worth_it || before.charges >= rules.max_attempts;
  return before;
}

const charge* charge_table::find(member_id stage, const lineage& item) const {
  if (entries_.empty()) return nullptr;
  const auto found = entries_.find(key{stage, item});
  return found == entries_.end() ? nullptr : &found->second;
}

void charge_table::set(const verdict& decision) {
  if (decision.state == charge{})
    entries_.erase(key{decision.stage, decision.item});
  else
    entries_[key{decision.stage, decision.item}] = decision.state;
}

std::vector<verdict> charge_table::all() const {
  std::vector<verdict> list;
  list.reserve(entries_.size());
  for (const auto& [what, state] : entries_) list.push_back({what.stage, what.item, state, {}, {}, {}});
  return list;
}

}  // namespace troupe::runtime
