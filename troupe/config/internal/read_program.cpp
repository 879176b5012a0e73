#include <troupe/config/internal/read_program.hpp>
#include <troupe/config/placeholders.hpp>
#include <troupe/config/wording.hpp>

#include <utility>

namespace troupe::config {
namespace {

using mode_of = program::mode_of;

constexpr std::pair<std::string_view, mode_of> program_modes[] = {
    {"per_item", mode_of::per_item}, {"per_batch", mode_of::per_batch}, {"persistent", mode_of::persistent}};
constexpr std::pair<std::string_view, framing> stream_framings[] = {
    {"lines", framing::lines}, {"jsonl", framing::jsonl}, {"nul", framing::nul}, {"u32be", framing::u32be}};
constexpr std::string_view keys_of_programs[] = {"mode", "stdin", "stdout", "output", "success"};

constexpr const char* list_hint = R"(write the program and its arguments, as in ["gzip", "-9", "{input}"])";

/// What the writer of a string is likely to have meant.
std::string list_instead_of(const std::string& text) {
  if (text.find_first_of("|&;<>$`*\"'") != std::string::npos)
    return R"(there is no shell; if you want one, say so: command = ["sh", "-c", "..."])";
  std::string list;
  for (std::size_t from = text.find_first_not_of(" \t\n"); from < text.size();) {
    const auto to = std::min(text.find_first_of(" \t\n", from), text.size());
    list += (list.empty() ? "\"" : ", \"") + printable(text.substr(from, to - from)) + '"';
    from = text.find_first_not_of(" \t\n", to);
  }
  return list.empty() ? list_hint : "there is no shell; write command = [" + list + ']';
}

/// One argument as it must be; empty: fine.
std::string fault_of_argument(const value& found, bool is_first) {
  const auto* text = found.as<std::string>();
  if (text == nullptr) return "expected a string, found " + describe(found);
  if (text->find('\0') != std::string::npos) return "an argument cannot have a NUL character";
  if (is_first && text->empty()) return "the program's name is empty";
  return {};
}

bool takes(const program& what, placeholder of) {
  for (const auto& argument : what.command)
    if (holds(*read_pattern(argument), of)) return true;
  return false;
}

/// nullopt: it is wrong, and that has been said.
std::optional<text_pattern> read_output_pattern(section& in, const std::string& text) {
  auto pattern = read_pattern(text);
  if (!pattern) {
    in.complain("output", pattern.error().why, pattern.error().hint);
    return std::nullopt;
  }
  if (holds(*pattern, placeholder::output)) {
    in.complain("output", "{output} is this path itself", "the name of the item is {stem} or {name}");
    return std::nullopt;
  }
  return std::move(*pattern);
}

void check_output(section& in, const program& what) {
  if (what.output.empty()) {
    if (takes(what, placeholder::output))
      in.complain("command", "{output} is a path that the key 'output' gives, and there is none",
                  "add output = \"out/{stem}.txt\"");
    return;
  }
  const auto pattern = read_output_pattern(in, what.output);
  if (!pattern) return;
  if (what.mode != mode_of::per_item)
    return in.complain("output", "only a program with mode = \"per_item\" makes a file for each item",
                       "read its results with stdout = \"lines\"");
  if (!takes(what, placeholder::output))
    return in.complain("output", "the command does not say {output}, so nothing would be written there",
                       "add {output} to the command's arguments");
  if (pattern->size() == 1 && std::holds_alternative<std::string>(pattern->front()))
    return in.complain("output", "every item would be written to the same file",
                       "put {stem} or {name} into the path");
  if (what.output.ends_with('/'))
    return in.complain("output", "this names a folder, not a file", "write output = \"out/{name}\"");
  if (what.out)
    in.complain("stdout", "the items that this stage gives are the files of 'output'",
                "remove stdout or output");
}

void check_mode(section& in, const program& what) {
  if (what.mode == mode_of::per_item) return;
  const std::string mode = what.mode == mode_of::per_batch ? "per_batch" : "persistent";
  for (const auto of : {placeholder::input, placeholder::stem, placeholder::name})
    if (takes(what, of))
      return in.complain(
          "command",
          "a program with mode = \"" + mode + "\" gets its items on standard input, not as arguments",
          "remove the placeholder, or set mode = \"per_item\"");
  if (what.mode == mode_of::persistent && in.has("success"))
    in.complain("success", "a persistent program stays up: any exit while it has an item is a failure",
                "remove it, or choose another mode");
}

/// What contradicts each other, with other keys of the stage too.
void check_program(section& in, const stage& out) {
  if (in.has("call"))
    in.complain("command", "a stage is either what the program registered (call) or a command",
                "remove call or command");
  if (out.place == stage::placement::thread)
    in.complain("place", "a command runs below a worker process, which a timeout can kill",
                "remove place = \"thread\"");
  if (out.batch && out.program->mode == mode_of::per_item)
    in.complain("batch", "a program with mode = \"per_item\" is started for each item",
                "remove batch, or set mode = \"per_batch\"");
  check_mode(in, *out.program);
  check_output(in, *out.program);
}

}  // namespace

bool read_command(section& in, argument_text text, std::vector<std::string>& out) {
  const value* found = in.take("command");
  const auto* list = found->as<array>();
  if (list == nullptr || list->empty()) {
    const auto* words = found->as<std::string>();
    in.expected("command", "a list of the program and its arguments", *found,
                words != nullptr ? list_instead_of(*words) : list_hint);
    return false;
  }
  bool sound = true;
  for (std::size_t i = 0; i < list->size(); ++i) {
    const std::string key = "command[" + std::to_string(i) + ']';
    in.note(key, (*list)[i]);
    auto fault = fault_of_argument((*list)[i], i == 0);
    std::string hint;
    if (fault.empty() && text == argument_text::pattern) {
      const auto pattern = read_pattern(*(*list)[i].as<std::string>());
      if (!pattern) fault = pattern.error().why, hint = pattern.error().hint;
    }
    if (fault.empty()) {
      out.push_back(*(*list)[i].as<std::string>());
      continue;
    }
    in.complain(key, fault, hint);
    sound = false;
  }
  return sound;
}

void read_success(section& in, std::vector<int>& out) {
  const value* found = in.take("success");
  if (found == nullptr) return;
  const auto* list = found->as<array>();
  std::vector<int> codes;
  for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
    const auto* code = (*list)[i].as<std::int64_t>();
    if (code != nullptr && *code >= 0 && *code <= 255) codes.push_back(static_cast<int>(*code));
  }
  if (list == nullptr || list->empty() || codes.size() != list->size())
    return in.expected("success", "a list of exit codes from 0 to 255", *found, "write success = [0, 1]");
  out = std::move(codes);
}

void read_program(section& in, stage& out) {
  program read;
  const bool is_program = in.has("command");
  const bool sound = is_program && read_command(in, argument_text::pattern, read.command);
  if (!is_program) (void)in.take("command");
  assign(read.mode, in.choice("mode", program_modes));
  assign(read.in, in.choice("stdin", stream_framings));
  assign(read.out, in.choice("stdout", stream_framings));
  assign(read.output, in.text("output"));
  read_success(in, read.success);
  if (!is_program) {
    for (const auto key : keys_of_programs)
      if (in.has(key))
        in.complain(key, "only a stage with a command has this", "add command = [\"program\", \"argument\"]");
    return;
  }
  if (!sound) return;
  out.program = std::move(read);
  // A process for each line of each file is hardly ever meant: that is for those who write it.
  auto* files = out.from_source ? std::get_if<files_source>(&*out.from_source) : nullptr;
  if (files != nullptr && out.program->mode == mode_of::per_item && !out.at.contains("from.split"))
    files->split = files_source::split_by::none;
  check_program(in, out);
}

}  // namespace troupe::config
