#include <troupe/base/codec.hpp>
#include <troupe/base/text.hpp>
#include <troupe/runtime/plan/absolute_paths.hpp>
#include <troupe/runtime/plan/field_rules.hpp>
#include <troupe/runtime/plan/make_plan.hpp>
#include <troupe/runtime/plan/segments.hpp>
#include <troupe/runtime/plan/stage_types.hpp>

#include <algorithm>
#include <map>
#include <utility>

namespace troupe::runtime {
namespace {

using placement = config::stage::placement;
using member_ids = std::vector<member_id>;

/// A slot answers for items when a checkpoint holds them: so many more may be on their way to it.
constexpr std::uint32_t until_checkpoint = 16;

std::string why_nothing(const config::stage& gives) {
  return gives.program ? "its program's output is not read" : "its function returns void";
}

class planner {
 public:
  planner(const config::file& file, const registry& stages)
      : file_(file), stages_(stages), types_(file, stages, teller()) {}

  tl::expected<plan, config::diagnostics> make() {
    plan_.path = file_.path;
    for (const auto& stage : file_.stages) add_stage(stage);
    for (const auto& stage : file_.stages) connect(stage);
    if (!errors_.empty()) return tl::unexpected(std::move(errors_));
    check_outputs_are_taken();
    find_origins(plan_);
    for (const auto& stage : file_.stages) put_in_order(stage);
    check_depth();
    make_paths_absolute(plan_);
    if (!errors_.empty()) return tl::unexpected(std::move(errors_));
    return std::move(plan_);
  }

 private:
  void complain(config::position at, std::string message, std::string hint = {}) {
    errors_.push_back(config::error_at(file_, at, std::move(message), std::move(hint)));
  }

  [[nodiscard]] complaint teller() {
    return [this](config::position at, std::string message, std::string hint) {
      complain(at, std::move(message), std::move(hint));
    };
  }

  member_plan& add_member(member_kind kind, std::string name, config::position at) {
    member_plan member;
    member.id = static_cast<member_id>(plan_.members.size() + 1);
    member.kind = kind;
    member.name = std::move(name);
    member.at = at;
    plan_.members.push_back(std::move(member));
    return plan_.members.back();
  }

  /// Each item to one of `to`.
  void add_way(member_id from, const member_ids& to, const message_type& type,
               std::optional<std::uint32_t> key_field = {}, const std::vector<field_is>& when = {}) {
    auto& out = plan_.members[from - 1].out;
    const auto way = out.empty() ? 0 : plan_.edge(out.back()).way + 1;
    for (const auto one : to) {
      const auto id = static_cast<edge_id>(plan_.edges.size() + 1);
      plan_.edges.push_back({.id = id,
                             .from = from,
                             .to = one,
                             .type = type.name,
                             .shape = type.shape,
                             .way = way,
                             .key_field = key_field,
                             .when = when});
      out.push_back(id);
      plan_.members[one - 1].in.push_back(id);
    }
  }

  const stage_definition* definition_of(const config::stage& stage) { return types_.find(stage); }

  void add_stage(const config::stage& stage) {
    const auto* definition = definition_of(stage);
    if (definition == nullptr && !stage.program) complain_unregistered(stage);
    if (definition == nullptr) return;
    const bool in_slots = definition->keeps_state && stage.place == placement::process && stage.workers > 1;
    for (std::size_t slot = 0; slot < (in_slots ? stage.workers : 1); ++slot) {
      auto& member =
          add_member(member_kind::stage, stage.name + (in_slots ? '.' + std::to_string(slot) : std::string()),
                     config::where(stage, ""));
      ids_[stage.name].push_back(member.id);
      fill(member, stage, *definition);
      if (!in_slots) continue;
      member.stage = stage.name;
      member.workers = member.min_workers = 1;
    }
    check_state(stage, *definition, teller());
  }

