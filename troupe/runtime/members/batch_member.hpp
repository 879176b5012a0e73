// runtime/members/batch_member.hpp - gathers items of other stages into batches for a program: the terminal of one segment,
// the origin of the next.
// Threads: owned by its actor, in the director.
// Source: docs/delivery.md, "Identity": a batch that a stage gets as one item is formed by an anchor.
#pragma once
#include <troupe/base/clock.hpp>
#include <troupe/runtime/delivery/origin_ledger.hpp>
#include <troupe/runtime/delivery/terminal_memory.hpp>
#include <troupe/runtime/members/producer_member.hpp>

#include <cstddef>
#include <deque>
#include <vector>

namespace troupe::runtime {

/// A batch is a vector of encoded items, and has as many seqs: a failed one is sent item by item. An item is answered
/// when it has been taken, as by any stage with state: the director has it then, and dies only with the run.
class batch_member final : public producer_member {
 public:
  using producer_member::on;
  batch_member(const member_setting& setting, const instance& own, work_again again);

  void use_timer(work_later later) override { later_ = std::move(later); }
  void on(arrivals news) override;
  void on(const watermark_notice& news) override;
  void on(const order& what) override;

 private:
  void resume() override;
  void take(const arrival& item);
  void look_at_the_clock();
  void let_go();
  void settle();

  const config::batch limits_;
  const std::uint64_t max_spread_;
  work_again again_;
  work_later later_;
  terminal_memory memory_;
  origin_ledger ledger_;
  std::deque<arrival> queue_;
  std::vector<bytes> gathered_;
  std::size_t gathered_bytes_ = 0;
  deadline due_ = deadline::never();  // of what is gathered
  std::uint64_t told_watermark_ = 0;
  bool has_timer_ = false;
  bool asked_for_turn_ = false;
  bool finished_ = false;
  bool ended_ = false;
};

}  // namespace troupe::runtime
