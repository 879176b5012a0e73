#include <troupe/base/text.hpp>
#include <troupe/cli/plan_words.hpp>
#include <troupe/cli/progress.hpp>
#include <troupe/runtime/actors/cast.hpp>
#include <troupe/runtime/programs/argv_template.hpp>

#include <variant>

namespace troupe::cli {
namespace {

std::string times(unsigned burst) {
  return burst == 1 ? "once" : std::to_string(burst) + " times";
}

}  // namespace

std::string stream_of(const config::source& from) {
  if (std::holds_alternative<config::stdin_source>(from)) return "standard input";
  if (const auto* program = std::get_if<config::command_source>(&from))
    return "what " + runtime::quoted(program->command) + " prints";
  if (const auto* fifo = std::get_if<config::fifo_source>(&from)) return "FIFO '" + fifo->path + "'";
  if (const auto* socket = std::get_if<config::unix_source>(&from))
    return "connections to '" + socket->path + "'";
  return {};
}

std::string format_of(const runtime::sink_plan& to) {
  switch (to.format) {
    case config::sink::format_of::lines:
      return "lines";
    case config::sink::format_of::msgpack:
      return "msgpack";
    case config::sink::format_of::jsonl:
      break;
  }
  return "jsonl";
}

std::string players(const runtime::member_plan& stage) {
  std::string text;
  if (stage.in_process && stage.min_workers != stage.workers)
    text = std::to_string(stage.min_workers) + " to ";
  text += std::to_string(stage.workers);
  if (stage.in_process) return text + (stage.workers == 1 ? " worker process" : " worker processes");
  return text + (stage.workers == 1 ? " thread of the director" : " threads of the director");
}

std::string describe(const resource_limits& limits) {
  std::string text;
  if (limits.memory_max) text += ", memory_max " + format_bytes(*limits.memory_max);
  if (limits.address_space) text += ", address_space " + format_bytes(*limits.address_space);
  if (limits.open_files) text += ", nofile " + with_commas(*limits.open_files);
  if (limits.cpu_time) text += ", cpu_time " + format_duration(*limits.cpu_time);
  if (limits.tasks_max) text += ", tasks_max " + with_commas(*limits.tasks_max);
  return text;
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

}  // namespace troupe::cli
