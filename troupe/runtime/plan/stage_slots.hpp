// runtime/plan/stage_slots.hpp - what the file may say of a stage with state: where it lives, in how many parts, by which key.
// Threads: plain functions.
#pragma once
#include <troupe/config/schema.hpp>
#include <troupe/runtime/plan/stage_types.hpp>
#include <troupe/runtime/stage.hpp>

#include <cstdint>
#include <optional>

namespace troupe::runtime {

using complaint = stage_types::complaint;

void check_state(const config::stage& stage, const stage_definition& definition, const complaint& complain);

/// Which of the fields of what it takes is its key. nullopt: it has none, or a wrong one, which has been said.
[[nodiscard]] std::optional<std::uint32_t> key_field_of(const config::stage& stage,
                                                        const stage_definition& of,
                                                        const complaint& complain);

}  // namespace troupe::runtime
