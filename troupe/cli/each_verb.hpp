// cli/each_verb.hpp - `troupe each`: a command for each file or line, several at once.
// Threads: main() only.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace troupe::cli {

/// What the command line asked for.
struct each_request {
  std::vector<std::string> inputs;   // paths and patterns, or "-": lines of standard input
  std::int64_t jobs = 0;             // at once; 0: one per processor
  std::string timeout;               // of one job, as written; "": none
  unsigned attempts = 1;             // how often a job is run until it succeeds
  std::string joblog;                // a file with a line per job; "": none
  bool ordered = false;              // output in the order of the inputs
  bool dry_run = false;              // print the commands
  bool quiet = false;                // no progress and no summary
  std::vector<std::string> command;  // the words behind "--"
};

/// Exit statuses of `each`: 0 all jobs have succeeded, 1 to 100 so many have not, 101 more have not.
inline constexpr int each_most_failed = 101;
inline constexpr int each_refused = 255;  // wrong words, no such command

[[nodiscard]] int each_verb(const each_request& what);

}  // namespace troupe::cli
