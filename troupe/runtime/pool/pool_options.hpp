// runtime/pool/pool_options.hpp - how a pool works, each default stated.
// Threads: plain values.
#pragma once
#include <troupe/base/clock.hpp>
#include <troupe/base/log.hpp>
#include <troupe/base/restart_policy.hpp>

#include <cstddef>
#include <optional>
#include <string>

namespace troupe {

/// `{.workers = 4, .timeout = 20s, .max_attempts = 2}`: in this order, each may be left out.
struct pool_options {
  std::size_t workers = 0;  // processes, 1 to 1,024; 0: one per processor
  std::optional<milliseconds> timeout =
      {};                     // of one job, then its worker is killed; 1 ms to 30 days; none unless said
  unsigned max_attempts = 3;  // how often a job may be started; 1 to 1,000
  std::size_t max_in_flight =
      1024;                    // jobs sent to one worker and not answered, 1 to 1,000,000; also 4 MiB of them
  std::size_t queue = 65'536;  // jobs submitted and not answered, then submit() waits; 0: any number
  std::string quarantine = {};   // a folder for the jobs that are given up, with their evidence; "": none
  restart_options restart = {};  // of workers that die; deaths that a job is to blame for do not count
  milliseconds start_timeout{30'000};  // for the first worker to become ready, then open() fails
  logger log = logger::make({.level = log_level::warn});  // what workers print on stderr, deaths and restarts
};

/// How map() goes.
struct map_options {
  bool ordered = false;                       // results in the order of the inputs, else as they come
  std::size_t look_ahead = 8192;              // inputs taken whose results have not been; at least 1
  std::size_t look_ahead_bytes = 64U << 20U;  // the same, encoded; one input is always allowed
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
