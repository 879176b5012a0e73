// spawn/machine.hpp - whether this machine lets us do to a child what a command may ask for, before one is started.
// Threads: every function from any thread.
// Source: setpriority(2), sched_setaffinity(2), setrlimit(2), capabilities(7), cgroups(7).
#pragma once
#include <troupe/base/error.hpp>
#include <troupe/base/resource_limits.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace troupe::spawn {

// Errors are permission_denied (the value is good, but not for us) or unsupported (there is no such thing here); they say
// what was asked and what could be had. Caveat: a machine can change its mind until the child starts.

/// Whether a child of ours may have that niceness. Tried on a thread of its own.
[[nodiscard]] result<> may_set_nice(int value);
/// Whether a child of ours may run on that processor: it exists, is switched on and in our cpuset. Tried likewise.
[[nodiscard]] result<> may_run_on(unsigned cpu);

/// The limits of the kernel that stand above what we may give to a child: the hard limits, fs.nr_open.
[[nodiscard]] result<> may_open_files(std::uint64_t count);
[[nodiscard]] result<> may_have_address_space(std::size_t bytes);
/// RLIMIT_NPROC: it does not hold for the machine's root, nor for who has CAP_SYS_RESOURCE or CAP_SYS_ADMIN there.
[[nodiscard]] result<> may_limit_processes(std::uint64_t count);
/// Makes a control group for it, and removes it. With a limit of memory, for both: one group may have to do.
[[nodiscard]] result<> may_limit_tasks(std::uint64_t count, std::optional<std::size_t> memory_max = {});

}  // namespace troupe::spawn
