#include <troupe/base/text.hpp>
#include <troupe/cli/plan_promises.hpp>
#include <troupe/cli/plan_text.hpp>
#include <troupe/cli/plan_words.hpp>
#include <troupe/cli/progress.hpp>
#include <troupe/runtime/actors/cast.hpp>
#include <troupe/runtime/members/sink_file.hpp>
#include <troupe/runtime/programs/argv_template.hpp>

#include <algorithm>
#include <vector>

namespace troupe::cli {
namespace {

using runtime::member_plan;

std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

/// "  parse       " with the names of a section below each other.
std::string lead_of(const std::string& name, std::size_t widest) {
  return "  " + name + std::string(std::max(widest, width_of(name)) - width_of(name) + 2, ' ');
}

constexpr std::size_t widest_lead = 24;  // a longer name moves its own line only

/// A section of named lines.
class listing {
 public:
  void add(std::string name, std::string text) { rows_.emplace_back(std::move(name), std::move(text)); }
  [[nodiscard]] std::string text(const std::string& title) const {
    if (rows_.empty()) return {};
    std::size_t widest = 0;
    for (const auto& [name, said] : rows_) widest = std::max(widest, width_of(name));
    std::string out = '\n' + title + '\n';
    for (const auto& [name, said] : rows_) out += wrapped(lead_of(name, std::min(widest, widest_lead)), said);
    return out;
  }

