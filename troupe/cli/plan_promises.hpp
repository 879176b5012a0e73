// cli/plan_promises.hpp - what a plan promises, and where it promises less, as sentences.
// Threads: plain functions.
// Source: README.md, "What it promises"; docs/delivery.md; docs/remote-actors.md.
#pragma once
#include <troupe/runtime/plan/plan.hpp>

#include <string>
#include <vector>

namespace troupe::cli {

/// What is promised less of actors in other processes than of those that live together: docs/remote-actors.md.
[[nodiscard]] std::vector<std::string> weaker_between_processes();

/// One sentence each; those that hold for the whole first.
[[nodiscard]] std::vector<std::string> promises_of(const runtime::plan& plan, const config::file& file);

}  // namespace troupe::cli
