// runtime/pool/pool_options.hpp - how a pool works, each default stated.
// Threads: plain values.
#pragma once
#include <troupe/base/clock.hpp>
#include <troupe/base/failure_rules.hpp>
#include <troupe/base/log.hpp>
#include <troupe/base/resource_limits.hpp>
#include <troupe/base/restart_policy.hpp>
#include <troupe/base/worker_settings.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace troupe {

/// `{.workers = 4, .timeout = 20s, .max_attempts = 2}`: in this order, each may be left out. What the machine cannot enforce
/// is an error of open().
struct pool_options {
  /// Processes, 1 to 1,024; 0: one per processor.
  std::size_t workers = 0;
  /// Of one job, 1 ms to 30 days; over it its worker is killed. None unless said.
  std::optional<milliseconds> timeout = {};
  /// So long after submit() a job is answered, whatever it does: see job_options, which may say another for one job. Its
  /// worker is not ended: that is what `timeout` does. 1 ms to 30 days; none unless said.
  std::optional<milliseconds> within = {};
  /// How often a job may be started; 1 to 1,000.
  unsigned max_attempts = 3;
  /// Of each worker.
  resource_limits limits = {};
  /// Fewer than `workers`: as many as there is work for, never less. 0: all of them, always.
  std::size_t min_workers = 0;
  /// So long a worker too many is kept; at least 1 s.
  milliseconds idle{30'000};
  /// About so many jobs (each worker draws its number, ±10 %), then another takes its place without a pause. 0: no end.
  std::uint64_t max_jobs = 0;
  /// Which failures are worth another attempt.
  retry_rules retry = {};
  /// Jobs sent to one worker and not answered, 1 to 1,000,000; at most 4 MiB of them, or one.
  std::size_t max_in_flight = 1024;
  /// Jobs submitted and not answered, then submit() waits. 0: any number.
  std::size_t queue = 65'536;
  /// A folder for jobs that are given up: bytes, evidence, how to replay them. "": none.
  std::string quarantine = {};
  /// Of workers that die; a death that a job is to blame for does not count.
  restart_options restart = {};
  /// Niceness, processors, environment, folder, time-outs. Its limits and max_jobs are those above.
  worker_settings worker = {};
  /// What workers print on stderr, deaths and restarts; to our stderr unless said.
  logger log = logger::make({.level = log_level::warn});
};

/// Of one job.
struct job_options {
  /// So long after submit() it is answered, whatever it does, if need be with job_error::deadline_passed. The pool's unless
  /// said; one that is not above 0 has passed already.
  std::optional<milliseconds> within = {};
};

/// How map() goes.
struct map_options {
  bool ordered = false;                       // results in the order of the inputs, else as they come
  std::size_t look_ahead = 8192;              // inputs taken whose results have not been; at least 1
  std::size_t look_ahead_bytes = 64U << 20U;  // the same, encoded; one input is always allowed
  std::optional<milliseconds> within = {};    // of each job, from when its input was taken: see job_options
};

/// A moment's look at a pool.
struct pool_status {
  std::uint64_t submitted = 0;
  std::uint64_t answered = 0;
  std::uint64_t redelivered = 0;  // sent again after a death
  std::uint64_t given_up = 0;     // after max_attempts, or a throw
  std::uint64_t restarts = 0;     // of workers
  std::uint32_t workers_ready = 0;
  std::uint32_t workers_wanted = 0;
};

}  // namespace troupe
