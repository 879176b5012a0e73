#include <troupe/cli/exit_status.hpp>
#include <troupe/cli/load_plan.hpp>
#include <troupe/runtime/actors/cast.hpp>
#include <troupe/runtime/director/machine.hpp>
#include <troupe/runtime/director/quarantine.hpp>
#include <troupe/runtime/plan/make_plan.hpp>

#include <algorithm>
#include <iostream>
#include <utility>

namespace troupe::cli {
namespace {

tl::unexpected<int> complain(const config::diagnostics& problems, int status) {
  for (const auto& problem : problems) std::cerr << config::to_string(problem) << '\n';
  return tl::unexpected<int>(status);
}

const config::stage& stage_of(const config::file& file, const std::string& name) {
  return *std::ranges::find(file.stages, name, &config::stage::name);
}

void add(const std::vector<runtime::unmet_need>& unmet, const runtime::plan& plan, const config::file& file,
         config::diagnostics& to) {
  for (const auto& each : unmet) {
    const auto& stage = stage_of(file, plan.member(each.stage).name);
    to.push_back(config::error_at(file, config::where(stage, each.key), each.what, each.hint));
  }
}

config::diagnostics try_quarantines(const runtime::plan& plan, const config::file& file) {
  config::diagnostics problems;
  for (const auto& member : plan.members) {
    if (member.quarantine.empty()) continue;
    const auto fit = runtime::try_quarantine(member.quarantine);
    if (!fit)
      problems.push_back(config::error_at(file, config::where(stage_of(file, member.name), "quarantine"),
                                          "stage '" + member.name + "': " + fit.error().message(),
                                          "give another folder: quarantine = \"…\""));
  }
  return problems;
}

}  // namespace

tl::expected<loaded, int> load_plan(const request& what, const runtime::registry& program) {
  auto file = config::load(what.file, what.set);
  if (!file) return complain(file.error(), exit_config);
  auto plan = runtime::make_plan(*file, program);
  auto problems = plan ? config::diagnostics() : std::move(plan.error());
  const auto of_actors = runtime::check_actors(*file, program);
  problems.insert(problems.end(), of_actors.begin(), of_actors.end());
  if (plan) add(runtime::unmet_needs(*plan), *plan, *file, problems);
  if (!problems.empty()) return complain(problems, exit_config);
  problems = runtime::resolve_inputs(*plan, *file);
  if (!problems.empty()) return complain(problems, exit_input);
  problems = try_quarantines(*plan, *file);
  if (!problems.empty()) return complain(problems, exit_output);
  return loaded{std::move(*file), std::move(*plan)};
}

}  // namespace troupe::cli
