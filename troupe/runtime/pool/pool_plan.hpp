// runtime/pool/pool_plan.hpp - the plan of a pool: its jobs, one stage, and the way there and back.
// Threads: pure functions.
#pragma once
#include <troupe/base/error.hpp>
#include <troupe/runtime/plan/plan.hpp>
#include <troupe/runtime/pool/pool_options.hpp>
#include <troupe/runtime/stage.hpp>

#include <string>

namespace troupe::runtime {

/// Errors: invalid_argument, with the option, its range and what to do.
[[nodiscard]] result<plan> make_pool_plan(const stage_definition& of, const std::string& returns,
                                          const pool_options& how);

}  // namespace troupe::runtime
