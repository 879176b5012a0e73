// spawn/internal/frames.hpp - what both sides of a lifeline say about frames.
// Threads: pure functions.
#pragma once
#include <troupe/base/bytes.hpp>
#include <troupe/base/error.hpp>

#include <cstddef>
#include <string>

namespace troupe::spawn::internal {

/// A buffer for frames that has grown over this is given back when it has been written.
inline constexpr std::size_t memory_kept = 1024 * 1024;

[[nodiscard]] inline error peer_ended(bool at_boundary) {
  if (at_boundary) return {errc::end_of_file, "read from the lifeline"};
  return {errc::malformed, "read from the lifeline: the peer went in the middle of a frame"};
}

[[nodiscard]] inline result<> check_frame_size(byte_view payload, std::size_t limit) {
  if (payload.size() <= limit) return {};
  return fail(errc::too_large, "send a frame of " + std::to_string(payload.size()) +
                                   " bytes over a lifeline, the limit is " + std::to_string(limit));
}

}  // namespace troupe::spawn::internal
