// runtime/director/roster.hpp - who works where, since when.
// Threads: a value of the director.
#pragma once
#include <troupe/runtime/node/exchange.hpp>
#include <troupe/runtime/plan/plan.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <utility>

namespace troupe::runtime {

/// One slot of a stage in worker processes, over all its lives.
struct slot_state {
  enum class condition : std::uint8_t { down, starting, ready, stopping } now = condition::down;
  instance who;                     // its current or last life
  std::string endpoint;             // once it is ready
  std::uint64_t overdue_since = 0;  // we have killed it for the call that began then
  std::uint64_t redelivered = 0;    // of this life, as far as it is counted
  std::string faulty = {};          // why we have killed it: what it sent to others
};

class roster {
 public:
  explicit roster(const plan& of) {
    for (const auto& member : of.members) {
      if (!member.in_process) continue;
      for (std::uint32_t slot = 0; slot < member.workers; ++slot)
        slots_[{member.id, slot}].who = {member.id, slot, 0};
    }
  }
  /// nullptr when that life is over, or was never.
  [[nodiscard]] slot_state* find(const instance& who) {
    const auto found = slots_.find({who.member, who.slot});
    return found == slots_.end() || found->second.who != who ? nullptr : &found->second;
  }
  [[nodiscard]] std::map<std::pair<member_id, std::uint32_t>, slot_state>& slots() noexcept { return slots_; }
  /// How many are in that condition.
  [[nodiscard]] std::uint32_t count(slot_state::condition what) const noexcept {
    std::uint32_t n = 0;
    for (const auto& [key, slot] : slots_) n += slot.now == what ? 1 : 0;
    return n;
  }

 private:
  std::map<std::pair<member_id, std::uint32_t>, slot_state> slots_;
};

}  // namespace troupe::runtime
