// runtime/node/worker.hpp - the life of a worker process: assignment, links, items, end.
// Threads: serve_worker() is the main thread of the worker until it ends.
#pragma once
#include <troupe/runtime/registry.hpp>

namespace troupe::runtime {

/// Exit statuses of a worker that did not do its work; see cause_of().
inline constexpr int worker_exit_not_started_by_us = 120;
inline constexpr int worker_exit_failed = 121;
inline constexpr int worker_exit_opened_a_pool = 122;

/// What is said to a program that would start workers in its workers.
inline constexpr const char* open_in_a_worker =
    "app.open() in a worker: workers are this program, started again, and main() must reach "
    "`if (app.is_worker()) return app.serve();` before it opens a pool, or each worker would start workers "
    "of its own";

/// Runs this process as the worker that the descriptors 3, 4 and 5 make it. Returns its exit status. When the
/// director is gone it does not return: the process ends at once, whatever runs.
[[nodiscard]] int serve_worker(const registry& stages);

}  // namespace troupe::runtime
