#include <troupe/cli/colours.hpp>
#include <troupe/cli/exit_status.hpp>
#include <troupe/cli/in_process.hpp>
#include <troupe/cli/load_plan.hpp>
#include <troupe/runtime/actors/cast.hpp>
#include <troupe/runtime/director/machine.hpp>
#include <troupe/runtime/director/quarantine.hpp>
#include <troupe/runtime/plan/make_plan.hpp>

#include <algorithm>
#include <cstdint>
#include <iostream>
#include <string>
#include <utility>

namespace troupe::cli {
namespace {

tl::unexpected<int> complain(const config::diagnostics& problems, int status) {
  const bool in_colours = stderr_takes_colours();
  for (const auto& problem : problems) {
    const auto line = config::to_string(problem);
    std::cerr << (in_colours ? with_red_error(line) : line) << '\n';
  }
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

/// Whether needs that this machine cannot meet are errors.
enum class machine : std::uint8_t { this_one, any };

tl::expected<loaded, int> load_for(const request& what, const runtime::registry& program, machine where) {
  auto file = config::load(what.file, what.set);
  if (!file) return complain(file.error(), exit_config);
  std::string promised_no_more;
  if (what.in_process) promised_no_more = keep_in_process(*file);
  auto plan = runtime::make_plan(*file, program);
  auto problems = plan ? config::diagnostics() : std::move(plan.error());
  const auto of_actors = runtime::check_actors(*file, program);
  problems.insert(problems.end(), of_actors.begin(), of_actors.end());
  if (plan && where == machine::this_one) add(runtime::unmet_needs(*plan), *plan, *file, problems);
  if (!problems.empty()) return complain(problems, exit_config);
  return loaded{std::move(*file), std::move(*plan), std::move(promised_no_more)};
}

}  // namespace

tl::expected<loaded, int> load_wiring(const request& what, const runtime::registry& program) {
  return load_for(what, program, machine::any);
}

tl::expected<loaded, int> load_plan(const request& what, const runtime::registry& program) {
  auto got = load_for(what, program, machine::this_one);
  if (!got) return got;
  auto problems = runtime::resolve_inputs(got->plan, got->file);
  if (!problems.empty()) return complain(problems, exit_input);
  problems = try_quarantines(got->plan, got->file);
  if (!problems.empty()) return complain(problems, exit_output);
  return got;
}

}  // namespace troupe::cli
