// runtime/director/roster.hpp - who works where, since when.
// Threads: a value of the director.
#pragma once
#include <troupe/runtime/director/staffing.hpp>
#include <troupe/runtime/node/exchange.hpp>
#include <troupe/runtime/plan/plan.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace troupe::runtime {

/// One slot of a stage in worker processes, over all its lives.
struct slot_state {
  enum class condition : std::uint8_t {
    down,
    starting,
    ready,
    retiring,  // its senders send it nothing more; it finishes what it holds
    stopping   // it has been told to end
  } now = condition::down;
  instance who;                     // its current or last life
  std::string endpoint;             // once it is ready
  std::uint64_t overdue_since = 0;  // we have killed it for the call that began then
  std::uint64_t redelivered = 0;    // of this life, as far as it is counted
  std::string faulty = {};          // why we have killed it: what it sent to others
  std::string unfit = {};           // why we have killed it: it was not ready in time, or froze
  bool comes_back = false;          // down until its pause before a restart is over
  // Of this life:
  std::optional<std::uint32_t> replaces = {};  // while it starts: the slot of the one in whose place it comes
  std::set<instance> awaited = {};             // while it retires: senders that have items with it
  std::uint64_t quota = 0;                     // so many executed are enough; 0: no end
  bool failed_on_item = false;                 // and ends because of it, for the state that it left
  bool outdated = false;                       // somebody asked for another in its place
  nanoseconds starting_for{0};
  pulse_watch pulse = {};
  std::uint64_t executed = 0;  // at the last look

  [[nodiscard]] bool works() const noexcept { return now == condition::ready || now == condition::retiring; }
};

class roster {
 public:
  explicit roster(const plan& of) {
    for (const auto& member : of.members) {
      if (!member.in_process) continue;
      for (std::uint32_t slot = 0; slot < member.most_workers(); ++slot)
        slots_[{member.id, slot}].who = {member.id, slot, 0};
    }
  }
  /// nullptr when that life is over, or was never.
  [[nodiscard]] slot_state* find(const instance& who) {
    const auto found = slots_.find({who.member, who.slot});
    return found == slots_.end() || found->second.who != who ? nullptr : &found->second;
  }
  [[nodiscard]] std::map<std::pair<member_id, std::uint32_t>, slot_state>& slots() noexcept { return slots_; }
  /// One in which nobody lives or is about to; nullptr: there is none.
  [[nodiscard]] slot_state* free_slot(member_id of) {
    for (auto at = slots_.lower_bound({of, 0}); at != slots_.end() && at->first.first == of; ++at)
      if (at->second.now == slot_state::condition::down && !at->second.comes_back) return &at->second;
    return nullptr;
  }
  /// Who is being started to take its place; nullptr: nobody.
  [[nodiscard]] slot_state* successor_of(const instance& who) {
    for (auto at = slots_.lower_bound({who.member, 0}); at != slots_.end() && at->first.first == who.member;
         ++at)
      if (at->second.now == slot_state::condition::starting && at->second.replaces == who.slot)
        return &at->second;
    return nullptr;
  }
  [[nodiscard]] bool anybody_works(member_id stage) const noexcept {
    for (const auto& [key, slot] : slots_)
      if (key.first == stage && slot.works()) return true;
    return false;
  }
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
