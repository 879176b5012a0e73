// cli/init_verb.hpp - `init [FILE]`: writes an example to begin with.
// Threads: main() only.
#pragma once
#include <troupe/runtime/registry.hpp>

#include <string>

namespace troupe::cli {

struct init_request {
  std::string file = "pipeline.toml";  // "-": standard output
  std::string argv0;
};

/// Exit status: 0, or 6 when the file is there already or cannot be written, 2 for a name that cannot be one.
[[nodiscard]] int init_verb(const init_request& what, const runtime::registry& program);

}  // namespace troupe::cli
