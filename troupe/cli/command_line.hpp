// cli/command_line.hpp - the verbs of a program: what main() becomes.
// Threads: main() only.
#pragma once
#include <troupe/runtime/registry.hpp>

#include <string>
#include <vector>

namespace troupe::cli {

/// The verb that takes a command behind "--".
inline constexpr const char* each_word = "each";

/// What the command line asked for.
struct request {
  std::string file;
  std::vector<std::string> set;  // --set key=value
  bool quiet = false;
  bool verbose = false;
  std::string stop_timeout = {};  // as written; empty: none
  std::string json = {};          // of run: where the summary for programs goes; empty: nowhere
  bool in_process = false;        // of run: no process but this one
  bool plan = false;              // of check: all that is known of the plan
  bool svg = false;               // of graph: a picture instead of DOT
  std::string argv0;
};

/// Parses and obeys; returns the exit status. `arguments` with argv[0].
[[nodiscard]] int command_line(const std::vector<std::string>& arguments, const runtime::registry& program);

[[nodiscard]] int run_verb(const request& what, const runtime::registry& program);
[[nodiscard]] int check_verb(const request& what, const runtime::registry& program);
/// Prints who gives what to whom, as DOT or as a picture.
[[nodiscard]] int graph_verb(const request& what, const runtime::registry& program);

}  // namespace troupe::cli
