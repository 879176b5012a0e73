// runtime/replay.hpp - one quarantined item again, alone: in this process, or in a child that may die of it.
// Threads: main() only.
#pragma once
#include <troupe/base/bytes.hpp>
#include <troupe/base/clock.hpp>
#include <troupe/base/error.hpp>
#include <troupe/base/worker_settings.hpp>
#include <troupe/runtime/plan/plan.hpp>
#include <troupe/runtime/stage.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace troupe::runtime {

/// argv[1] of a process that replays; argv[2] is the item's file.
inline constexpr const char* replay_argument = "--troupe-replay";

/// What a person types to run an item again, but for its file: `PROGRAM replay`, or of a library pool, whose main() may know
/// no such verb, `PROGRAM --troupe-replay`.
[[nodiscard]] std::string replay_command(const std::string& argv0, const plan& of);

/// Calls the stage's code on the item, here and now. Its outputs, each one line of JSON. Errors: handler_failed with what it
/// threw; those of constructing the stage. It may end this process: that is what one wants to see.
[[nodiscard]] result<std::vector<std::string>> replay_here(const stage_definition& stage, const bytes& item,
                                                           std::uint64_t id, std::uint32_t attempt);

/// What the worker had that gave the item up: its replay has the same.
struct replay_settings {
  std::optional<milliseconds> timeout;
  worker_settings worker;  // limits, nice, cpus, env and cwd
};
/// Environment and folder of this process, for a stage that is made after it. Errors: those of chdir(2).
[[nodiscard]] result<> enter(const replay_settings& as_then);

/// How a child that replays has ended.
struct replayed {
  int exit_code = 0;     // of this program: the child's own, or 128 + the signal that ended it
  std::string sentence;  // "killed by SIGSEGV"
};
/// Starts this program again with replay_argument, the limits and the environment, and waits for it; over the time-out it is
/// killed with what it has started. It has our output, and dies with us. Errors: those of starting it, a limit that cannot
/// be had among them.
[[nodiscard]] result<replayed> replay_in_child(const std::string& argv0, const std::string& file,
                                               const replay_settings& as_then);
/// In gdb, with no limit and no time-out, which has our streams, until the person leaves it; exit_code is gdb's.
[[nodiscard]] result<replayed> replay_in_gdb(const std::string& file);

}  // namespace troupe::runtime
