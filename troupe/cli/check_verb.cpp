#include <troupe/base/text.hpp>
#include <troupe/cli/command_line.hpp>
#include <troupe/cli/exit_status.hpp>
#include <troupe/cli/load_plan.hpp>
#include <troupe/cli/plan_promises.hpp>
#include <troupe/cli/plan_text.hpp>
#include <troupe/cli/plan_words.hpp>
#include <troupe/cli/progress.hpp>
#include <troupe/runtime/actors/cast.hpp>
#include <troupe/runtime/members/sink_file.hpp>
#include <troupe/runtime/programs/argv_template.hpp>

#include <iostream>

namespace troupe::cli {
namespace {

std::string describe_member(const runtime::plan& plan, const runtime::member_plan& member) {
  std::string text = member.name;
  if (member.source) {
    const auto stream = stream_of(member.source->from);
    text += ": source" + (stream.empty() || stream == "standard input" ? std::string() : " of " + stream);
    if (!member.source->paths.empty())
      text += " of " + std::to_string(member.source->paths.size()) + " files, " +
              format_bytes(member.source->total_bytes);
  } else if (member.sink) {
    text += ": sink, " + runtime::shown(*member.sink);
  } else {
    text += ": " + players(member);
    if (member.program) text += " of " + runtime::quoted(member.program->what.command);
    if (member.keeps_state) text += member.gathers ? ", forms batches" : ", keeps state";
    if (member.timeout) text += ", timeout " + format_duration(*member.timeout);
    if (member.worker.max_jobs != 0)
      text += ", replaced after about " + with_commas(member.worker.max_jobs) + " items";
    text += describe(member.worker.limits);
  }
  for (const auto id : member.out) {
    const auto& edge = plan.edge(id);
    text += "\n    -> " + plan.member(edge.to).name + "  " + edge.type;
  }
  return text;
}

std::string describe_processes(const config::file& file) {
  std::string text;
  for (const auto& each : runtime::processes_of(file)) {
    text += "  process " + each.name + (each.actors.size() == 1 ? ": actor" : ": actors");
    for (const auto& actor : each.actors) text += (&actor == &each.actors.front() ? " " : ", ") + actor;
    text += describe(each.limits) + '\n';
  }
  if (text.empty()) return text;
  text += "  between processes:\n";
  for (const auto& each : weaker_between_processes()) text += wrapped("    - ", each);
  return text;
}

}  // namespace

int check_verb(const request& what, const runtime::registry& program) {
  const auto got = load_plan(what, program);
  if (!got) return got.error();
  if (what.plan) {
    std::cout << plan_text(got->plan, got->file, program);
    return exit_done;
  }
  std::cout << what.file << " is fine:\n";
  for (const auto& member : got->plan.members)
    std::cout << "  " << describe_member(got->plan, member) << '\n';
  std::cout << describe_cast(got->file, program) << describe_processes(got->file);
  return exit_done;
}

}  // namespace troupe::cli
