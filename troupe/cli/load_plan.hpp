// cli/load_plan.hpp - from what the command line names to a plan that can run; says what is wrong on the way.
// Threads: main() only.
#pragma once
#include <troupe/cli/command_line.hpp>
#include <troupe/runtime/plan/plan.hpp>

#include <tl/expected.hpp>

namespace troupe::cli {

/// Prints every error to stderr. The unexpected value is the exit status.
[[nodiscard]] tl::expected<runtime::plan, int> load_plan(const request& what,
                                                         const runtime::registry& stages);

}  // namespace troupe::cli