  void fill(member_plan& member, const config::stage& stage, const stage_definition& definition) {
    if (const auto* program = types_.program_of(stage)) {
      member.program = *program;
    } else {
      member.call = stage.call;
    }
    member.in_process = stage.place == placement::process;
    member.keeps_state = definition.keeps_state;
    member.takes_batches = definition.split && (stage.from_source.has_value() || types_.gathers(stage));
    member.workers = static_cast<std::uint32_t>(stage.workers);
    member.min_workers = static_cast<std::uint32_t>(stage.min_workers);
    member.idle = stage.idle;
    member.timeout = stage.timeout;
    member.max_attempts = stage.max_attempts;
    member.quarantine = config::resolve(file_, stage.quarantine);
    member.retry = stage.retry;
    member.on_quarantine = stage.on_quarantine;
    member.restart = stage.restart;
    member.worker = stage.worker;
    if (!member.worker.cwd.empty()) member.worker.cwd = config::resolve(file_, member.worker.cwd);
  }

  void complain_unregistered(const config::stage& stage) {
    const auto names = stages_.names();
    const auto close = nearest(stage.call, names);
    std::string known;
    for (const auto& name : names) known += (known.empty() ? "" : ", ") + name;
    complain(config::where(stage, "call"),
             "stage '" + stage.name + "': this program has registered nothing under '" + stage.call + "'",
             close           ? "did you mean '" + *close + "'?"
             : names.empty() ? "it has no stages at all: register them with app.stage(name, function)"
                             : "it has " + known);
  }

  void connect(const config::stage& stage) {
    const auto* definition = definition_of(stage);
    if (definition == nullptr) return;
    const auto ids = ids_[stage.name];
    const auto key = key_field_of(stage, *definition, teller());
    if (stage.from_source) connect_source(stage, *definition, ids, key);
    if (types_.gathers(stage)) {
      connect_gathered(stage, *definition, ids);
    } else {
      for (std::size_t i = 0; i < stage.from_stages.size(); ++i)
        connect_stage(stage, definition->in, definition->element_shape, ids, i, key);
    }
    for (std::size_t i = 0; i < stage.to.size(); ++i) connect_sink(stage, i, *definition, ids);
  }

  /// Batches of items from other stages are formed by an anchor of their own: docs/delivery.md, "Identity".
  void connect_gathered(const config::stage& stage, const stage_definition& definition,
                        const member_ids& to) {
    auto& member = add_member(member_kind::stage, stage.name + ".batch", config::where(stage, "batch"));
    member.keeps_state = true;
    member.gathers = stage.batch.value_or(config::batch{});
    const auto former = member.id;
    for (std::size_t i = 0; i < stage.from_stages.size(); ++i)
      connect_stage(stage, types_.gathered_type(stage), {}, {former}, i, {});
    add_way(former, to, definition.in);
  }

  void connect_stage(const config::stage& stage, const message_type& taken,
                     const std::optional<std::string>& element_shape, const member_ids& to, std::size_t i,
                     std::optional<std::uint32_t> key) {
    const auto& from = stage.from_stages[i];
    const auto at = config::where(stage, "from[" + std::to_string(i) + "]");
    const auto before = std::find_if(file_.stages.begin(), file_.stages.end(),
                                     [&](const config::stage& s) { return s.name == from; });
    if (before == file_.stages.end()) return;  // config has said so
    const auto* producer = definition_of(*before);
    if (producer == nullptr) return;
    if (!producer->out) {
      complain(at, "stage '" + stage.name + "' takes from '" + from +
                       "', which gives nothing: " + why_nothing(*before));
    } else if (producer->out->shape != taken.shape) {
      complain(at,
               "stage '" + stage.name + "' takes " + taken.name + ", but '" + from + "' gives " +
                   producer->out->name + ": " + shape_difference(taken.shape, producer->out->shape),
               element_shape == producer->out->shape
                   ? "batches are formed by sources only in this version: let '" + stage.name +
                         "' take one " + producer->out->name
               : before->program
                   ? "an external program gives troupe::line or lines, troupe::json_text or troupe::file"
                   : "");
    } else {
      const auto when = conditions_of(stage, taken, teller());
      for (const auto one : ids_[from]) add_way(one, to, taken, key, when);
    }
  }

