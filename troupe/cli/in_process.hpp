// cli/in_process.hpp - `run --in-process`: a whole file in one process, for debuggers.
// Threads: plain functions.
#pragma once
#include <troupe/runtime/plan/plan.hpp>

#include <string>

namespace troupe::cli {

/// Moves every stage of this program, and every actor, into the process itself: one worker each, without `timeout`, `limits` and all else that
/// needs a process of its own. External programs stay what they are: no debugger of this process sees them anyway.
/// Returns what is promised no more, in one paragraph; "" when nothing had to be moved.
[[nodiscard]] std::string keep_in_process(config::file& file);

}  // namespace troupe::cli
