// runtime/director/machine.hpp - whether this machine can do what a plan asks of it, before anything is started.
// Threads: any. Looks at the machine: limits, processors, folders.
#pragma once
#include <troupe/runtime/plan/plan.hpp>

#include <string>
#include <vector>

namespace troupe::runtime {

/// One thing that cannot be had here.
struct unmet_need {
  member_id stage = 0;
  std::string key;   // of the file: "limits.nofile"
  std::string what;  // "nice: a niceness of -5: ours is 0, …"
  std::string hint;  // what to do; may be empty
};

/// Everything in the settings of the plan's worker processes that cannot be enforced or does not suffice to start one:
/// niceness, processors, limits, folders.
[[nodiscard]] std::vector<unmet_need> unmet_needs(const plan& of);

}  // namespace troupe::runtime
