#include <troupe/base/text.hpp>
#include <troupe/cli/command_line.hpp>
#include <troupe/cli/exit_status.hpp>
#include <troupe/cli/load_plan.hpp>
#include <troupe/cli/progress.hpp>
#include <troupe/runtime/actors/cast.hpp>
#include <troupe/runtime/members/sink_file.hpp>
#include <troupe/runtime/programs/argv_template.hpp>

#include <iostream>

namespace troupe::cli {
namespace {

std::string describe(const resource_limits& limits) {
  std::string text;
  if (limits.memory_max) text += ", memory_max " + format_bytes(*limits.memory_max);
  if (limits.address_space) text += ", address_space " + format_bytes(*limits.address_space);
  if (limits.open_files) text += ", nofile " + with_commas(*limits.open_files);
  if (limits.cpu_time) text += ", cpu_time " + format_duration(*limits.cpu_time);
  if (limits.tasks_max) text += ", tasks_max " + with_commas(*limits.tasks_max);
  return text;
}

std::string describe(const config::source& from) {
  if (const auto* program = std::get_if<config::command_source>(&from))
    return " of what " + runtime::quoted(program->command) + " prints";
  if (const auto* fifo = std::get_if<config::fifo_source>(&from)) return " of FIFO '" + fifo->path + "'";
  if (const auto* socket = std::get_if<config::unix_source>(&from))
    return " of connections to '" + socket->path + "'";
  return {};
}

std::string describe(const runtime::plan& plan, const runtime::member_plan& member) {
  std::string text = member.name;
  if (member.source) {
    text += ": source" + describe(member.source->from);
    if (!member.source->paths.empty())
      text += " of " + std::to_string(member.source->paths.size()) + " files, " +
              format_bytes(member.source->total_bytes);
  } else if (member.sink) {
    text += ": sink, " + runtime::shown(*member.sink);
  } else {
    text += ": " +
            (member.in_process && member.min_workers != member.workers
                 ? std::to_string(member.min_workers) + " to "
                 : std::string()) +
            std::to_string(member.workers) +
            (member.in_process     ? (member.workers == 1 ? " worker process" : " worker processes")
             : member.workers == 1 ? " thread of the director"
                                   : " threads of the director");
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

std::string times(unsigned burst) {
  return burst == 1 ? "once" : std::to_string(burst) + " times";
}

std::string describe(const restart_options& restart) {
  if (restart.policy == restart_when::never) return "never started again";
  return std::string("started again ") + (restart.policy == restart_when::always ? "always" : "on failure") +
         ", at most " + times(restart.burst) + " in " + format_duration(restart.window);
}

std::string describe(const mailbox_options& mailbox) {
  if (mailbox.capacity == 0) return "unbounded mailbox";
  std::string text = "mailbox of " + with_commas(mailbox.capacity);
  if (mailbox.overflow == overflow::reject) text += ", rejects what is over";
  if (mailbox.overflow == overflow::drop_oldest) text += ", drops the oldest";
  return text;
}

std::string describe(const config::actor& actor, const runtime::registry& program) {
  std::string text = "actor " + actor.name + ": " + program.find_actor(actor.call)->type;
  if (actor.place == config::actor::placement::detached) text += " on a thread of its own";
  if (actor.place == config::actor::placement::process) text += " in process '" + actor.process + "'";
  return text + ", " + describe(actor.mailbox);
}

std::string describe(const config::supervisor& supervisor) {
  using strategy_of = config::supervisor::strategy_of;
  const char* const strategy = supervisor.strategy == strategy_of::one_for_all    ? "one_for_all"
                               : supervisor.strategy == strategy_of::rest_for_one ? "rest_for_one"
                                                                                  : "one_for_one";
  return "supervisor " + supervisor.name + ": " + strategy + ", " + describe(supervisor.restart);
}

/// The tree of supervisors and actors, each below who starts it again.
std::string describe_cast(const config::file& file, const runtime::registry& program) {
  std::string text;
  for (const auto& [who, depth] : runtime::cast_of(file)) {
    text += std::string(2 + 2 * depth, ' ');
    if (const auto* supervisor = std::get_if<const config::supervisor*>(&who)) {
      text += describe(**supervisor);
    } else {
      const auto& actor = *std::get<const config::actor*>(who);
      text += describe(actor, program);
      if (depth == 0) text += ", " + describe(actor.restart);
    }
    text += '\n';
  }
  return text;
}

/// What is promised less of actors there than of those that live together: docs/remote-actors.md.
constexpr const char* weaker_elsewhere =
    "  between processes:\n"
    "    a message arrives at most once: what is on its way to an actor, or in its mailbox, when its "
    "process\n"
    "      dies is lost and is no dead letter; who must know asks, and hears of it\n"
    "    a question that has been passed on may be handled although nobody waits for it any more\n"
    "    a mailbox takes, beyond its capacity, what is on its way: 16,384 messages or 4 MiB of each sender\n"
    "    a link to an actor elsewhere is broken by its end for good, not by the end of one of its lives\n"
    "    what is published is heard elsewhere from the moment on in which both processes are up\n";

std::string describe_processes(const config::file& file) {
  std::string text;
  for (const auto& each : runtime::processes_of(file)) {
    text += "  process " + each.name + (each.actors.size() == 1 ? ": actor" : ": actors");
    for (const auto& actor : each.actors) text += (&actor == &each.actors.front() ? " " : ", ") + actor;
    text += describe(each.limits) + '\n';
  }
  return text.empty() ? text : text + weaker_elsewhere;
}

}  // namespace

int check_verb(const request& what, const runtime::registry& program) {
  const auto got = load_plan(what, program);
  if (!got) return got.error();
  std::cout << what.file << " is fine:\n";
  for (const auto& member : got->plan.members) std::cout << "  " << describe(got->plan, member) << '\n';
  std::cout << describe_cast(got->file, program) << describe_processes(got->file);
  return exit_done;
}

}  // namespace troupe::cli
