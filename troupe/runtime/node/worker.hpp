// runtime/node/worker.hpp - the life of a worker process: assignment, links, items, end.
// Threads: serve_worker() is the main thread of the worker until it ends.
#pragma once
#include <troupe/runtime/registry.hpp>

namespace troupe::runtime {

/// Exit statuses of a worker that did not do its work; see cause_of().
inline constexpr int worker_exit_not_started_by_us = 120;
inline constexpr int worker_exit_failed = 121;

/// Runs this process as the worker that the descriptors 3, 4 and 5 make it. Returns its exit status. When the
/// director is gone it does not return: the process ends at once, whatever runs.
[[nodiscard]] int serve_worker(const registry& stages);

}  // namespace troupe::runtime
