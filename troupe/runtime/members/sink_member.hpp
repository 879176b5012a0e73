// runtime/members/sink_member.hpp - where items leave: formatted, written, then acknowledged.
// Threads: owned by its actor, in the director; a slow reader of the output blocks that actor, and so the
// pipeline.
#pragma once
#include <troupe/runtime/director/run_counters.hpp>
#include <troupe/runtime/members/intake.hpp>
#include <troupe/runtime/members/sink_file.hpp>
#include <troupe/runtime/node/member.hpp>

#include <string>

namespace troupe::runtime {

class sink_member final : public member {
 public:
  sink_member(const member_setting& setting, const instance& own, sink_file file, run_counters& counters);
  using member::on;
  void on(arrivals batch) override;
  void on(const watermark_notice& news) override;
  void on(const order& what) override;

 private:
  /// Formats it. False: the run cannot go on.
  [[nodiscard]] bool append(const arrival& item);
  [[nodiscard]] bool write();
  void fail_run(const std::string& doing, const error& why);

  const member_plan& plan_;
  const message_type type_;
  const bool holds_lines_;  // an item is a block of lines, each of which is written as one
  const reporter tell_director_;
  run_counters& counters_;
  courier courier_;
  intake intake_;
  sink_file file_;
  std::uint64_t formatted_ = 0;
  std::string text_;  // formatted, not yet written
  bool failed_ = false;
};

}  // namespace troupe::runtime
