// runtime/delivery/checkpoint.hpp - what a slot of a stage with state has written down when it answers for its items.
// Threads: plain values; portable, so that they can be kept in a file.
// Source: docs/delivery.md, "Slots".
#pragma once
#include <troupe/base/bytes.hpp>
#include <troupe/runtime/delivery/terminal_memory.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace troupe::runtime {

/// An output that was not acknowledged when the checkpoint was written.
struct owed_output {
  std::uint64_t seq = 0;
  bytes payload;
};

struct checkpoint {
  std::string run_id;
  std::string state_shape;  // canonical, of what state() gives
  bytes state;
  std::vector<origin_record> memory;
  std::uint64_t watermark = 0;  // of the slot's own outputs
  std::uint64_t next = 0;       // their next seq
  std::vector<owed_output> owed;
  bool finished = false;  // finish() has been called, and what it gave is in it
};

}  // namespace troupe::runtime
