// actors/spawn_options.hpp - how an actor is to live: its name, its mailbox, its thread.
// Threads: plain values.
#pragma once
#include <troupe/actors/message.hpp>

#include <cstdint>
#include <string>

namespace troupe {

/// On which thread an actor's turns run.
enum class runs_on : std::uint8_t {
  shared_threads,  // of its system: its handlers must not block
  own_thread       // one that it does not share: its handlers may. A test_system steps it like all others.
};

struct spawn_options {
  std::string name = {};         // for messages, logs and down; need not be unique
  mailbox_options mailbox = {};  // capacity 4096, overflow::wait
  runs_on thread = runs_on::shared_threads;
};

}  // namespace troupe
