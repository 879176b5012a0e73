// runtime/plan/absolute_paths.hpp - paths that mean the same in every folder.
// Threads: plain functions.
#pragma once
#include <troupe/runtime/plan/plan.hpp>

namespace troupe::runtime {

/// Items carry paths to workers: where one of these works in another folder, it has to find them, too. Else nothing changes.
void make_paths_absolute(plan& of);

}  // namespace troupe::runtime
