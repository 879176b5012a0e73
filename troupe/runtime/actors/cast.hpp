// runtime/actors/cast.hpp - the actors and supervisors of a file, as a tree: who they are, and whether they can be.
// Threads: plain values.
#pragma once
#include <troupe/base/resource_limits.hpp>
#include <troupe/config/load.hpp>
#include <troupe/runtime/registry.hpp>

#include <cstddef>
#include <string>
#include <variant>
#include <vector>

namespace troupe::runtime {

/// One who is to be started; in the tree in the order in which that happens.
struct cast_entry {
  std::variant<const config::actor*, const config::supervisor*> who;  // of the file
  std::size_t depth = 0;                                              // 0: nobody of the file supervises it
};

/// Everybody in the file: each supervisor is followed by all that are below it, in the order of its children.
/// Valid as long as the file.
[[nodiscard]] std::vector<cast_entry> cast_of(const config::file& file);

/// A process and who lives there.
struct process_plan {
  std::string name;
  resource_limits limits;
  std::vector<std::string> actors;
};
/// All processes of a file, in the order in which its actors name them.
[[nodiscard]] std::vector<process_plan> processes_of(const config::file& file);

/// Who starts it again, and how: its supervisor's word, or its own.
[[nodiscard]] const restart_options& restart_of(const config::file& file, const config::actor& of);

/// What only the program knows: classes that are registered, options that fit them, names whose actors receive what
/// their addresses promise. All errors, each at its place in the file.
[[nodiscard]] config::diagnostics check_actors(const config::file& file, const registry& program);

}  // namespace troupe::runtime
