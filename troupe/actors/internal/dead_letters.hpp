// actors/internal/dead_letters.hpp - what becomes of a message that nobody handles: it is counted, and published.
// Threads: any; without a lock.
#pragma once
#include <troupe/actors/internal/actor_class.hpp>
#include <troupe/actors/internal/core.hpp>

#include <cstddef>

namespace troupe::actors {

/// `messages` of `type`, which were for `receiver` (null: nobody), are lost.
void bury(core& system, const cell* receiver, const message_type* type, lost how, std::size_t messages);

}  // namespace troupe::actors
