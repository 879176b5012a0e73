#include <troupe/cli/exit_status.hpp>
#include <troupe/cli/load_plan.hpp>
#include <troupe/runtime/actors/cast.hpp>
#include <troupe/runtime/plan/make_plan.hpp>

#include <iostream>
#include <utility>

namespace troupe::cli {
namespace {

tl::unexpected<int> complain(const config::diagnostics& problems, int status) {
  for (const auto& problem : problems) std::cerr << config::to_string(problem) << '\n';
  return tl::unexpected<int>(status);
}

}  // namespace

tl::expected<loaded, int> load_plan(const request& what, const runtime::registry& program) {
  auto file = config::load(what.file, what.set);
  if (!file) return complain(file.error(), exit_config);
  auto plan = runtime::make_plan(*file, program);
  auto problems = plan ? config::diagnostics() : std::move(plan.error());
  const auto of_actors = runtime::check_actors(*file, program);
  problems.insert(problems.end(), of_actors.begin(), of_actors.end());
  if (!problems.empty()) return complain(problems, exit_config);
  problems = runtime::resolve_inputs(*plan, *file);
  if (!problems.empty()) return complain(problems, exit_input);
  return loaded{std::move(*file), std::move(*plan)};
}

}  // namespace troupe::cli
