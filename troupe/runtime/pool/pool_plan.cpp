#include <troupe/runtime/pool/check_options.hpp>
#include <troupe/runtime/pool/pool_plan.hpp>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <thread>
#include <utility>

namespace troupe::runtime {
namespace {

constexpr std::size_t longest_stage_name = 64;

tl::unexpected<error> wrong(const stage_definition& of, const std::string& what) {
  return fail(errc::invalid_argument, "open a pool of '" + of.name + "': " + what);
}

bool is_name(const std::string& name) {
  const auto fits = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_';
  };
  return !name.empty() && name.size() <= longest_stage_name && std::all_of(name.begin(), name.end(), fits);
}

result<> check(const stage_definition& of, const pool_options& how) {
  if (!is_name(of.name))
    return wrong(
        of,
        "a stage's name has 1 to 64 letters, digits, '-' and '_': workers and sockets are named after it");
  if (of.keeps_state)
    return wrong(of,
                 "it keeps state (finish() or state()), which workers that may die at any time cannot share; "
                 "take those out, or run it as a stage of a file");
  if (auto bad = wrong_option(how)) return wrong(of, *bad);
  return {};
}

}  // namespace

result<plan> make_pool_plan(const stage_definition& of, const std::string& returns, const pool_options& how) {
  if (auto checked = check(of, how); !checked) return tl::unexpected(std::move(checked.error()));
  constexpr member_id jobs_id = 1, stage_id = 2;
  constexpr edge_id there_and_back = 1;

  member_plan jobs;
  jobs.id = jobs_id;
  jobs.kind = member_kind::jobs;
  jobs.name = of.name + ".jobs";
  jobs.out = {there_and_back};

  member_plan stage;
  stage.id = stage_id;
  stage.kind = member_kind::stage;
  stage.name = of.name;
  stage.in = {there_and_back};
  stage.origins = {jobs_id};
  stage.call = of.name;
  stage.in_process = true;
  stage.workers = static_cast<std::uint32_t>(
      how.workers != 0 ? how.workers : std::max(1U, std::thread::hardware_concurrency()));
  stage.min_workers = how.min_workers != 0
                          ? static_cast<std::uint32_t>(std::min<std::size_t>(how.min_workers, stage.workers))
                          : stage.workers;
  stage.idle = how.idle;
  stage.retry = how.retry;
  stage.worker = how.worker;
  stage.worker.limits = how.limits;
  stage.worker.max_jobs = how.max_jobs;
  stage.timeout = how.timeout;
  stage.max_attempts = how.max_attempts;
  stage.quarantine = how.quarantine;
  stage.restart = how.restart;

  edge_plan edge;
  edge.id = there_and_back;
  edge.from = jobs_id;
  edge.to = stage_id;
  edge.type = of.in.name;
  edge.shape = of.in.shape + " -> " + returns;
  edge.limit.items = static_cast<std::uint32_t>(how.max_in_flight);
  edge.returns = true;

  plan made;
  made.members = {std::move(jobs), std::move(stage)};
  made.edges = {std::move(edge)};
  return made;
}

}  // namespace troupe::runtime
