// config/internal/read_limits.hpp - limits = { ... }: what a process may use of the machine.
// Threads: one.
#pragma once
#include <troupe/base/resource_limits.hpp>
#include <troupe/config/internal/section.hpp>

namespace troupe::config {

/// What `in` says of limits goes into `out`; keys that are not written leave it as it is.
void read_limits(section& in, resource_limits& out);

}  // namespace troupe::config
