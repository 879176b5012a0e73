// runtime/director/input_size.hpp - how much there is to read, for the share that is done and the time left.
// Threads: plain functions.
#pragma once
#include <troupe/runtime/director/run_counters.hpp>
#include <troupe/runtime/plan/plan.hpp>

namespace troupe::runtime {

/// Sets bytes_total where all of the input is files, items_total where all of it is ranges. Where the size of a source is not
/// known, or they are of both kinds, neither: a share of a part would mislead.
void count_input(const plan& of, run_counters& to);

}  // namespace troupe::runtime
