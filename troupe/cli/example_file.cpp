#include <troupe/base/shape.hpp>
#include <troupe/cli/example_file.hpp>
#include <troupe/runtime/items.hpp>
#include <troupe/runtime/plan/make_plan.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

namespace troupe::cli {
namespace {

using runtime::stage_definition;

std::string comment(const std::string& text) {
  return "# " + text + '\n';
}

std::string head(const std::string& name, const std::string& command) {
  return comment("An example that runs: " + command + " run " + name) +
         comment("What it would start: " + command + " check " + name + " --plan") +
         comment("Every key with its default: config/default.toml. Paths are relative to this file.");
}

/// Programs that every system has: the longer words of this file, each once.
std::string with_programs(const std::string& name, const std::string& command) {
  return head(name, command) + R"(
[stage.words]                      # a name of your choice
from    = { files = ")" +
         name + R"(", split = "lines" }   # also several, or "logs/*.log"; or { stdin = true }
command = ["tr", "-cs", "[:alpha:]", "\\n"]   # the program and its arguments, never a shell
mode    = "per_batch"              # a process for each batch; "per_item": for each item; "persistent": it stays up
batch   = { size = 20, wait = "1s" }
workers = 2                        # so many batches at the same time
timeout = "10s"                    # of one batch: then it is killed, and tried again

[stage.long]                       # each takes what the one in its `from` gives
from    = "words"
command = ["grep", "-E", "^.{{6,}}$"]   # {input} would be the item; a brace itself is written twice
mode    = "per_batch"
batch   = { size = 1000, wait = "1s" }
success = [0, 1]                   # exit codes; 1 of grep is: no line matches

[stage.each-once]
from    = "long"
command = ["sort", "-u"]
mode    = "per_batch"
batch   = { size = 100000, wait = "1h" }   # all of them: at the end of the input a batch is complete, too
to      = { file = "-", format = "lines" }   # "-" is standard output
)";
}

/// What a stage of the program may read in an example, as the value of `from`.
std::optional<std::string> source_for(const stage_definition& stage, const std::string& name) {
  const auto takes = [&](const std::string& shape) {
    return stage.in.shape == shape || stage.element_shape == shape;
  };
  if (takes(shape_of<line>()) || stage.in.shape == shape_of<lines>())
    return "{ files = \"" + name + "\", split = \"lines\" }   # put your own here: \"logs/*.log\"";
  if (takes(shape_of<file>())) return "{ files = \"" + name + "\", split = \"none\" }   # an item is a file";
  if (takes(shape_of<std::int64_t>()) || takes(shape_of<std::uint64_t>()))
    return std::string("{ range = [1, 11] }   # the numbers 1 to 10");
  return std::nullopt;
}

std::string table_of(const stage_definition& stage, const std::string& from, bool is_last) {
  std::string text = "\n[stage." + stage.name + "]   # takes " + stage.in.name + ", gives " +
                     (stage.out ? stage.out->name : std::string("nothing")) + '\n';
  text += "from    = " + from + '\n';
  if (stage.keeps_state)
    text += "place   = \"thread\"             # it keeps state, which lives in the director\n";
  else
    text +=
        "workers = 2                    # processes\n"
        "timeout = \"10s\"                # of one item: then its worker is killed, and the item tried "
        "again\n";
  if (is_last && stage.out) text += "to      = { file = \"-\" }       # standard output, as JSON lines\n";
  return text;
}

/// Stages that can follow each other: the first takes what a source gives, each other what the one before it gives.
std::vector<const stage_definition*> chain_of(const std::vector<const stage_definition*>& all,
                                              const stage_definition& first) {
  std::vector<const stage_definition*> chain{&first};
  while (chain.back()->out) {
    const auto next = std::find_if(all.begin(), all.end(), [&](const stage_definition* each) {
      return std::find(chain.begin(), chain.end(), each) == chain.end() &&
             each->in.shape == chain.back()->out->shape;
    });
    if (next == all.end()) break;
    chain.push_back(*next);
  }
  return chain;
}

std::string rest_of(const std::vector<const stage_definition*>& all,
                    const std::vector<const stage_definition*>& used, const runtime::registry& program) {
  std::string text;
  for (const auto* each : all) {
    if (std::find(used.begin(), used.end(), each) != used.end()) continue;
    text += comment("  [stage." + each->name + "] takes " + each->in.name + ", gives " +
                    (each->out ? each->out->name : "nothing") + (each->keeps_state ? "; keeps state" : ""));
  }
  for (const auto& name : program.actor_names()) text += comment("  [actor." + name + "]");
  return text.empty() ? text : '\n' + comment("What this program has registered besides:") + text;
}

bool is_good(const std::string& text, const std::string& name, const runtime::registry& program) {
  const auto read = config::parse(text, name);
  return read && runtime::make_plan(*read, program);
}

}  // namespace

bool is_plain_name(const std::string& name) {
  return !name.empty() && std::none_of(name.begin(), name.end(), [](unsigned char c) {
    return c < ' ' || c >= 0x7f ||
           std::string_view("*?[]\"\\{}").find(static_cast<char>(c)) != std::string_view::npos;
  });
}

std::string example_file(const std::string& name, const std::string& command,
                         const runtime::registry& program) {
  std::vector<const stage_definition*> all;
  for (const auto& each : program.names()) all.push_back(program.find(each));
  std::string best;
  std::size_t longest = 0;
  for (const auto* first : all) {
    const auto source = source_for(*first, name);
    if (!source) continue;
    const auto chain = chain_of(all, *first);
    if (chain.size() <= longest) continue;
    std::string text = head(name, command);
    for (std::size_t i = 0; i < chain.size(); ++i)
      text += table_of(*chain[i], i == 0 ? *source : '"' + chain[i - 1]->name + '"', i + 1 == chain.size());
    text += rest_of(all, chain, program);
    if (!is_good(text, name, program)) continue;  // such as a name that no file can have
    best = std::move(text);
    longest = chain.size();
  }
  return longest != 0 ? best : with_programs(name, command) + rest_of(all, {}, program);
}

}  // namespace troupe::cli
