// runtime/director/completion.hpp - when each terminal may finish, and when the whole run has ended.
// Threads: a value of the director.
// Source: docs/delivery.md, "The end".
#pragma once
#include <troupe/runtime/plan/plan.hpp>

#include <algorithm>
#include <set>
#include <vector>

namespace troupe::runtime {

class completion {
 public:
  /// `of` must outlive it.
  explicit completion(const plan& of) : plan_(of) {}

  void origin_ended(member_id origin) { ended_.insert(origin); }
  void terminal_closed(member_id terminal) { closed_.insert(terminal); }

  /// Terminals whose origins have all ended and that were not named before: tell them to finish.
  [[nodiscard]] std::vector<member_id> ready_to_finish() {
    std::vector<member_id> ready;
    for (const auto& member : plan_.members) {
      if (!member.is_terminal() || told_.contains(member.id)) continue;
      const bool all = std::all_of(member.origins.begin(), member.origins.end(),
                                   [this](member_id origin) { return ended_.contains(origin); });
      if (all && told_.insert(member.id).second) ready.push_back(member.id);
    }
    return ready;
  }

  /// It was named.
  [[nodiscard]] bool is_told(member_id terminal) const { return told_.contains(terminal); }

  [[nodiscard]] bool all_done() const {
    return std::all_of(plan_.members.begin(), plan_.members.end(), [this](const member_plan& member) {
      return (!member.is_origin() || ended_.contains(member.id)) &&
             (!member.is_terminal() || closed_.contains(member.id));
    });
  }

 private:
  const plan& plan_;
  std::set<member_id> ended_;
  std::set<member_id> closed_;
  std::set<member_id> told_;
};

}  // namespace troupe::runtime
