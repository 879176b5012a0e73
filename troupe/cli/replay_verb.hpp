// cli/replay_verb.hpp - `replay FILE`: a quarantined item once more, alone, and what happens.
// Threads: main() only.
#pragma once
#include <troupe/runtime/registry.hpp>

#include <string>

namespace troupe::cli {

struct replay_request {
  std::string file;  // the .item, or the .json beside it
  bool gdb = false;
  std::string argv0;
};

/// In a child, so that its end can be told of. Exit status: 0 the call returned, 1 it threw, 5 the file cannot be read or is
/// of a stage that this program does not have, else how the child ended: its exit code, or 128 and the signal.
[[nodiscard]] int replay_verb(const replay_request& what, const runtime::registry& program);

/// What that child does.
[[nodiscard]] int replay_item(const std::string& file, const runtime::registry& program);

}  // namespace troupe::cli
