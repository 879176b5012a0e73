// runtime/members/batch_member.hpp - gathers items of other stages into batches for a program.
// Threads: owned by its actor, in the director.
// Source: docs/delivery.md, "Identity": a batch that a stage gets as one item is formed by an anchor.
#pragma once
#include <troupe/base/clock.hpp>
#include <troupe/runtime/members/anchor_member.hpp>

#include <cstddef>
#include <vector>

namespace troupe::runtime {

/// A batch is a vector of encoded items, and has as many seqs: a failed one is sent item by item.
class batch_member final : public anchor_member {
 public:
  batch_member(const member_setting& setting, const instance& own, work_again again);

  void use_timer(work_later later) override { later_ = std::move(later); }

 private:
  bool work_on(const arrival& item) override;
  bool finish() override;
  void timer_fired() override { has_timer_ = false; }
  bool end_of_turn() override;
  [[nodiscard]] bool let_go();

  const config::batch limits_;
  work_later later_;
  std::vector<bytes> gathered_;
  std::size_t gathered_bytes_ = 0;
  deadline due_ = deadline::never();  // of what is gathered
  bool has_timer_ = false;
};

}  // namespace troupe::runtime
