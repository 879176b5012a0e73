// base/worker_settings.hpp - how the worker processes of a stage are equipped, watched, replaced and stopped.
// Threads: plain values.
// Source: systemd.exec(5) and systemd.service(5) for the words; setpriority(2), sched_setaffinity(2).
#pragma once
#include <troupe/base/clock.hpp>
#include <troupe/base/resource_limits.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace troupe {

/// One variable of the environment.
struct env_setting {
  std::string name;  // not empty, no '=', no NUL
  std::string value;
  friend bool operator==(const env_setting&, const env_setting&) = default;
};

/// How a worker that holds no item any more is told to end.
struct stop_options {
  int signal = 0;              // sent before the director's own word, which alone comes by default (0)
  milliseconds timeout{5000};  // 0 to 1 h; over it the worker's whole process group is killed
  friend bool operator==(const stop_options&, const stop_options&) = default;
};

struct worker_settings {
  resource_limits limits = {};        // of each worker
  std::optional<int> nice = {};       // the niceness itself, -20 to 19
  std::vector<unsigned> cpus = {};    // the processors it may run on, from 0; empty: as the director
  std::vector<env_setting> env = {};  // beside the director's environment, or instead of what it has there
  std::string cwd = {};               // empty: the director's
  stop_options stop = {};
  milliseconds start_timeout{30'000};      // from its start until it can take items; over it, it is killed
  milliseconds heartbeat_timeout{30'000};  // without a sign of life it is frozen, and killed
  std::uint64_t max_jobs = 0;  // about so many items, ±10 %, then another takes its place; 0: no end
  friend bool operator==(const worker_settings&, const worker_settings&) = default;
};

}  // namespace troupe