  void connect_source(const config::stage& stage, const stage_definition& definition, const member_ids& to,
                      std::optional<std::uint32_t> key) {
    const auto packed = packing_of(stage, definition);
    if (!packed) return;
    auto& member = add_member(member_kind::source, stage.name + ".from", place_of_source(stage));
    source_plan source{*stage.from_source, *packed, stage.batch.value_or(config::batch{}), {}, 0};
    if (auto* files = std::get_if<config::files_source>(&source.from))
      for (auto& file : files->files) file = config::resolve(file_, file);
    if (auto* fifo = std::get_if<config::fifo_source>(&source.from))
      fifo->path = config::resolve(file_, fifo->path);
    if (auto* socket = std::get_if<config::unix_source>(&source.from))
      socket->path = config::resolve(file_, socket->path);
    if (auto* program = std::get_if<config::command_source>(&source.from))
      resolve_program(program->command.front(), config::where(stage, "from.command[0]"),
                      "the source of stage '" + stage.name + "'");
    member.source = std::move(source);
    const auto from = member.id;
    add_way(from, to, definition.in, key, conditions_of(stage, definition.in, teller()));
  }

  static config::position place_of_source(const config::stage& stage) {
    for (const std::string_view kind : {"from.files", "from.fifo", "from.unix", "from.command"})
      if (stage.at.contains(std::string(kind))) return config::where(stage, kind);
    return config::where(stage, "from");
  }

  void resolve_program(std::string& name, config::position at, const std::string& whose) {
    types_.check_program(name, at, whose);
    if (name.find('/') != std::string::npos) name = config::resolve(file_, name);
  }

  std::optional<packing> packing_of(const config::stage& stage, const stage_definition& definition) {
    const auto at = config::where(stage, "from");
    std::vector<std::string> singles;
    std::string what = "line, lines or vector<line>";
    const auto* files = std::get_if<config::files_source>(&*stage.from_source);
    if (const auto* range = std::get_if<config::range_source>(&*stage.from_source)) {
      singles = {shape_of<std::int64_t>()};
      what = "std::int64_t or a vector of it: some of its numbers are below 0";
      if (range->first >= 0) {
        singles.push_back(shape_of<std::uint64_t>());
        what = "std::int64_t, std::uint64_t or a vector of them";
      }
    } else if (files != nullptr && files->split == config::files_source::split_by::none) {
      singles = {shape_of<file>()};
      what = "file or vector<file>";
    } else {
      if (definition.in.shape == shape_of<lines>()) return packing::block;
      singles = {shape_of<line>()};
    }
    for (const auto& shape : singles) {
      if (definition.element_shape == shape) return packing::vector;
      if (definition.in.shape != shape) continue;
      if (!stage.batch) return packing::single;
      complain(config::where(stage, "batch"),
               "stage '" + stage.name + "' has a batch but takes one " + definition.in.name + " at a time",
               "let its function take std::vector<" + definition.in.name + ">, or remove batch");
      return std::nullopt;
    }
    complain(at,
             "stage '" + stage.name + "' takes " + definition.in.name + ", but this source gives " + what);
    return std::nullopt;
  }

  void connect_sink(const config::stage& stage, std::size_t index, const stage_definition& definition,
                    const member_ids& from) {
    const auto& to = stage.to[index];
    const auto key = config::key_of_sink(stage, index);
    const auto at = config::where(stage, key);
    if (!definition.out) {
      complain(at, "stage '" + stage.name + "' has a sink but gives nothing: " + why_nothing(stage),
               stage.program ? "add stdout = \"lines\", or an output" : "remove `to`");
      return;
    }
    if (to.format == config::sink::format_of::lines && !definition.out->to_line) {
      complain(config::where(stage, key + ".format"),
               "format \"lines\" writes an item's one text field, and " + definition.out->name +
                   " does not have exactly one std::string field",
               "write format = \"jsonl\"");
      return;
    }
    sink_plan sink{to.file.empty() ? std::string() : config::resolve(file_, to.file), to.format, to.kind,
                   to.command, to.success};
    if (to.kind == config::sink::kind_of::command)
      resolve_program(sink.command.front(), config::where(stage, key + ".command[0]"),
                      "a sink of stage '" + stage.name + "'");
    // The first is what there mostly is alone.
    const auto number = index == 0 ? std::string() : std::to_string(index + 1);
    auto& member = add_member(member_kind::sink, stage.name + ".to" + number, at);
    member.sink = std::move(sink);
    const auto to_id = member.id;
    for (const auto one : from) add_way(one, {to_id}, *definition.out);
  }

