// runtime/members/stage_member.hpp - a stateless stage at work, in a worker process or in the director.
// Threads: owned by its actor.
// Source: docs/delivery.md, "Acknowledgement" and "Running, and the page".
#pragma once
#include <troupe/runtime/delivery/running_page.hpp>
#include <troupe/runtime/members/producer_member.hpp>

#include <deque>
#include <memory>
#include <optional>
#include <unordered_map>

namespace troupe::runtime {

class stage_member final : public producer_member {
 public:
  using producer_member::on;
  stage_member(const member_setting& setting, const instance& own, std::unique_ptr<stage_body> body,
               work_again again);

  void on(arrivals batch) override;
  void on(const order& what) override;

 private:
  /// An input whose outputs are not all acknowledged.
  struct pending {
    sender from;
    std::uint64_t number = 0;
    std::size_t outputs = 0;
  };
  void resume() override;
  void run(arrival item);
  void let_out(const sender& to, const running_note& of, std::vector<bytes> outputs);
  void answer(const sender& to, std::uint64_t number);
  void output_completed(std::uint64_t token);
  void settle();

  std::unique_ptr<stage_body> body_;
  call_offs* const called_off_;
  const bool returns_;  // what it makes goes back to its sender
  work_again again_;
  std::optional<page_writer> page_;
  std::deque<arrival> queue_;
  std::unordered_map<std::uint64_t, pending> pending_;
  std::uint64_t next_token_ = 0;
  bool asked_for_turn_ = false;
};

}  // namespace troupe::runtime
