// config/internal/cycles.hpp - finds and words the cycles of a graph: stages that take from each other,
// supervisors that list each other.
// Threads: one.
#pragma once
#include <cstddef>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace troupe::config {

/// To which others each node leads, all of them by index.
using edges = std::vector<std::vector<std::size_t>>;

/// Each cycle once, along the edges, its smallest index in front. A dense graph has more cycles than anybody
/// reads, or any memory holds: it ends at max_diagnostics.
[[nodiscard]] std::set<std::vector<std::size_t>> find_cycles(const edges& of);

/// "a -> b -> c -> a" for a, b and c; of long cycles the beginning and the end.
[[nodiscard]] std::string cycle_text(std::span<const std::string> names);

}  // namespace troupe::config
