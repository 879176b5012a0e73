// runtime/delivery/terminal_memory.hpp - what a terminal has taken, so that a copy is recognised.
// Threads: a value owned by one actor.
// Source: docs/delivery.md, "Acknowledgement".
#pragma once
#include <troupe/runtime/delivery/lineage.hpp>

#include <map>
#include <unordered_map>
#include <vector>

namespace troupe::runtime {

/// What an arrival is to a terminal.
enum class arrival_kind : std::uint8_t {
  fresh,         // take it
  copy,          // taken before: acknowledge, do nothing else
  stale,         // below the watermark, so complete: acknowledge, do nothing else
  contradiction  // taken before with another count: the stage is not deterministic; treat as a copy and say
                 // so
};

/// A lineage that was taken, but for its origin.
struct taken_record {
  std::uint64_t seq = 0;
  std::uint32_t span = 1;
  std::vector<path_element> path;
};

/// What is remembered of one origin.
struct origin_record {
  member_id origin = 0;
  std::uint64_t watermark = 0;
  std::vector<taken_record> taken;
};

/// The lineages taken at or above each origin's watermark. Bounded by the origins' spread.
class terminal_memory {
 public:
  /// Records the lineage when it is fresh.
  arrival_kind take(const lineage& item);
  /// Everything below `watermark` of `origin` is complete. A lower one than before changes nothing.
  void prune(member_id origin, std::uint64_t watermark);
  [[nodiscard]] std::size_t size() const noexcept;
  /// All of it, to be kept in a checkpoint; and again from that, in a memory that is empty.
  [[nodiscard]] std::vector<origin_record> records() const;
  void restore(const std::vector<origin_record>& records);

 private:
  struct taken {
    std::uint32_t span;
    std::vector<path_element> path;
  };
  struct origin_memory {
    std::uint64_t watermark = 0;
    std::map<std::uint64_t, std::vector<taken>> by_seq;
  };
  std::unordered_map<member_id, origin_memory> origins_;
};

}  // namespace troupe::runtime
