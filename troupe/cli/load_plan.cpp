#include <troupe/cli/exit_status.hpp>
#include <troupe/cli/load_plan.hpp>
#include <troupe/runtime/plan/make_plan.hpp>

#include <iostream>

namespace troupe::cli {
namespace {

tl::unexpected<int> complain(const config::diagnostics& problems, int status) {
  for (const auto& problem : problems) std::cerr << config::to_string(problem) << '\n';
  return tl::unexpected<int>(status);
}

}  // namespace

tl::expected<runtime::plan, int> load_plan(const request& what, const runtime::registry& stages) {
  const auto file = config::load(what.file, what.set);
  if (!file) return complain(file.error(), exit_config);
  auto plan = runtime::make_plan(*file, stages);
  if (!plan) return complain(plan.error(), exit_config);
  if (const auto problems = runtime::resolve_inputs(*plan, *file); !problems.empty())
    return complain(problems, exit_input);
  return std::move(*plan);
}

}  // namespace troupe::cli
