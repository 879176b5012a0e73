// runtime/members/anchor_member.hpp - the terminal of one segment and the origin of the next.
// Threads: owned by its actor, in the director: what it has taken dies only with the run.
// Source: docs/delivery.md, "Segments", "Order" and "The end".
#pragma once
#include <troupe/runtime/delivery/origin_ledger.hpp>
#include <troupe/runtime/members/intake.hpp>
#include <troupe/runtime/members/producer_member.hpp>

#include <cstdint>
#include <deque>

namespace troupe::runtime {

/// Takes items one by one while what it makes of them has room, and answers for each when it has been worked on, or is
/// held for its turn.
class anchor_member : public producer_member {
 public:
  using producer_member::on;
  void on(arrivals news) final;
  void on(const watermark_notice& news) final;
  void on(const order& what) final;

 protected:
  anchor_member(const member_setting& setting, const instance& own, work_again again,
                std::uint64_t max_spread = usual_spread);

  /// False: the run cannot go on, and the director has been told.
  [[nodiscard]] virtual bool work_on(const arrival& item) = 0;
  /// Nothing more will come. False as above.
  [[nodiscard]] virtual bool finish() = 0;
  /// One of the member's own.
  virtual void timer_fired() {}
  /// False as above.
  [[nodiscard]] virtual bool end_of_turn() { return true; }

  /// `span` seqs in one item, on every edge.
  void send(const bytes& payload, std::uint32_t span);

 private:
  void resume() final;
  /// One item, if there is one and it may be worked on; false when it may not.
  [[nodiscard]] bool take_next();
  void settle();

  work_again again_;
  intake intake_;
  origin_ledger ledger_;
  std::deque<arrival> next_;   // in their order, and answered for: before all others
  std::deque<arrival> queue_;  // as they came
  std::uint64_t told_watermark_ = 0;
  std::uint64_t last_ns_ = 0;
  bool asked_for_turn_ = false;
  bool no_more_ = false;  // is to come
  bool finished_ = false;
  bool ended_ = false;
  bool failed_ = false;
};

}  // namespace troupe::runtime
