// cli/plan_text.hpp - all that is known of a plan before it runs, for people: `check --plan`.
// Threads: plain functions.
// Source: docs/delivery.md and docs/remote-actors.md for what is promised.
#pragma once
#include <troupe/runtime/plan/plan.hpp>
#include <troupe/runtime/registry.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace troupe::cli {

/// Lines of at most that many characters (code points), broken at spaces; a longer word has a line of its own. The first begins with
/// `lead`, the others with as many spaces as it is wide.
[[nodiscard]] std::string wrapped(std::string_view lead, std::string_view text, std::size_t columns = 80);

/// Processes, stages with their slots, edges, actors, limits and promises; lines of at most 80 characters, but for words
/// that are longer. Its inputs are resolved, its actors' classes registered.
[[nodiscard]] std::string plan_text(const runtime::plan& plan, const config::file& file,
                                    const runtime::registry& program);

}  // namespace troupe::cli
