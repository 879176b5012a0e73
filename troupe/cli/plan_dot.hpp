// cli/plan_dot.hpp - a plan as a graph in DOT, the language of graphviz.
// Threads: plain functions.
// Source: https://graphviz.org/doc/info/lang.html
#pragma once
#include <troupe/runtime/plan/plan.hpp>

#include <string>
#include <string_view>

namespace troupe::cli {

/// A quoted string of DOT, as name or label: graphviz shows exactly this text, a line break in it as one.
[[nodiscard]] std::string dot_string(std::string_view text);

/// Sources, stages and sinks with what flows between them; actors below their supervisors, in a box for each process.
[[nodiscard]] std::string dot_of(const runtime::plan& plan, const config::file& file);

}  // namespace troupe::cli
