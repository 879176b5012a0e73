// runtime/director/needs.hpp - what a plan asks of the machine, so that a run that cannot fit says so before
// it starts.
// Threads: any.
#pragma once
#include <troupe/base/error.hpp>
#include <troupe/runtime/plan/plan.hpp>
#include <troupe/transport/ipc_directory.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace troupe::runtime {

/// The process of a run that holds most file descriptors.
struct descriptor_need {
  std::string process;  // "the director" or "each worker of stage 'count'"
  std::uint64_t count = 0;
};
/// An upper bound by what was counted in real runs: see the constants. User code's own files come on top.
[[nodiscard]] descriptor_need descriptors_needed(const plan& of);

/// The same for each worker of that stage.
[[nodiscard]] std::uint64_t descriptors_needed(const plan& of, member_id stage);

/// Whether the names of all workers' sockets fit below that directory: said before the start, not by each worker.
[[nodiscard]] result<> sockets_fit(const plan& of, const transport::ipc_directory& directory);

/// Why the plan cannot run within the limits of this process; nullopt when it can.
[[nodiscard]] std::optional<std::string> misfit(const plan& of);

}  // namespace troupe::runtime
