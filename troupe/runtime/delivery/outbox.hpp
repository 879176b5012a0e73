// runtime/delivery/outbox.hpp - what a producer keeps on one edge until it is acknowledged.
// Threads: a value owned by one actor.
// Source: docs/delivery.md, "Acknowledgement", "Death", "Windows".
#pragma once
#include <troupe/base/bytes.hpp>
#include <troupe/base/clock.hpp>
#include <troupe/runtime/delivery/charges.hpp>
#include <troupe/runtime/delivery/lineage.hpp>

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace troupe::runtime {

/// Stands before every payload on an edge's channel.
struct item_header {
  std::uint32_t from_slot = 0;  // of the producer
  std::uint32_t to_slot = 0;    // of the consumer
  std::uint64_t number = 0;     // on the channel (producer instance, edge, consumer instance), from 1
  std::uint32_t attempt = 1;
  bool may_split = false;  // a batch of which no execution can have let outputs go
  lineage item;
};

/// A run of numbers [first, last], both included.
struct number_range {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
};

/// How much may be sent to one consumer instance and not yet be acknowledged. One item is always allowed.
struct window {
  std::uint32_t items = 1024;
  std::uint64_t bytes = 4U << 20U;
};

/// Where several instances share what a source reads, so much of it may stand before each: what it gets done in about this
/// time by its own word, but always so many items. What has not been sent can still go to another: of four items that take
/// an hour, each of four instances gets one.
inline constexpr milliseconds work_ahead{50};
inline constexpr std::uint32_t least_ahead = 1;

/// An encoded item that is larger cannot travel: with its header it has to fit a frame of transport.
inline constexpr std::size_t max_item_bytes = 120U << 20U;

/// An item that its sender still answers for.
struct kept_item {
  lineage item;
  bytes payload;
  std::uint64_t token = 0;        // the producer's own name for what it was made from
  bool may_be_delivered = false;  // an earlier execution may have let outputs go
};

/// What a consumer says of its work, beside what it answers for; nothing by default.
struct progress {
  std::uint64_t upto = 0;     // it has done with all numbers up to this, whatever became of them
  std::uint64_t each_ns = 0;  // what one took, the mean of the last turn
};

/// What an outbox asks of its owner. Calls come from within the outbox's own functions; do not call back into
/// it.
class outbox_owner {
 public:
  virtual ~outbox_owner() = default;
  virtual void carry(const instance& to, edge_id edge, const item_header& header, const bytes& payload) = 0;
  /// The consumer, or quarantine, has answered for this item.
  virtual void completed(edge_id edge, const kept_item& item) = 0;
  /// The item is quarantined: store its bytes. completed() follows.
  virtual void hand_in(edge_id edge, const kept_item& item) = 0;
  /// The single items of a batch in order, span 1 each, covering its seqs. Called only when the edge may
  /// split.
  virtual std::vector<kept_item> split(edge_id edge, const kept_item& batch) = 0;
  /// Nobody needs what this item gives: instead of being sent it is complete.
  [[nodiscard]] virtual bool unwanted(const kept_item& /*item*/) const { return false; }
};

struct outbox_options {
  edge_id edge = 0;
  member_id consumer = 0;
  std::uint32_t from_slot = 0;
  window limit;
  bool may_split = false;  // the consumer takes batches: a failed one is sent item by item
  bool spread = false;     // to several instances, by an owner that is never busy for long: see work_ahead
};

/// The sending half of an edge: chooses a consumer, numbers, keeps, takes back, sends again.
class outbox {
 public:
  outbox(outbox_options options, const charge_table& charges, outbox_owner& owner);

  /// A consumer can be reached; what was on its channel when the link was lost is sent again.
  void consumer_up(const instance& who);
  /// The link is gone, the consumer perhaps not: its items wait for consumer_up or consumer_lost.
  void consumer_unreachable(const instance& who);
  /// The consumer is dead: take back what it has not acknowledged. Numbers up to `completed` may have let
  /// outputs go.
  void consumer_lost(const instance& who, std::uint64_t completed);

  /// The consumer is to end: nothing more is sent to it. take_released() names it once it has answered for all it has.
  void consumer_retires(const instance& who);
  /// Consumers that have become free to end since the last call.
  [[nodiscard]] std::vector<instance> take_released() { return std::exchange(released_, {}); }

  /// Keeps and, when a consumer has room, sends.
  void push(kept_item item);
  void acknowledged(const instance& from, std::span<const number_range> numbers, progress done = {});
  /// The table has this verdict already. Takes back what `from` held of the item when it is alive.
  void judged(const verdict& decision);

  /// True when a push would be sent at once.
  [[nodiscard]] bool has_room() const noexcept;
  /// Of what was sent there and not answered, that came first: what a consumer that takes items in their order is at.
  [[nodiscard]] bool is_oldest(const instance& consumer, std::uint64_t number) const;
  [[nodiscard]] bool empty() const noexcept { return kept_ == 0; }
  [[nodiscard]] std::size_t kept() const noexcept { return kept_; }
  [[nodiscard]] std::size_t waiting() const noexcept { return waiting_.size(); }
  /// How often an item was sent again.
  [[nodiscard]] std::uint64_t redelivered() const noexcept { return redelivered_; }
  [[nodiscard]] edge_id edge() const noexcept { return options_.edge; }
  [[nodiscard]] member_id consumer() const noexcept { return options_.consumer; }

 private:
  struct channel {
    instance who;
    bool up = false;
    bool retires = false;                       // takes nothing more
    std::uint64_t first = 1;                    // the number of sent.front()
    std::deque<std::optional<kept_item>> sent;  // nullopt: answered
    std::uint32_t items = 0;
    std::uint64_t bytes = 0;
    std::uint64_t worked = 0;   // the consumer has done with all numbers up to this
    std::uint32_t allowed = 0;  // of what it has not; by what it gets done in work_ahead
    [[nodiscard]] std::uint64_t next() const noexcept { return first + sent.size(); }
    [[nodiscard]] bool is_full() const noexcept { return next() - 1 - worked >= allowed; }
    [[nodiscard]] bool fits(std::uint64_t more, const window& limit) const noexcept {
      return up && !retires &&
             (items == 0 || (items < limit.items && !is_full() && bytes + more <= limit.bytes));
    }
  };
  channel* find(const instance& who);
  channel& add(const instance& who);
  channel* choose(std::uint64_t size);
  void dispatch();
  void send(channel& to, kept_item item);
  void take_back(channel& from, std::uint64_t completed);
  std::optional<kept_item> remove(channel& from, std::uint64_t number);
  std::optional<kept_item> remove(channel& from, const lineage& item);
  void note_worked(channel& by, progress done);
  void settle_waiting(const lineage& item);
  /// True when the item was dealt with here: quarantined, or replaced by its parts at the front of waiting_.
  bool settled(kept_item& item);
  void finish(kept_item item);
  void note_if_released(const channel& which);

  outbox_options options_;
  const charge_table& charges_;
  outbox_owner& owner_;
  std::vector<channel> channels_;
  std::deque<kept_item> waiting_;
  std::size_t kept_ = 0;
  std::size_t turn_ = 0;
  std::uint32_t pace_ = least_ahead;  // of the one last heard of: a new instance begins with that
  std::uint64_t redelivered_ = 0;
  std::vector<instance> released_;
};

}  // namespace troupe::runtime
