#include <troupe/base/text.hpp>
#include <troupe/cli/plan_promises.hpp>
#include <troupe/cli/plan_words.hpp>
#include <troupe/cli/progress.hpp>
#include <troupe/runtime/actors/cast.hpp>

#include <algorithm>

namespace troupe::cli {
namespace {

using runtime::member_plan;

std::string retried(const member_plan& stage) {
  std::string causes;
  const auto add = [&causes](bool is, const char* cause) {
    if (is) causes += (causes.empty() ? "" : ", ") + std::string(cause);
  };
  add(stage.retry.crash, "crash");
  add(stage.retry.timeout, "timeout");
  add(stage.retry.error, "error");
  if (causes.empty() || stage.max_attempts == 1)
    return "an item that fails once goes to '" + stage.quarantine + "'";
  return "an item may be started " + with_commas(stage.max_attempts) + " times (after: " + causes +
         "), then it goes to '" + stage.quarantine + "'";
}

void of_stage(const member_plan& stage, std::vector<std::string>& to) {
  const std::string name = stage.name + ": ";
  if (stage.gathers) return;
  if (!stage.in_process) {
    to.push_back(name +
                 "runs in the director: a crash there ends the run, and nothing ends an item that hangs" +
                 (stage.keeps_state ? "; its state is gone with the director" : ""));
    return;
  }
  to.push_back(name + "a crash takes one worker, never the run; " + retried(stage) +
               (stage.on_quarantine == after_quarantine::stop ? ", and the first one ends the run" : ""));
  if (stage.keeps_state)
    to.push_back(
        name +
        "goes on from its last checkpoint, which every answered item is in; that is gone with the director");
  if (!stage.timeout)
    to.push_back(name +
                 "weaker, as it has no timeout: an item that hangs holds its worker, and what waits "
                 "there, for ever");
  if (stage.worker.limits == resource_limits())
    to.push_back(name + "weaker, as it has no limits: a worker that leaks takes memory from all others");
  if (stage.program)
    to.push_back(name +
                 (stage.program->what.output.empty()
                      ? "what the program does beside its output may happen more than once for an item"
                      : "its files appear complete or not at all; what else the program does may happen "
                        "more than once for an item"));
}

/// Whether all that reaches a sink comes in its order.
bool in_order(const runtime::plan& plan, const member_plan& sink) {
  return std::all_of(sink.in.begin(), sink.in.end(), [&](auto id) { return plan.edge(id).ordered; });
}

void of_sink(const runtime::plan& plan, const member_plan& sink, std::vector<std::string>& to) {
  std::string text = sink.name + ": each result once, while the director lives";
  if (!in_order(plan, sink))
    text += "; in no order: results come as they are ready (ordered = true restores it)";
  if (sink.sink->kind != config::sink::kind_of::file)
    text += "; what it does with it nobody can take back";
  else if (sink.sink->path == "-")
    text += "; what a reader has taken cannot be taken back";
  else
    text += "; the file is emptied at the start of a run";
  to.push_back(std::move(text));
}

void of_actors(const config::file& file, std::vector<std::string>& to) {
  to.emplace_back(
      "actors in one process: a message arrives once, those of one sender in order, or it is a dead letter, "
      "counted");
  for (const auto& actor : file.actors) {
    if (actor.mailbox.overflow == overflow::drop_oldest)
      to.push_back(actor.name + ": weaker: a full mailbox loses its oldest messages (drop_oldest)");
    if (actor.mailbox.capacity == 0)
      to.push_back(actor.name + ": weaker: its mailbox has no bound, and grows when it cannot keep up");
  }
  if (runtime::processes_of(file).empty()) return;
  for (auto& each : weaker_between_processes()) to.push_back("actors in other processes: " + std::move(each));
}

}  // namespace

std::vector<std::string> weaker_between_processes() {
  return {
      "a message arrives at most once: what is on its way to an actor, or in its mailbox, when its process "
      "dies "
      "is lost and is no dead letter; who must know asks, and hears of it",
      "a question that has been passed on may be handled although nobody waits for it any more",
      "a mailbox takes, beyond its capacity, what is on its way: 16,384 messages or 4 MiB of each sender",
      "a link to an actor elsewhere is broken by its end for good, not by the end of one of its lives",
      "what is published is heard elsewhere from the moment on in which both processes are up"};
}

std::vector<std::string> promises_of(const runtime::plan& plan, const config::file& file) {
  std::vector<std::string> said;
  if (!plan.members.empty())
    said.emplace_back(
        "whole run: reading stops while a stage or a sink is behind, so memory stays within the limits; when "
        "the director is killed its workers end with it, and the next run begins from the start");
  for (const auto& member : plan.members)
    if (const auto stream = member.source ? stream_of(member.source->from) : std::string(); !stream.empty())
      said.push_back(member.name + ": " + stream +
                     " can be read once: what had been read when the director dies is gone");
  for (const auto& member : plan.members)
    if (member.kind == runtime::member_kind::stage) of_stage(member, said);
  for (const auto& member : plan.members)
    if (member.sink) of_sink(plan, member, said);
  if (!file.actors.empty()) of_actors(file, said);
  return said;
}

}  // namespace troupe::cli
