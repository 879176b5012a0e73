// base/mailbox_options.hpp - how the mailbox of an actor is bounded.
// Threads: plain values.
#pragma once
#include <cstddef>
#include <cstdint>

namespace troupe {

/// What happens to a message when the mailbox holds `capacity` messages already.
enum class overflow : std::uint8_t {
  wait,  // from an actor: the message parks, and the sender takes no new message until it is in the mailbox;
         // from a plain thread: send blocks until there is room or its patience ends
  reject,      // send fails with errc::full; the message is a dead letter
  drop_oldest  // the oldest message in the mailbox makes room; it becomes a dead letter
};

/// Bounds of one mailbox, in messages. What the system itself says (stop, kill, down, timers) is never
/// refused.
struct mailbox_options {
  std::size_t capacity = 4096;  // 0: unbounded
  troupe::overflow overflow = troupe::overflow::wait;
  friend bool operator==(const mailbox_options&, const mailbox_options&) = default;
};

}  // namespace troupe
