// runtime/director/member_makers.hpp - the members of a plan that live in the director: how each is made.
// Threads: maker_for by one; what it returns is called in the member's turn.
#pragma once
#include <troupe/runtime/director/run_counters.hpp>
#include <troupe/runtime/members/outlets.hpp>
#include <troupe/runtime/members/sink_file.hpp>
#include <troupe/runtime/node/member.hpp>
#include <troupe/spawn/spawner.hpp>

#include <atomic>
#include <map>
#include <memory>

namespace troupe::runtime {

class job_intake;

/// What members of the director have beside the settings of any.
struct director_share {
  run_counters& counters;
  std::map<member_id, sink_file>& sinks;
  std::shared_ptr<job_intake> jobs;    // of the one member that takes jobs, if there is one
  spawn::spawner* programs = nullptr;  // starts those that sources read; outlives the members
};

/// Tries the quarantine folders and opens the sinks, before anything is read. Errors name what cannot be written.
/// Programs that read are started.
[[nodiscard]] result<std::map<member_id, sink_file>> open_outputs(const plan& of,
                                                                  const std::atomic<bool>& abandoned,
                                                                  spawn::spawner& programs,
                                                                  const logger& log);

/// What `with` refers to, and the counters, outlive the member; a sink takes its file out of `share`. Errors: the stage
/// cannot be constructed.
[[nodiscard]] result<make_member> maker_for(const member_setting& with, const instance& own,
                                            const director_share& share);

}  // namespace troupe::runtime
