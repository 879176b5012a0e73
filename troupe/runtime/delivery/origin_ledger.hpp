// runtime/delivery/origin_ledger.hpp - which numbers of an origin are complete, and its watermark.
// Threads: a value owned by one actor.
// Source: docs/delivery.md, "Acknowledgement".
#pragma once
#include <troupe/runtime/delivery/outbox.hpp>

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <deque>
#include <optional>

namespace troupe::runtime {

/// Seqs above the watermark that an origin may have open before it waits: what terminals have to remember. An
/// origin of large batches allows itself some batches more.
inline constexpr std::uint64_t usual_spread = 1U << 20U;

/// Hands out seqs from 0 and knows which are complete: acknowledged on every edge out of the origin.
class origin_ledger {
 public:
  /// At most `limit` seqs are open; where somebody restores the order also no more than `ordered`, in seqs and in bytes of
  /// all items from the watermark on. One item always may be.
  explicit origin_ledger(std::uint64_t limit = usual_spread, std::optional<window> ordered = {}) noexcept
      : limit_(ordered ? std::min<std::uint64_t>(limit, ordered->items) : limit),
        limit_bytes_(ordered ? std::optional(ordered->bytes) : std::nullopt) {}

  /// Goes on where a predecessor was: before the first open().
  void begin_at(std::uint64_t seq) noexcept {
    assert(next_ == 0);
    watermark_ = next_ = seq;
  }
  [[nodiscard]] bool may_open() const noexcept {
    return spread() < limit_ && (!limit_bytes_ || sizes_.empty() || bytes_ < *limit_bytes_);
  }
  /// The first of `span` new consecutive seqs, each awaiting `copies` acknowledgements (edges; 0 = complete
  /// at once), in an item of `bytes`.
  std::uint64_t open(std::uint32_t span, std::uint16_t copies, std::uint64_t bytes = 0) {
    const auto seq = next_;
    next_ += span;
    awaiting_.insert(awaiting_.end(), span, copies);
    if (limit_bytes_) {
      sizes_.push_back({next_, bytes});
      bytes_ += bytes;
    }
    if (copies == 0) advance();
    return seq;
  }
  /// One acknowledgement for each of [seq, seq + span). The caller passes each copy once.
  void complete(std::uint64_t seq, std::uint32_t span) {
    assert(seq >= watermark_ && seq + span <= next_);
    for (std::uint64_t at = seq; at < seq + span; ++at) {
      auto& left = awaiting_[at - watermark_];
      assert(left > 0);
      --left;
    }
    advance();
  }
  /// The lowest seq not complete; next() when all are.
  [[nodiscard]] std::uint64_t watermark() const noexcept { return watermark_; }
  [[nodiscard]] std::uint64_t next() const noexcept { return next_; }
  [[nodiscard]] bool all_complete() const noexcept { return watermark_ == next_; }
  /// next - watermark: what terminals may have to remember.
  [[nodiscard]] std::uint64_t spread() const noexcept { return next_ - watermark_; }

 private:
  void advance() {
    while (!awaiting_.empty() && awaiting_.front() == 0) {
      awaiting_.pop_front();
      ++watermark_;
    }
    for (; !sizes_.empty() && sizes_.front().end <= watermark_; sizes_.pop_front())
      bytes_ -= sizes_.front().bytes;
  }
  struct size_of_item {
    std::uint64_t end;  // the seq behind it
    std::uint64_t bytes;
  };
  std::uint64_t limit_;
  std::optional<std::uint64_t> limit_bytes_;
  std::deque<size_of_item> sizes_;      // of items not complete, and of complete ones above them
  std::uint64_t bytes_ = 0;             // these
  std::deque<std::uint16_t> awaiting_;  // from the watermark on
  std::uint64_t watermark_ = 0;
  std::uint64_t next_ = 0;
};

}  // namespace troupe::runtime
