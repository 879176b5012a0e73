// config/internal/check_actors.hpp - what can only be seen when all actors and supervisors are known.
// Threads: one.
#pragma once
#include <troupe/config/internal/findings.hpp>
#include <troupe/config/internal/read_named.hpp>

#include <vector>

namespace troupe::config {

/// One name for two things.
void check_names(const std::vector<read_stage>& stages, const std::vector<read_actor>& actors,
                 const std::vector<read_supervisor>& supervisors, const std::vector<read_process>& processes,
                 findings& to);

/// Supervisors without children, children that do not exist or have two supervisors, cycles, actors with two
/// ways to be restarted. `stages` are there because somebody may list one.
void check_supervision(const std::vector<read_supervisor>& supervisors, const std::vector<read_actor>& actors,
                       const std::vector<read_stage>& stages, findings& to);

}  // namespace troupe::config
