// runtime/delivery/running_page.hpp - the page of memory in which a worker says what it is doing.
// Threads: one writer (the worker's stage), any readers (the director, also after the writer's death).
// Source: docs/delivery.md, "Running, and the page".
#pragma once
#include <troupe/base/byte_buffer.hpp>
#include <troupe/runtime/delivery/outbox.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <vector>

namespace troupe::runtime {

/// What a worker is running: where it came from, what it is called, since when.
struct running_note {
  instance from;
  edge_id edge = 0;
  std::uint64_t number = 0;
  bool may_split = false;
  lineage item;
};

/// How far a worker is on one channel: numbers up to `completed` have been executed, or have failed and were
/// reported before.
struct channel_mark {
  instance from;
  edge_id edge = 0;
  std::uint64_t completed = 0;
};

/// What a running call waits for, where it knows: why it may take so long.
enum class waiting_for : std::uint32_t {
  nothing,  // it works, or does not say
  reader,   // its external program has not read all of the item
  answer    // its external program has read the item and answered nothing
};

/// The layout in shared memory. Plain data: a dying process may leave it half-written, so readers check every
/// length.
struct running_page {
  static constexpr std::size_t note_capacity = 512;  // an encoded running_note has at most max_path hops
  static constexpr std::size_t mark_capacity =
      512;  // slots of senders, by edge; of one beyond, nothing is known

  struct mark {
    std::atomic<std::uint64_t> member_and_slot;
    std::atomic<std::uint64_t> epoch;
    std::atomic<std::uint64_t> edge;
    std::atomic<std::uint64_t> completed;
  };
  std::atomic<std::uint64_t> running_since;  // monotonic ns; 0: nothing runs
  std::atomic<std::uint64_t> executed;       // calls that returned
  std::atomic<std::uint64_t> answered;       // items acknowledged to their senders: done for good
  std::atomic<std::uint64_t> redelivered;    // items that this worker sent again
  std::atomic<std::uint32_t> waiting;        // a waiting_for, of the running call
  std::atomic<std::uint64_t> beats;          // signs of life: rises while its scheduler and timers work
  std::atomic<std::uint64_t> arrived;        // items; a beat behind
  std::atomic<std::uint64_t> taken;          // of these: begun, or dropped since they are given up
  std::atomic<std::uint64_t> blocked;  // a bit per edge out of it: it has more for it than there is room
  std::atomic<std::uint32_t> note_length;
  std::atomic<std::uint32_t> mark_count;
  std::array<std::byte, note_capacity> note;
  std::array<mark, mark_capacity> marks;
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free, "the page is shared between processes");

/// The worker's side: writes in the order that makes every death readable.
class page_writer {
 public:
  /// The page must outlive the writer and be zeroed.
  explicit page_writer(running_page& page) : page_(page) {}
  /// Before the call.
  void begin(const running_note& note, std::uint64_t now_ns);
  /// After a call that returned, before its outputs leave.
  void end(const running_note& note);
  /// After a call that threw: it let nothing out, so the mark stays where it is.
  void fail();
  /// Where the call may say what it waits for.
  [[nodiscard]] std::atomic<std::uint32_t>& waiting() noexcept { return page_.waiting; }
  void take() {
    page_.taken.store(page_.taken.load(std::memory_order_relaxed) + 1,
                      std::memory_order_relaxed);  // the only writer
  }
  void add_answered() { page_.answered.fetch_add(1, std::memory_order_relaxed); }
  void add_redelivered(std::uint64_t n) { page_.redelivered.fetch_add(n, std::memory_order_relaxed); }

 private:
  running_page& page_;
  byte_buffer scratch_;
  std::vector<channel_mark> known_;  // the same order as page_.marks: of each sender's slot the newest life
};

/// Items that have arrived at the worker and wait there, also behind a call that takes long.
[[nodiscard]] inline std::uint64_t items_waiting(const running_page& page) noexcept {
  const auto taken = page.taken.load(std::memory_order_relaxed);
  const auto arrived = page.arrived.load(std::memory_order_relaxed);
  return arrived > taken ? arrived - taken : 0;
}

/// What the director reads. Nothing in the page is trusted: what does not decode counts as unknown.
struct page_reading {
  std::optional<running_note> running;
  std::uint64_t running_since = 0;
  waiting_for waiting = waiting_for::nothing;
  std::uint64_t executed = 0;
  std::uint64_t answered = 0;
  std::vector<channel_mark> marks;
  bool marks_complete = true;  // false: channels are missing, so of those everything may have been executed
};
[[nodiscard]] page_reading read_page(const running_page& page);

}  // namespace troupe::runtime
