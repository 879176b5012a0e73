#include <troupe/base/text.hpp>
#include <troupe/cli/command_line.hpp>
#include <troupe/cli/exit_status.hpp>
#include <troupe/cli/load_plan.hpp>

#include <iostream>

namespace troupe::cli {
namespace {

std::string describe(const runtime::plan& plan, const runtime::member_plan& member) {
  std::string text = member.name;
  if (member.source) {
    text += ": source";
    if (!member.source->paths.empty())
      text += " of " + std::to_string(member.source->paths.size()) + " files, " +
              format_bytes(member.source->total_bytes);
  } else if (member.sink) {
    text += ": sink, " +
            (member.sink->path == "-" ? std::string("standard output") : "'" + member.sink->path + "'");
  } else {
    text += ": " + std::to_string(member.workers) +
            (member.in_process     ? (member.workers == 1 ? " worker process" : " worker processes")
             : member.workers == 1 ? " thread of the director"
                                   : " threads of the director");
    if (member.keeps_state) text += ", keeps state";
    if (member.timeout) text += ", timeout " + format_duration(*member.timeout);
  }
  for (const auto id : member.out) {
    const auto& edge = plan.edge(id);
    text += "\n    -> " + plan.member(edge.to).name + "  " + edge.type;
  }
  return text;
}

}  // namespace

int check_verb(const request& what, const runtime::registry& stages) {
  const auto plan = load_plan(what, stages);
  if (!plan) return plan.error();
  std::cout << what.file << " is fine:\n";
  for (const auto& member : plan->members) std::cout << "  " << describe(*plan, member) << '\n';
  return exit_done;
}

}  // namespace troupe::cli
