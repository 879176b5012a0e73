#include <troupe/base/text.hpp>
#include <troupe/cli/plan_dot.hpp>
#include <troupe/cli/plan_words.hpp>
#include <troupe/cli/progress.hpp>
#include <troupe/runtime/actors/cast.hpp>
#include <troupe/runtime/members/sink_file.hpp>
#include <troupe/runtime/programs/argv_template.hpp>

#include <algorithm>
#include <cstddef>
#include <utility>
#include <variant>
#include <vector>

namespace troupe::cli {
namespace {

std::string text_of(const config::source& from) {
  if (const auto* files = std::get_if<config::files_source>(&from)) {
    std::string text = files->split == config::files_source::split_by::none ? "files" : "lines of";
    for (const auto& pattern : files->files) text += '\n' + pattern;
    return text;
  }
  if (const auto* range = std::get_if<config::range_source>(&from))
    return std::to_string(range->first) + " to " + std::to_string(range->last - 1);
  return "lines of " + stream_of(from);
}

std::string text_of(const runtime::sink_plan& sink) {
  return (sink.kind == config::sink::kind_of::file && sink.path != "-" ? sink.path : runtime::shown(sink)) +
         '\n' + format_of(sink);
}

std::string text_of(const runtime::member_plan& stage) {
  std::string text = players(stage);
  if (stage.program) text += '\n' + runtime::quoted(stage.program->what.command);
  if (stage.gathers)
    text += "\nforms batches";
  else if (stage.keeps_state)
    text += "\nkeeps state";
  return text;
}

std::string node(const std::string& id, const std::string& text, const char* style) {
  return dot_string(id) + " [label=" + dot_string(text) + ", " + style + "];\n";
}

std::string node_of_member(const runtime::member_plan& member) {
  if (member.source)
    return node(member.name, member.name + '\n' + text_of(member.source->from), "shape=cylinder");
  if (member.sink) return node(member.name, member.name + '\n' + text_of(*member.sink), "shape=note");
  return node(member.name, member.name + '\n' + text_of(member),
              member.in_process ? "shape=box" : "shape=box, style=rounded");
}

/// What a reader of the graph may not know otherwise: how items travel there.
std::string edge_of_plan(const runtime::plan& plan, const runtime::edge_plan& edge) {
  const auto& from = plan.member(edge.from);
  std::string label = edge.type;
  if (from.source && from.source->pack != runtime::packing::single)
    label += "\nbatches of " + with_commas(from.source->batch.size);
  if (from.gathers) label += "\nbatches of " + with_commas(from.gathers->size);
  if (!edge.when.empty()) label += "\nwhen";
  if (edge.key_field) label += "\nby key";
  if (edge.ordered) label += "\nordered";
  std::string text =
      dot_string(from.name) + " -> " + dot_string(plan.member(edge.to).name) + " [label=" + dot_string(label);
  if (edge.ordered) text += ", style=bold";
  return text + "];\n";
}

/// Every text in an actor's options that is the name of one: where an address stands, it becomes that one's.
void find_names(const config::value& in, const config::file& file, std::vector<std::string>& found) {
  if (const auto* text = in.as<std::string>()) {
    const bool is_actor = std::any_of(file.actors.begin(), file.actors.end(),
                                      [&](const config::actor& each) { return each.name == *text; });
    if (is_actor && std::find(found.begin(), found.end(), *text) == found.end()) found.push_back(*text);
  } else if (const auto* list = in.as<config::array>()) {
    for (const auto& each : *list) find_names(each, file, found);
  } else if (const auto* below = in.as<config::table>()) {
    for (const auto& each : *below) find_names(each.value, file, found);
  }
}

std::string node_of_actor(const config::actor& actor) {
  std::string text = actor.name;
  if (actor.call != actor.name) text += '\n' + actor.call;
  if (actor.place == config::actor::placement::detached) text += "\non a thread of its own";
  return node("actor " + actor.name, text, "shape=ellipse");
}

std::string cast_text(const config::file& file) {
  std::string text;
  for (const auto& process : runtime::processes_of(file)) {
    text += "  subgraph " + dot_string("cluster " + process.name) +
            " {\n    label=" + dot_string("process " + process.name) + ";\n";
    for (const auto& actor : file.actors)
      if (actor.process == process.name) text += "    " + node_of_actor(actor);
    text += "  }\n";
  }
  for (const auto& actor : file.actors)
    if (actor.process.empty()) text += "  " + node_of_actor(actor);
  for (const auto& each : file.supervisors) {
    text += "  " + node("supervisor " + each.name, each.name + "\nsupervisor", "shape=box, style=dashed");
    for (const auto& child : each.children) {
      const bool is_actor = std::any_of(file.actors.begin(), file.actors.end(),
                                        [&](const config::actor& one) { return one.name == child; });
      text += "  " + dot_string("supervisor " + each.name) + " -> " +
              dot_string((is_actor ? "actor " : "supervisor ") + child) +
              " [style=dashed, arrowhead=none];\n";
    }
  }
  for (const auto& actor : file.actors) {
    std::vector<std::string> named;
    for (const auto& option : actor.options) find_names(option.value, file, named);
    for (const auto& other : named)
      text += "  " + dot_string("actor " + actor.name) + " -> " + dot_string("actor " + other) +
              " [label=\"names\"];\n";
  }
  return text;
}

}  // namespace

std::string dot_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\')
      out += '\\', out += c;
    else if (c == '\n')
      out += "\\n";
    else if (c == '&')
      out += "&amp;";  // or graphviz would take "&lt;" in a path for a '<'
    else if (static_cast<unsigned char>(c) < ' ' || c == '\x7f')
      out += "\xef\xbf\xbd";  // no picture can show it
    else
      out += c;
  }
  return out + '"';
}

std::string dot_of(const runtime::plan& plan, const config::file& file) {
  std::string text = "digraph {\n  rankdir=LR;\n  label=" + dot_string(file.path) +
                     ";\n  node [fontname=\"sans-serif\"];\n  edge [fontname=\"sans-serif\"];\n";
  for (const auto& member : plan.members) text += "  " + node_of_member(member);
  for (const auto& edge : plan.edges) text += "  " + edge_of_plan(plan, edge);
  return text + cast_text(file) + "}\n";
}

}  // namespace troupe::cli
