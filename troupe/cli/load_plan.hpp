// cli/load_plan.hpp - from what the command line names to a plan that can run; says what is wrong on the way.
// Threads: main() only.
#pragma once
#include <troupe/cli/command_line.hpp>
#include <troupe/runtime/plan/make_plan.hpp>
#include <troupe/runtime/plan/plan.hpp>

#include <tl/expected.hpp>

#include <string>

namespace troupe::cli {

/// A file that can be run: its stages are in the plan, its actors as it says them.
struct loaded {
  config::file file;
  runtime::plan plan;
  std::string promised_no_more;  // of --in-process; empty: nothing had to be moved
};

/// Prints every error to stderr. The unexpected value is the exit status.
[[nodiscard]] tl::expected<loaded, int> load_plan(const request& what, const runtime::registry& program);

/// The same without a look at inputs, quarantine folders and what the machine can do: a file that may be run elsewhere.
[[nodiscard]] tl::expected<loaded, int> load_wiring(const request& what, const runtime::registry& program);

}  // namespace troupe::cli
