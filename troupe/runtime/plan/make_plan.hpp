// runtime/plan/make_plan.hpp - from a checked file and the registered stages to a plan, or everything that is
// wrong.
// Threads: any. resolve_inputs() looks at the file system; make_plan() only for external programs.
#pragma once
#include <troupe/config/load.hpp>
#include <troupe/runtime/plan/plan.hpp>
#include <troupe/runtime/registry.hpp>

#include <tl/expected.hpp>

namespace troupe::runtime {

/// Checks what only the program knows: names that are registered, external programs that exist, types that fit,
/// outputs that somebody takes. All errors are reported together, at their place in the file.
[[nodiscard]] tl::expected<plan, config::diagnostics> make_plan(const config::file& file,
                                                                const registry& stages);

/// Expands globs and checks that every input can be read: missing, a directory, not readable, no match; and
/// that no sink overwrites an input, the file itself or another sink, also through links. `file` is the one
/// that the plan was made from. On success the sources' paths and total_bytes are filled in; empty
/// diagnostics.
[[nodiscard]] config::diagnostics resolve_inputs(plan& of, const config::file& file);

}  // namespace troupe::runtime
