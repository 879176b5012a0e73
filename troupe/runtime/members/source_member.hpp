// runtime/members/source_member.hpp - a source at work: its reader thread reads ahead, the member numbers and
// sends.
// Threads: owned by its actor; the reader thread talks to it by messages only.
#pragma once
#include <troupe/runtime/delivery/origin_ledger.hpp>
#include <troupe/runtime/director/run_counters.hpp>
#include <troupe/runtime/members/producer_member.hpp>
#include <troupe/runtime/sources/reader.hpp>

#include <deque>
#include <memory>

namespace troupe::runtime {

class source_member final : public producer_member {
 public:
  using producer_member::on;
  /// `open_reader` makes the reader, which delivers portions to this member's mailbox.
  using open_reader = std::function<result<std::unique_ptr<reader>>()>;
  source_member(const member_setting& setting, const instance& own, run_counters& counters, open_reader open);

  void on(portions read) override;
  void on(const order& what) override;

 private:
  void resume() override;
  void skip(const portions& unsent);
  void settle();
  void count_done(std::uint64_t items) noexcept {
    counters_.items_done.fetch_add(items, std::memory_order_relaxed);
  }

  run_counters& counters_;
  origin_ledger ledger_;
  open_reader open_;
  std::unique_ptr<reader> reader_;
  std::deque<portions> read_;  // not yet sent
  std::size_t next_ = 0;       // of the first portion: which item is to be sent next
  std::uint64_t told_watermark_ = 0;
  bool stopping_ = false;
  bool skipped_ = false;  // something that was read, as it was stopping
  bool exhausted_ = false;
  bool ended_ = false;
  bool failed_ = false;  // an item cannot travel: nothing more is sent
};

}  // namespace troupe::runtime
