// runtime/programs/program_end.hpp - what the end of an external program says of the item it had; starting one.
// Threads: plain functions.
// Source: docs/programs.md, "Failures".
#pragma once
#include <troupe/base/error.hpp>
#include <troupe/runtime/programs/error_stream.hpp>
#include <troupe/spawn/command.hpp>

#include <string>
#include <vector>

namespace troupe::runtime {

/// The failure of an item whose program ended so, with the last lines that it wrote to standard error.
///   handler_failed  it exited
///   peer_lost       a signal ended it, or nobody knows what
///   cancelled       somebody killed it with SIGKILL, and the kernel had no reason to
[[nodiscard]] error end_of(const std::vector<std::string>& argv, const spawn::exit_report& how,
                           const error_stream& errors);

/// Starts it. What the machine has too little of (processes, memory, descriptors) may come back: it is asked again
/// for some seconds, and then the failure is peer_lost, so that the item is tried again.
[[nodiscard]] result<spawn::child> start_program(const spawn::command& command);

}  // namespace troupe::runtime