  void check_outputs_are_taken() {
    for (const auto& stage : file_.stages) {
      const auto* definition = definition_of(stage);
      if (definition == nullptr) continue;
      const auto& member = plan_.member(ids_[stage.name].front());
      if (definition != nullptr && definition->out && member.out.empty())
        complain(member.at,
                 "stage '" + stage.name + "' gives " + definition->out->name + ", which nobody takes",
                 "add to = { file = \"-\" }, or another stage with from = \"" + stage.name + "\"");
    }
  }

  /// What `stage` gives is taken in the order of its origins, which must not be further ahead than it says.
  void put_in_order(const config::stage& stage) {
    if (definition_of(stage) == nullptr) return;
    for (const auto id : ids_[stage.name]) put_in_order(stage, plan_.members[id - 1]);
  }

  void put_in_order(const config::stage& stage, member_plan& member) {
    for (const auto edge : member.in) {
      auto& limit = plan_.edges[edge - 1].limit;
      limit.items = static_cast<std::uint32_t>(stage.max_in_flight);
      if (!member.keeps_state || !member.in_process) continue;
      limit.items *= until_checkpoint;  // what it has worked on and not yet answered
      limit.bytes *= until_checkpoint;
    }
    if (!stage.ordered) return;
    const auto at = config::where(stage, "ordered");
    if (member.out.empty())
      return complain(at, "stage '" + stage.name + "' is ordered, but gives nothing", "remove `ordered`");
    for (const auto edge : member.out) {
      const auto& next = plan_.member(plan_.edge(edge).to);
      if (!next.is_terminal())
        return complain(at,
                        "stage '" + stage.name + "' is ordered, but '" + next.name +
                            "', which takes from it, works on several items at once and would lose the order",
                        "write ordered = true in [stage." + next.name +
                            "]: in the last stage before a sink or a stage with state");
      if (next.keeps_state && next.in_process)
        return complain(
            at,
            "stage '" + stage.name + "' is ordered, but '" + next.name +
                "', which takes from it, keeps its state in a process of its own, and takes items "
                "as they come",
            "write place = \"thread\" in [stage." + (next.stage.empty() ? next.name : next.stage) +
                "], or remove `ordered`");
      plan_.edges[edge - 1].ordered = true;
    }
    const window most{static_cast<std::uint32_t>(stage.ordered->size), stage.ordered->bytes};
    limit_spread(member, most);
    if (!types_.gathers(stage)) return;
    // Nobody has written the former of its batches: it has to take in order, too.
    const auto& former = plan_.member(plan_.edge(member.in.front()).from);
    for (const auto edge : former.in) plan_.edges[edge - 1].ordered = true;
    for (const auto origin : former.origins) limit_spread(plan_.member(origin), most);
  }

  void limit_spread(const member_plan& ordered, const window& to) {
    const auto limit = [&](member_id id) {
      auto& spread = plan_.members[id - 1].spread;
      spread = spread ? window{std::min(spread->items, to.items), std::min(spread->bytes, to.bytes)} : to;
    };
    if (ordered.is_origin()) return limit(ordered.id);
    for (const auto origin : ordered.origins) limit(origin);
  }

  void check_depth() {
    const auto depths = depths_of(plan_);
    for (const auto& member : plan_.members)
      if (const auto depth = depths[member.id - 1]; depth > max_path)
        complain(member.at, "'" + member.name + "' is the " + std::to_string(depth) +
                                "th step after a source or a stage with state; at most " +
                                std::to_string(max_path) + " are possible");
  }

  const config::file& file_;
  const registry& stages_;
  stage_types types_;
  plan plan_;
  config::diagnostics errors_;
  std::map<std::string, member_ids> ids_;  // of a stage: one, or one for each slot
};

}  // namespace

const edge_plan* plan::find_edge(edge_id id) const noexcept {
  return id == 0 || id > edges.size() ? nullptr : &edges[id - 1];
}

const member_plan* plan::find_member(member_id id) const noexcept {
  return id == 0 || id > members.size() ? nullptr : &members[id - 1];
}

tl::expected<plan, config::diagnostics> make_plan(const config::file& file, const registry& stages) {
  return planner(file, stages).make();
}

}  // namespace troupe::runtime
