// runtime/programs/bodies.hpp - external programs at work as stages: one body for each mode.
// Threads: a body belongs to the actor of its stage.
// Source: docs/programs.md.
#pragma once
#include <troupe/runtime/plan/plan.hpp>
#include <troupe/runtime/programs/item_texts.hpp>
#include <troupe/runtime/stage.hpp>

#include <memory>

namespace troupe::runtime {

/// The name of this worker, "caption.0", for its programs and for the names of their files. The worker sets it before
/// a body is made; programs inherit it.
inline constexpr const char* worker_variable = "TROUPE_WORKER";
/// How often the item, or the batch, has been started with this time.
inline constexpr const char* attempt_variable = "TROUPE_ATTEMPT";

struct program_setting {
  program_plan plan;
  item_texts texts;
};

/// Each gives an error where the machine has too little of something.
[[nodiscard]] result<std::unique_ptr<stage_body>> make_per_item(program_setting setting);
[[nodiscard]] result<std::unique_ptr<stage_body>> make_per_batch(program_setting setting);
/// The program is started here, so that a stage whose program cannot start says so before it takes an item.
[[nodiscard]] result<std::unique_ptr<stage_body>> make_persistent(program_setting setting);

}  // namespace troupe::runtime
