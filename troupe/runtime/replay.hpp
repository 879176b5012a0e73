// runtime/replay.hpp - one quarantined item again, alone: in this process, or in a child that may die of it.
// Threads: main() only.
#pragma once
#include <troupe/base/bytes.hpp>
#include <troupe/base/error.hpp>
#include <troupe/runtime/plan/plan.hpp>
#include <troupe/runtime/stage.hpp>

#include <cstdint>
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

/// How a child that replays has ended.
struct replayed {
  int exit_code = 0;     // of this program: the child's own, or 128 + the signal that ended it
  std::string sentence;  // "killed by SIGSEGV"
};
/// Starts this program again with replay_argument and waits for it. It has our streams. Errors: those of starting it.
[[nodiscard]] result<replayed> replay_in_child(const std::string& argv0, const std::string& file);
/// The same in gdb, which has our streams, until the person leaves it; exit_code is gdb's.
[[nodiscard]] result<replayed> replay_in_gdb(const std::string& file);

}  // namespace troupe::runtime
