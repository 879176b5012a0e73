#include <troupe/config/placeholders.hpp>
#include <troupe/runtime/plan/stage_types.hpp>
#include <troupe/runtime/programs/argv_template.hpp>
#include <troupe/runtime/programs/find_program.hpp>

#include <algorithm>
#include <utility>

namespace troupe::runtime {
namespace {

using mode_of = config::program::mode_of;

packing packing_for(const config::stage& of) {
  const auto mode = of.program->mode;
  if (mode == mode_of::per_item) return packing::single;
  const auto* files = std::get_if<config::files_source>(&*of.from_source);
  const bool has_lines = files != nullptr ? files->split == config::files_source::split_by::lines
                                          : !std::holds_alternative<config::range_source>(*of.from_source);
  if (has_lines) return packing::block;
  return mode == mode_of::per_batch || of.batch ? packing::vector : packing::single;
}

/// Programs say how they read and write; what they do not say follows from what comes.
void choose_framings(config::program& what, const message_type& item) {
  if (what.mode == mode_of::per_item) return;
  const bool is_json = item.shape == shape_of<json_text>() || !has_text(item);
  if (!what.in) what.in = is_json ? framing::jsonl : framing::lines;
  if (!what.out) what.out = what.in;
}

bool names_files(const config::program& what) {
  const auto of_name = [](const std::string& text) {
    const auto pattern = config::read_pattern(text);
    return pattern &&
           (holds(*pattern, config::placeholder::stem) || holds(*pattern, config::placeholder::name));
  };
  return of_name(what.output) || std::ranges::any_of(what.command, of_name);
}

}  // namespace

stage_types::planned* stage_types::plan_of(const config::stage& of) {
  if (!of.program) return nullptr;
  auto known = programs_.find(of.name);
  if (known == programs_.end()) known = programs_.emplace(of.name, make(of)).first;
  return known->second ? &*known->second : nullptr;
}

const stage_definition* stage_types::find(const config::stage& of) {
  if (!of.program) return stages_.find(of.call);
  const auto* made = plan_of(of);
  return made != nullptr ? &made->definition : nullptr;
}

const program_plan* stage_types::program_of(const config::stage& of) {
  const auto* made = plan_of(of);
  return made != nullptr ? &made->plan : nullptr;
}

bool stage_types::gathers(const config::stage& of) {
  const auto* made = plan_of(of);
  return made != nullptr && made->given.form == input_form::bundle;
}

std::optional<stage_types::planned> stage_types::make(const config::stage& of) {
  const bool exists = check_existence(of, *of.program);
  const auto given = input_of(of);
  if (!given || !exists) return std::nullopt;
  program_plan made{*of.program, false};
  auto& program = made.what.command.front();
  if (program.find('/') != program.npos) program = resolve_pattern(program);
  if (!made.what.output.empty()) made.what.output = resolve_pattern(made.what.output);
  choose_framings(made.what, given->item);
  if (!check_types(of, made, given->item)) return std::nullopt;
  made.gives_blocks = wants_blocks(of, made, given->form);
  auto definition = define_program(of.name, made, *given);
  return planned{std::move(made), *given, std::move(definition)};
}

std::optional<program_input> stage_types::input_of(const config::stage& of) {
  if (of.from_source) return input_from(*of.from_source, packing_for(of));
  const auto given = given_by_stages(of);
  if (!given) return std::nullopt;
  auto input = input_from(*given);
  if (of.batch && (input.form == input_form::block || of.program->mode == mode_of::persistent)) {
    complain_(config::where(of, "batch"),
              input.form == input_form::block
                  ? "the batches of stage '" + of.name +
                        "' are those of the stage before, which gives lines in blocks"
                  : "a program with mode = \"persistent\" has batches only where 'from' is a source",
              "remove batch");
    return std::nullopt;
  }
  if (of.program->mode == mode_of::per_batch && input.form == input_form::single) return bundle_of(*given);
  return input;
}

/// What the stages before give: one type for all of them, as a program is not told which one an item is from.
std::optional<message_type> stage_types::given_by_stages(const config::stage& of) {
  std::optional<message_type> given;
  for (std::size_t i = 0; i < of.from_stages.size(); ++i) {
    const auto& name = of.from_stages[i];
    const auto at = config::where(of, "from[" + std::to_string(i) + "]");
    const auto before = std::ranges::find(file_.stages, name, &config::stage::name);
    const auto* definition = before == file_.stages.end() ? nullptr : find(*before);
    if (definition == nullptr) return std::nullopt;  // that has been said, or will be
    if (!definition->out) {
      complain_(at, "stage '" + of.name + "' takes from '" + name + "', which gives nothing",
                before->program ? "give '" + name + "' stdout = \"lines\", or an output" : "");
      return std::nullopt;
    }
    if (given && given->shape != definition->out->shape) {
      complain_(at,
                "stage '" + of.name + "' is a program and takes " + given->name + ", but '" + name +
                    "' gives " + definition->out->name,
                "let all stages that it takes from give the same");
      return std::nullopt;
    }
    given = definition->out;
  }
  return given;
}

bool stage_types::check_types(const config::stage& of, const program_plan& made, const message_type& item) {
  const auto& what = made.what;
  const auto lacks = "which has no single text but only a JSON form";
  if (what.in && *what.in != framing::jsonl && !has_text(item)) {
    complain_(config::where(of, "stdin"), "stage '" + of.name + "' takes " + item.name + ", " + lacks,
              "write stdin = \"jsonl\"");
    return false;
  }
  if (names_files(what) && !has_text(item)) {
    complain_(
        config::where(of, what.output.empty() ? "command" : "output"),
        "stage '" + of.name + "' takes " + item.name + ", " + lacks + ", so that no file can have its name",
        "let the stage before give a struct with one std::string");
    return false;
  }
  return true;
}

bool stage_types::check_existence(const config::stage& of, const config::program& what) {
  const auto pattern = config::read_pattern(what.command.front());
  if (!pattern || pattern->size() != 1 || !std::holds_alternative<std::string>(pattern->front())) return true;
  return check_program(std::get<std::string>(pattern->front()), config::where(of, "command[0]"),
                       "stage '" + of.name + "'");
}

bool stage_types::check_program(const std::string& name, config::position at, const std::string& whose) {
  const auto found = find_program(name.find('/') == name.npos ? name : config::resolve(file_, name));
  if (found) return true;
  complain_(at, whose + ": " + found.error().context,
            name.find(' ') != name.npos ? "each argument is a string of its own"
            : found.error().code == errc::not_found
                ? "install it, or write where it is; a path is relative to this file"
                : "");
  return false;
}

/// Lines leave in blocks when all who take them can use them so.
bool stage_types::wants_blocks(const config::stage& of, const program_plan& made, input_form form) {
  if (made.what.out != framing::lines || made.what.mode == mode_of::per_item) return false;
  if (made.what.mode == mode_of::persistent && form != input_form::block) return false;
  return std::ranges::none_of(file_.stages, [&](const config::stage& behind) {
    if (std::ranges::find(behind.from_stages, of.name) == behind.from_stages.end()) return false;
    if (behind.program) return behind.program->mode == mode_of::per_item || behind.batch.has_value();
    const auto* definition = stages_.find(behind.call);
    return definition == nullptr || definition->in.shape != shape_of<lines>();
  });
}

std::string stage_types::resolve_pattern(const std::string& pattern) const {
  return file_.directory.empty() ? pattern : config::join_pattern(file_.directory, pattern);
}

}  // namespace troupe::runtime
