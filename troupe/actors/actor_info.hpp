// actors/actor_info.hpp - what can be seen of an actor from outside.
// Threads: plain values.
#pragma once
#include <troupe/actors/message.hpp>
#include <troupe/base/clock.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace troupe {

enum class actor_state : std::uint8_t {
  idle,     // waits for a message
  ready,    // runs, or is about to
  waiting,  // for an answer, or for room in a mailbox that it sends to
  down,     // between two lives: its supervisor will start it again, or end it
  ended
};

/// What actor_system::look() says of one actor. A snapshot: the figures belong to about the same moment, not to
/// exactly one.
struct actor_info {
  actor_id id;
  std::string name;       // empty without one
  std::string_view type;  // of its class, as in messages: "warehouse"
  actor_state state = actor_state::idle;
  std::size_t queued = 0;     // messages in its mailbox and in line before it
  std::uint64_t handled = 0;  // messages, over all its lives
  nanoseconds busy{0};  // in its turns: handlers and what surrounds them; a running turn counts when it ends
  std::uint32_t restarts = 0;
  actor_id supervisor;  // nobody's: 0
};

}  // namespace troupe
