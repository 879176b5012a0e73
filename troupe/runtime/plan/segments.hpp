// runtime/plan/segments.hpp - what lies between two anchors of a plan.
// Threads: plain functions. The plan has no cycle.
// Source: docs/delivery.md, "Segments".
#pragma once
#include <troupe/runtime/plan/plan.hpp>

#include <cstddef>
#include <vector>

namespace troupe::runtime {

/// Tells each member the anchors whose items can reach it.
void find_origins(plan& of);

/// Of each member, in their order: the most edges that an item has taken since its origin. 0 for a source.
[[nodiscard]] std::vector<std::size_t> depths_of(const plan& of);

}  // namespace troupe::runtime
