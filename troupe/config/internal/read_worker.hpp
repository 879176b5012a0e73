// config/internal/read_worker.hpp - what a stage says of its worker processes.
// Threads: one.
#pragma once
#include <troupe/config/internal/section.hpp>
#include <troupe/config/schema.hpp>

#include <span>
#include <string_view>

namespace troupe::config {

/// limits, nice, cpu_affinity, env, cwd, stop, start_timeout, heartbeat_timeout and max_jobs.
void read_worker(section& in, worker_settings& out);

/// workers = 4, or workers = { min = 1, max = 8, idle = "30s" }.
void read_staff(section& in, stage& out);

/// retry = ["crash", "timeout"].
void read_retry(section& in, retry_rules& out);

/// The keys that have no meaning without a process: an error with place = "thread".
[[nodiscard]] std::span<const std::string_view> keys_of_processes() noexcept;

}  // namespace troupe::config
