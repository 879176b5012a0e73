// runtime/delivery/slot_books.hpp - what a slot of a stage with state has taken, owes and has to send, from checkpoint to
// checkpoint.
// Threads: a value owned by one actor.
// Source: docs/delivery.md, "Slots".
#pragma once
#include <troupe/runtime/delivery/checkpoint.hpp>
#include <troupe/runtime/delivery/origin_ledger.hpp>
#include <troupe/runtime/delivery/terminal_memory.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace troupe::runtime {

/// In their order.
using owed_outputs = std::vector<owed_output>;

class slot_books {
 public:
  /// Each output leaves in so many copies; where somebody restores their order, so much of them may be on its way.
  explicit slot_books(std::uint16_t copies, std::optional<window> ordered = {})
      : copies_(copies), ordered_(ordered), ledger_(usual_spread, ordered) {}

  /// As a predecessor had written them. What it owed is to be sent again.
  [[nodiscard]] owed_outputs restore(const checkpoint& from);

  /// What has arrived; only what is fresh is to be worked on. All of it is answered for with the next checkpoint.
  [[nodiscard]] arrival_kind take(const lineage& item) { return memory_.take(item); }
  void heard(member_id origin, std::uint64_t watermark) { memory_.prune(origin, watermark); }
  /// Waits for the next checkpoint.
  void give(bytes output);
  /// Into `into`: everything but the state. What was given has its seqs from now on.
  void write_down(checkpoint& into);
  /// That checkpoint stands: what may leave now. Before that nobody hears of it.
  [[nodiscard]] owed_outputs committed() { return std::exchange(fresh_, {}); }
  /// One copy of that output was acknowledged.
  void acknowledged(std::uint64_t seq);

  [[nodiscard]] std::size_t given() const noexcept { return given_.size(); }
  [[nodiscard]] std::uint64_t given_bytes() const noexcept { return given_bytes_; }
  [[nodiscard]] std::uint64_t watermark() const noexcept { return ledger_.watermark(); }
  /// True when there is room for what another call gives.
  [[nodiscard]] bool may_give() const noexcept {
    return ledger_.may_open() && (!ordered_ || (given_.size() + ledger_.spread() < ordered_->items &&
                                                given_bytes_ < ordered_->bytes));
  }
  [[nodiscard]] bool all_acknowledged() const noexcept { return given_.empty() && ledger_.all_complete(); }

 private:
  struct owed {
    bytes payload;
    std::uint16_t copies;
  };
  void owe(std::uint64_t seq, const bytes& payload);

  std::uint16_t copies_;
  std::optional<window> ordered_;
  terminal_memory memory_;
  origin_ledger ledger_;
  std::vector<bytes> given_;
  std::uint64_t given_bytes_ = 0;
  std::map<std::uint64_t, owed> owed_;  // by seq
  owed_outputs fresh_;                  // in the checkpoint that is being written
};

}  // namespace troupe::runtime
