// config/internal/check_processes.hpp - what can only be seen when all actors and processes are known: who
// lives where.
// Threads: one.
#pragma once
#include <troupe/config/internal/findings.hpp>
#include <troupe/config/internal/read_named.hpp>

#include <vector>

namespace troupe::config {

/// Processes with a name that means something else already.
void check_process_names(const std::vector<read_process>& processes, const std::vector<read_actor>& actors,
                         findings& to);

/// Gives each actor with place = "process" the process of its own name. Reports places that do not exist,
/// processes without an actor, and more processes than there may be.
void place_actors(std::vector<read_actor>& actors, const std::vector<read_process>& processes, findings& to);

}  // namespace troupe::config
