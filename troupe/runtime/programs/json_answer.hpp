// runtime/programs/json_answer.hpp - what a persistent program's JSON answer means: nothing, one item, many, or a failure.
// Threads: plain functions.
// Source: docs/programs.md, "Answers".
#pragma once
#include <troupe/base/error.hpp>

#include <string_view>
#include <vector>

namespace troupe::runtime {

/// The items of one answer: `null` is none, the elements of an array are many, any other value is one. `text` must be
/// JSON (base/json_check.hpp); the views lie in it. Errors: handler_failed with what the program says, for
/// {"troupe": {"error": "…"}}; malformed for any other object whose only key is "troupe".
[[nodiscard]] result<std::vector<std::string_view>> items_of_answer(std::string_view text);

}  // namespace troupe::runtime
