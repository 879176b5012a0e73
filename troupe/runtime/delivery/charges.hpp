// runtime/delivery/charges.hpp - which items have cost a worker its life, and what follows from it.
// Threads: a value owned by one actor; the director's copy decides, the others follow its verdicts.
// Source: docs/delivery.md, "Death".
#pragma once
#include <troupe/base/failure_rules.hpp>
#include <troupe/runtime/delivery/failure_facts.hpp>
#include <troupe/runtime/delivery/lineage.hpp>

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace troupe::runtime {

/// What is held against one item at one stage.
struct charge {
  std::uint32_t charges = 0;  // crashes and timeouts while running, and throws
  std::uint32_t kills = 0;    // operator's kills while running
  bool alone = false;         // a batch that failed: send its items one by one
  bool quarantined = false;
  [[nodiscard]] std::uint32_t attempt() const noexcept { return charges + kills + 1; }
  friend bool operator==(const charge&, const charge&) = default;
};

/// The director's decision about one item, announced to every node.
struct verdict {
  member_id stage = 0;
  lineage item;
  charge state;
  instance from;        // where it ran
  std::string cause;    // one sentence for the evidence: "killed by SIGSEGV"
  failure_facts facts;  // for this node only: others are told without them
};

/// How the next charge is weighed.
struct charge_rules {
  std::uint32_t max_attempts = 3;
  bool may_split = false;  // the item is a batch, and no execution of it can have let outputs go
  retry_rules retry = {};
};

/// So many operator's kills of one running item count as a crash: a program may also kill itself.
inline constexpr std::uint32_t kills_that_charge = 16;

/// The pure rule: what `before` becomes after `what` happened to an item of `span` seqs.
[[nodiscard]] charge weigh(charge before, failure what, std::uint32_t span, charge_rules rules) noexcept;

/// All charges of a run, by (stage, lineage). Grows with failures, not with items.
class charge_table {
 public:
  /// nullptr: nothing is held against it.
  [[nodiscard]] const charge* find(member_id stage, const lineage& item) const;
  /// A verdict that holds nothing against its item ends what is remembered of it.
  void set(const verdict& decision);
  [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
  /// Everything, for a new worker.
  [[nodiscard]] std::vector<verdict> all() const;

 private:
  struct key {
    member_id stage;
    lineage item;
    friend bool operator==(const key& a, const key& b) { return a.stage == b.stage && a.item == b.item; }
  };
  struct key_hash {
    std::size_t operator()(const key& k) const noexcept { return mix(k.stage, lineage_hash{}(k.item)); }
  };
  std::unordered_map<key, charge, key_hash> entries_;
};

}  // namespace troupe::runtime
