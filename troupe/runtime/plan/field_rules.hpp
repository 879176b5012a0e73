// runtime/plan/field_rules.hpp - what the file may say of fields and of state: which items a stage takes, by which key, and
// where what it keeps lives.
// Threads: plain functions.
#pragma once
#include <troupe/config/schema.hpp>
#include <troupe/runtime/plan/plan.hpp>
#include <troupe/runtime/plan/stage_types.hpp>
#include <troupe/runtime/stage.hpp>

#include <cstdint>
#include <optional>
#include <vector>

namespace troupe::runtime {

using complaint = stage_types::complaint;

void check_state(const config::stage& stage, const stage_definition& definition, const complaint& complain);

/// Which of the fields of what it takes is its key. nullopt: it has none, or a wrong one, which has been said.
[[nodiscard]] std::optional<std::uint32_t> key_field_of(const config::stage& stage,
                                                        const stage_definition& of,
                                                        const complaint& complain);
/// What must hold of an item for the stage to take it. Errors have been said.
[[nodiscard]] std::vector<field_is> conditions_of(const config::stage& stage, const message_type& taken,
                                                  const complaint& complain);

}  // namespace troupe::runtime
