// actors/internal/actor_class.hpp - what a cell knows of the class of its actor.
// Threads: plain values.
#pragma once
#include <cstdint>
#include <string_view>

namespace troupe::actors {

/// The identity of a message type in this process is the address of its message_type.
struct message_type {
  std::string_view name;
  bool of_the_system = false;
};

/// How a class takes messages of one type.
enum class accepts : std::uint8_t {
  no,
  owned,  // its handler takes the message by value
  shared  // its handler takes a const reference, so that many actors can be shown the same message
};

struct actor_class {
  std::string_view name;
  accepts (*takes)(const message_type& type) noexcept = nullptr;
  bool reentrant = false;  // takes messages while its coroutines wait
  bool hears_end = false;  // a stop and a kill come to it as messages, and it ends itself when it is done
};

}  // namespace troupe::actors
