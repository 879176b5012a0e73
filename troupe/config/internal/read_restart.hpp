// config/internal/read_restart.hpp - restart = { ... }, the same for stages, actors and supervisors.
// Threads: one.
#pragma once
#include <troupe/base/restart_policy.hpp>
#include <troupe/config/internal/section.hpp>

namespace troupe::config {

/// What `in` says of restart goes into `out`; keys that are not written leave it as it is.
void read_restart(section& in, restart_options& out);

}  // namespace troupe::config
