// runtime/node/actor_process.hpp - the life of a process that has actors of a file: assignment, links, lives, end.
// Threads: serve_actors() is the main thread of the process until it ends.
#pragma once
#include <troupe/runtime/node/lifeline_messages.hpp>
#include <troupe/runtime/registry.hpp>
#include <troupe/spawn/lifeline.hpp>

namespace troupe::runtime {

/// Plays its part of the file until the director says stop. When the director is gone it does not return: the process ends
/// at once, whatever runs. Errors: the assignment cannot be carried out, or a message of the director cannot be read.
[[nodiscard]] result<> serve_actors(const registry& program, spawn::lifeline_client& director,
                                    actors_assignment work);

}  // namespace troupe::runtime
