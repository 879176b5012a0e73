// sync/internal/channel_outcome.hpp - what can come of a send and of a receive.
// Threads: plain values.
#pragma once
#include <troupe/base/clock.hpp>

#include <cstdint>
#include <optional>

namespace troupe::sync {

enum class send_refusal : std::uint8_t {
  full,       // no room now; with capacity 0: the receiver does not wait now
  timed_out,  // no room until the deadline
  closed,     // the receiver has gone
};

enum class recv_error : std::uint8_t {
  empty,      // nothing there now
  timed_out,  // nothing came until the deadline
  closed,     // all values have been received and all senders have gone
};

}  // namespace troupe::sync

namespace troupe::sync::internal {

/// How long to wait: not at all, or until a deadline.
using patience = std::optional<deadline>;
inline constexpr patience no_patience = std::nullopt;

}  // namespace troupe::sync::internal
