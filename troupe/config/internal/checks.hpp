// config/internal/checks.hpp - what can only be seen when all stages are known.
// Threads: one.
#pragma once
#include <troupe/config/internal/findings.hpp>
#include <troupe/config/internal/read_stages.hpp>
#include <troupe/config/schema.hpp>

#include <vector>

namespace troupe::config {

/// Keys of one stage that contradict each other.
void check_each(const std::vector<read_stage>& stages, findings& to);

/// References, cycles, stages without input, files with two uses. `whole` resolves their paths.
void check_together(const std::vector<read_stage>& stages, const file& whole, findings& to);

}  // namespace troupe::config
