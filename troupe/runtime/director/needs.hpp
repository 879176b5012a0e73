// runtime/director/needs.hpp - what a plan asks of the machine, so that a run that cannot fit says so before
// it starts.
// Threads: pure functions.
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

/// Why the plan cannot run within the limits of this process; nullopt when it can.
[[nodiscard]] std::optional<std::string> misfit(const plan& of);

/// Whether the names of all sockets fit into that directory: said now, not by each worker when it starts.
[[nodiscard]] result<> sockets_fit(const plan& of, const transport::ipc_directory& in);

}  // namespace troupe::runtime
