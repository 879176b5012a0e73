// runtime/members/keeper_member.hpp - a stage with state: the terminal of one segment, the origin of the
// next.
// Threads: owned by its actor, in the director.
// Source: docs/delivery.md, "Segments" and "The end".
#pragma once
#include <troupe/runtime/delivery/origin_ledger.hpp>
#include <troupe/runtime/delivery/terminal_memory.hpp>
#include <troupe/runtime/members/producer_member.hpp>

#include <deque>
#include <memory>

namespace troupe::runtime {

class keeper_member final : public producer_member {
 public:
  using producer_member::on;
  keeper_member(const member_setting& setting, const instance& own, std::unique_ptr<stage_body> body,
                work_again again);

  void on(arrivals batch) override;
  void on(const watermark_notice& news) override;
  void on(const order& what) override;

 private:
  void resume() override;
  void take(const arrival& item);
  void emit(std::vector<bytes> outputs);
  void settle();
  void fail_run(const std::string& doing, const error& why);

  std::unique_ptr<stage_body> body_;
  work_again again_;
  terminal_memory memory_;
  origin_ledger ledger_;
  std::deque<arrival> queue_;
  std::uint64_t told_watermark_ = 0;
  bool finished_ = false;
  bool ended_ = false;
  bool failed_ = false;
  bool asked_for_turn_ = false;
};

}  // namespace troupe::runtime
