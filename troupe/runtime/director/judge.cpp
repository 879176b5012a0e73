#include <troupe/base/text.hpp>
#include <troupe/runtime/director/judge.hpp>
#include <troupe/runtime/node/worker.hpp>

#include <csignal>
#include <string_view>
#include <utility>

namespace troupe::runtime {
namespace {

std::string what_it_waited_for(waiting_for what) {
  if (what == waiting_for::reader) return "; its program has not read all of the item";
  if (what == waiting_for::answer)
    return "; its program has read the item and answered nothing: does it flush its output? (python3 -u, "
           "stdbuf "
           "-oL, fflush)";
  return {};
}

verdict decide(failure_facts facts, member_id stage, const lineage& item, bool may_split,
               const instance& from, std::string cause, const plan& of, charge_table& charges) {
  const charge* held = charges.find(stage, item);
  const charge before = held != nullptr ? *held : charge{};
  // Decided once is decided: a late copy that fails as well changes nothing, but its sender needs to hear it.
  const charge after = before.quarantined
                           ? before
                           : weigh(before, facts.what, item.span,
                                   {of.member(stage).max_attempts, may_split, of.member(stage).retry});
  verdict decision{stage, item, after, from, std::move(cause), std::move(facts)};
  charges.set(decision);
  return decision;
}

failure_facts facts_of(const death& what) {
  const auto& how = what.how;
  failure_facts facts;
  facts.what = classify(what);
  facts.exit_code = how.status.code();
  facts.signal = how.status.signal();
  facts.core_dumped = how.status.core_dumped();
  facts.over_memory_max = how.oom == spawn::out_of_memory::over_limit;
  facts.machine_out_of_memory = how.oom == spawn::out_of_memory::suspected;
  facts.user = how.usage.user;
  facts.system = how.usage.system;
  facts.peak_rss = how.usage.peak_rss;
  facts.stderr_tail = how.stderr_tail;
  return facts;
}

}  // namespace

failure classify(const death& what) noexcept {
  if (what.timed_out()) return failure::timeout;
  if (!what.unfit.empty()) return failure::crash;
  if (what.how.status.signal() == SIGKILL && what.how.oom == spawn::out_of_memory::no) return failure::killed;
  return failure::crash;
}

std::string how_it_ended(const spawn::exit_report& how) {
  auto text = how.status.describe();
  if (how.status.code() == worker_exit_failed) text += " (it could not go on; its last lines say why)";
  if (how.oom == spawn::out_of_memory::suspected) text += " (the kernel ran out of memory)";
  if (how.oom == spawn::out_of_memory::over_limit) text += " (over its memory_max)";
  return text;
}

std::string before_it_was_ready(const spawn::exit_report& how) {
  if (how.status.code() == 0)
    return "\n  does main() call app.run()? A worker is the same program started again";
  return {};
}

std::string last_lines(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) text += "\n  stderr: " + line;
  return text;
}

std::string cause_of(const death& what, const member_plan& stage) {
  if (what.timed_out())
    return "ran longer than its timeout of " + format_duration(stage.timeout.value_or(milliseconds(0))) +
           " and was killed" + what_it_waited_for(what.page.waiting);
  return what.unfit.empty() ? how_it_ended(what.how) : what.unfit;
}

death_notice judge(const death& what, const plan& of, charge_table& charges) {
  death_notice notice{what.who, what.page.marks, what.page.marks_complete, {}};
  const auto& running = what.page.running;
  const bool killed_too_late = what.by_our_kill() && !what.timed_out();
  if (!running || killed_too_late || running->item.span == 0 || of.find_edge(running->edge) == nullptr)
    return notice;
  notice.verdicts.push_back(decide(facts_of(what), what.who.member, running->item, running->may_split,
                                   what.who, cause_of(what, of.member(what.who.member)), of, charges));
  return notice;
}

verdict judge(const item_failed& what, const instance& from, const plan& of, charge_table& charges) {
  // It comes from another process: what is none of the kinds that a living worker can report counts as thrown.
  const bool of_a_program = what.kind == failure::crash || what.kind == failure::killed;
  failure_facts facts;
  facts.what = of_a_program ? what.kind : failure::thrown;
  constexpr std::string_view verb = "threw ";
  facts.thrown = what.what.starts_with(verb) ? what.what.substr(verb.size()) : what.what;
  return decide(std::move(facts), what.stage, what.item, what.may_split, from, what.what, of, charges);
}

}  // namespace troupe::runtime
