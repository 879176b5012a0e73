// cli/summary.hpp - what is said at the end of a run.
// Threads: plain functions.
#pragma once
#include <troupe/cli/progress.hpp>
#include <troupe/runtime/director/outcome.hpp>
#include <troupe/runtime/director/run.hpp>

#include <cstddef>
#include <optional>
#include <string>

namespace troupe::cli {

/// What a run did; without stages, or without actors, nothing is said of them.
struct run_totals {
  double seconds = 0;
  std::optional<progress_reading> stages;
  std::size_t actors = 0;
  dead_letter_counts lost;  // of the actors, where there are some
};

/// A row for each figure, and how it was ended.
[[nodiscard]] std::string summary(const run_totals& total, const runtime::outcome& how);

}  // namespace troupe::cli
