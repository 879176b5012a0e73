// runtime/programs/program_stage.hpp - an external program as a stage definition, and the stage that a member of a plan is.
// Threads: plain functions.
// Source: docs/programs.md.
#pragma once
#include <troupe/runtime/plan/plan.hpp>
#include <troupe/runtime/programs/item_texts.hpp>
#include <troupe/runtime/registry.hpp>
#include <troupe/runtime/stage.hpp>

#include <optional>
#include <string>

namespace troupe::runtime {

/// What a program is given.
struct program_input {
  message_type whole;  // of one input, as it travels
  message_type item;   // of one item in it
  input_form form = input_form::single;
};

/// From a source, packed so.
[[nodiscard]] program_input input_from(const config::source& source, packing pack);
/// From a stage that gives this: lines in blocks are a block, all else is one item.
[[nodiscard]] program_input input_from(const message_type& given);
/// The same in batches that a batch_member forms.
[[nodiscard]] program_input bundle_of(const message_type& given);

/// What a program gives; nullopt: nothing, it is run for what it does.
[[nodiscard]] std::optional<message_type> output_of(const program_plan& of);

[[nodiscard]] stage_definition define_program(const std::string& name, const program_plan& of,
                                              const program_input& given);

/// What a stage of the plan is: registered, an external program, or a former of batches. nullopt: nothing is
/// registered under its name.
[[nodiscard]] std::optional<stage_definition> find_stage(const plan& of, const member_plan& member,
                                                         const registry& registered);

}  // namespace troupe::runtime
