// tests/runtime/delivery_wires.hpp - the plan of the simulated segment, and what travels on its wires.
// Threads: plain values.
#pragma once
#include <troupe/runtime/delivery/outbox.hpp>
#include <troupe/runtime/plan/plan.hpp>

#include <cstdint>
#include <set>
#include <string>

namespace troupe::runtime::delivery_world {

inline constexpr member_id source_id = 1, work_id = 2, sink_id = 3;
inline constexpr edge_id to_work = 1, to_sink = 2;
inline constexpr std::uint32_t workers = 3;
inline constexpr std::uint32_t max_attempts = 2;
inline constexpr std::uint64_t item_count = 24;  // seqs
inline constexpr std::uint32_t batch_size = 4;

using seq_set = std::set<std::uint64_t>;

/// How items travel, and whether the sink takes them in their order.
struct way {
  bool batches = false;
  bool ordered = false;
};

inline plan plan_of(const way& how) {
  plan of;
  of.members.resize(3);
  of.edges = {{.id = to_work, .from = source_id, .to = work_id},
              {.id = to_sink, .from = work_id, .to = sink_id, .ordered = how.ordered}};
  return of;
}

inline bytes payload_of(std::uint64_t seq, std::uint32_t span) {
  return bytes::copy_of(as_bytes_view(std::string(span, static_cast<char>('a' + seq % 26))));
}

/// One direction between two parties: in order, delivered when the seed says so.
struct message {
  enum class kind { item, ack } what = kind::item;
  instance from, to;
  edge_id edge = 0;
  item_header header;
  bytes payload;
  std::uint64_t number = 0;  // of an ack; 0: none
  progress done;             // of an ack
};

}  // namespace troupe::runtime::delivery_world