 private:
  std::vector<std::pair<std::string, std::string>> rows_;
};

std::string said_of(const config::source& from, const runtime::source_plan& of) {
  if (const auto stream = stream_of(from); !stream.empty()) return "reads " + stream + ", line by line";
  if (const auto* range = std::get_if<config::range_source>(&from))
    return "counts from " + std::to_string(range->first) + " to " + std::to_string(range->last - 1);
  const bool whole = std::get<config::files_source>(from).split == config::files_source::split_by::none;
  return "reads " + with_commas(of.paths.size()) + (of.paths.size() == 1 ? " file, " : " files, ") +
         format_bytes(of.total_bytes) + (whole ? ", an item each" : ", line by line");
}

std::string said_of(const runtime::sink_plan& to) {
  return "writes to " + runtime::shown(to) + " as " + format_of(to);
}

/// One life of a worker at a time in each of its slots; of state there is one.
std::string slots_of(const member_plan& stage) {
  if (stage.keeps_state && stage.in_process)
    return stage.stage.empty() ? "one slot, which has its state"
                               : "a slot with its part of the state of '" + stage.stage + "'";
  if (stage.keeps_state) return "one slot, which has its state";
  if (!stage.in_process) return stage.workers == 1 ? "" : "they share the items";
  std::string text = with_commas(stage.most_workers()) + " slots";
  const auto spare = stage.most_workers() - stage.workers;
  return text + " (" + with_commas(spare) + " for those that are replaced)";
}

std::string said_of_stage(const member_plan& stage) {
  std::string text = players(stage);
  if (stage.program)
    text += " with " + runtime::quoted(stage.program->what.command);
  else if (stage.call != stage.name && !stage.call.empty())
    text += " of '" + stage.call + "'";
  if (const auto slots = slots_of(stage); !slots.empty()) text += "; " + slots;
  if (stage.gathers)
    text += "; forms batches of " + with_commas(stage.gathers->size) + " items or " +
            format_bytes(stage.gathers->bytes) + ", or what has come within " +
            format_duration(stage.gathers->wait);
  return text;
}

std::string processes(const runtime::plan& plan, const config::file& file) {
  listing rows;
  std::string own;
  const auto say = [&own](const std::string& what) { own += (own.empty() ? "" : "; ") + what; };
  for (const auto& member : plan.members) {
    if (member.source) say("reads for " + member.name);
    if (member.sink) say("writes for " + member.name);
    if (member.kind == runtime::member_kind::stage && !member.in_process)
      say("runs " + member.name + " (" + std::to_string(member.workers) +
          (member.workers == 1 ? " thread)" : " threads)"));
  }
  std::string actors;
  for (const auto& actor : file.actors)
    if (actor.process.empty()) actors += (actors.empty() ? "" : ", ") + actor.name;
  if (!actors.empty()) say("actors " + actors);
  rows.add("director", own.empty() ? "starts the others" : own);
  for (const auto& member : plan.members)
    if (member.in_process) rows.add(member.name, players(member));
  for (const auto& each : runtime::processes_of(file)) {
    std::string there = each.actors.size() == 1 ? "actor " : "actors ";
    for (const auto& actor : each.actors) there += (&actor == &each.actors.front() ? "" : ", ") + actor;
    rows.add(each.name, there);
  }
  return rows.text("Processes");
}

std::string stages(const runtime::plan& plan) {
  listing rows;
  for (const auto& member : plan.members)
    rows.add(member.name, member.source ? said_of(member.source->from, *member.source)
                          : member.sink ? said_of(*member.sink)
                                        : said_of_stage(member));
  return rows.text("Stages, sources and sinks");
}

std::string edges(const runtime::plan& plan) {
  listing rows;
  for (const auto& edge : plan.edges) {
    const auto& from = plan.member(edge.from);
    std::string text = edge.type;
    if (from.source && from.source->pack != runtime::packing::single)
      text += ", batches of " + with_commas(from.source->batch.size) + " items or " +
              format_bytes(from.source->batch.bytes);
    if (from.gathers) text += ", in batches";
    if (edge.ordered) text += ", in the order of its origin";
    if (!edge.when.empty()) text += ", only those of its 'when'";
    if (edge.key_field) text += ", those of its keys";
    text += "; at most " + with_commas(edge.limit.items) + " items or " + format_bytes(edge.limit.bytes) +
            " before each taker";
    rows.add(from.name + " -> " + plan.member(edge.to).name, text);
  }
  return rows.text("Edges");
}

std::string actors(const config::file& file, const runtime::registry& program) {
  if (file.actors.empty()) return {};
  std::string text = "\nActors\n";
  std::string cast = describe_cast(file, program);
  for (std::size_t at = 0; at < cast.size();) {
    const auto end = cast.find('\n', at);
    const auto line = std::string_view(cast).substr(at, end - at);
    const auto begins = std::min(line.find_first_not_of(' '), line.size());
    const auto folded = wrapped(std::string(begins + 2, ' '), line.substr(begins));
    text += folded.substr(2);  // the further lines of one stand two to the right
    at = end + 1;
  }
  return text;
}

std::string limits_of_stage(const member_plan& stage) {
  std::string text;
  if (stage.timeout) text += ", timeout " + format_duration(*stage.timeout) + " for an item";
  text += describe(stage.worker.limits);
  if (stage.worker.nice) text += ", nice " + std::to_string(*stage.worker.nice);
  if (stage.worker.max_jobs != 0)
    text += ", replaced after about " + with_commas(stage.worker.max_jobs) + " items";
  text += ", ready within " + format_duration(stage.worker.start_timeout) + ", a sign of life every " +
          format_duration(stage.worker.heartbeat_timeout);
  return text.substr(2) + "; " + describe(stage.restart);
}

std::string limits(const runtime::plan& plan, const config::file& file) {
  listing rows;
  for (const auto& member : plan.members) {
    if (member.in_process) rows.add(member.name, limits_of_stage(member));
    if (member.spread)
      rows.add(member.name, "at most " + with_commas(member.spread->items) + " items or " +
                                format_bytes(member.spread->bytes) +
                                " are under way, as somebody restores its order");
  }
  for (const auto& each : runtime::processes_of(file))
    if (const auto said = describe(each.limits); !said.empty()) rows.add(each.name, said.substr(2));
  return rows.text("Limits");
}

}  // namespace

std::string wrapped(std::string_view lead, std::string_view text, std::size_t columns) {
  std::string out(lead);
  std::size_t used = width_of(lead);
  const std::size_t hang = used;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    const auto word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const auto wide = width_of(word);
    if (used > hang && used + 1 + wide > columns) {
      out += '\n' + std::string(hang, ' ');
      used = hang;
    } else if (used > hang) {
      out += ' ';
      ++used;
    }
    out += word;
    used += wide;
  }
  return out + '\n';
}

std::string plan_text(const runtime::plan& plan, const config::file& file, const runtime::registry& program) {
  std::string text = file.path + " is fine\n";
  text += processes(plan, file) + stages(plan) + edges(plan) + actors(file, program) + limits(plan, file);
  text += "\nPromises\n";
  for (const auto& promise : promises_of(plan, file)) text += wrapped("  - ", promise);
  return text;
}

}  // namespace troupe::cli
