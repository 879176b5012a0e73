#include <troupe/config/internal/checks.hpp>
#include <troupe/config/internal/cycles.hpp>
#include <troupe/config/internal/read_worker.hpp>

#include <filesystem>
#include <map>
#include <string_view>

namespace troupe::config {
namespace {

std::string hint_for_reference(const std::string& name, std::span<const std::string> known,
                               const findings& to) {
  if (name == "stdin" || name == "-") return "standard input is from = { stdin = true }";
  std::string hint = to.near(name, known);
  if (hint.empty() && name.find_first_of("./*?") != std::string::npos) {
    hint = "files are from = { files = \"" + printable(name) + "\" }";
  }
  return hint;
}

/// Which stages each one takes from.
edges check_references(const std::vector<read_stage>& stages, findings& to) {
  std::map<std::string_view, std::size_t> index;
  std::vector<std::string> names;
  for (const read_stage& s : stages) {
    index.emplace(s.value.name, names.size());
    names.push_back(s.value.name);
  }
  edges out(stages.size());
  for (std::size_t s = 0; s < stages.size(); ++s) {
    const auto& wanted = stages[s].value.from_stages;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      const auto found = index.find(wanted[i]);
      if (found != index.end()) {
        out[s].push_back(found->second);
      } else {
        to.add(where(stages[s].value, "from[" + std::to_string(i) + ']'),
               "stage " + in_quotes(wanted[i]) + " does not exist", hint_for_reference(wanted[i], names, to));
      }
    }
  }
  return out;
}

void check_cycles(const std::vector<read_stage>& stages, const edges& from, findings& to) {
  for (const std::vector<std::size_t>& cycle : find_cycles(from)) {
    std::vector<std::string> names{stages[cycle[0]].value.name};
    // the cycle follows `from`; people think along the flow
    for (std::size_t i = cycle.size() - 1; i > 0; --i) names.push_back(stages[cycle[i]].value.name);
    to.add(where(stages[cycle[0]].value, "from"),
           "stages take from each other in a cycle: " + cycle_text(names));
  }
}

void check_inputs(const std::vector<read_stage>& stages, findings& to) {
  for (const read_stage& s : stages) {
    if (s.readable && !s.value.at.contains("from")) {
      to.add(where(s.value, ""), "[stage." + printable(s.value.name) + "] has no 'from'",
             "name a stage, or a source such as { files = \"*.log\" }");
    }
  }
}

std::string canonical(const file& whole, const std::string& path) {
  return path == "-" ? path : std::filesystem::path(resolve(whole, path)).lexically_normal().string();
}

/// By name. Whether a sink is a file that is read, by whatever name, is seen when the inputs are looked up.
void check_sinks(const std::vector<read_stage>& stages, const file& whole, findings& report) {
  std::map<std::string, std::string_view> written_by;
  for (const read_stage& s : stages) {
    for (std::size_t i = 0; i < s.value.to.size(); ++i) {
      const auto& to = s.value.to[i];
      // A socket takes any number of connections, and of a program each sink starts its own.
      const bool is_file = to.kind == sink::kind_of::file || to.kind == sink::kind_of::fifo;
      if (!is_file || to.file.empty()) continue;
      const auto key = key_of_sink(s.value, i) + (to.kind == sink::kind_of::file ? ".file" : ".fifo");
      const auto [first, added] = written_by.emplace(canonical(whole, to.file), s.value.name);
      if (added) continue;
      report.add(where(s.value, key),
                 "[stage." + printable(first->second) + "] writes to " + in_quotes(to.file) + " too",
                 "give each sink a file of its own");
    }
  }
}

/// What needs a process is refused where there is none, not silently without effect.
void check_placement(const stage& of, findings& to) {
  if (of.place != stage::placement::thread) return;
  if (of.timeout)
    to.add(where(of, "timeout"), "timeout: a stage with place = \"thread\" cannot be stopped in an item",
           "remove it, or set place = \"process\"");
  for (const std::string_view key : keys_of_processes()) {
    if (!of.at.contains(std::string(key))) continue;
    to.add(where(of, key), std::string(key) + ": a stage with place = \"thread\" has no process of its own",
           "remove it, or set place = \"process\"");
  }
  if (of.min_workers != of.workers)
    to.add(where(of, "workers"), "workers: only processes are started and stopped as they are needed",
           "write how many, or set place = \"process\"");
}

}  // namespace

void check_each(const std::vector<read_stage>& stages, findings& to) {
  for (const read_stage& s : stages) {
    check_placement(s.value, to);
    if (s.value.batch && !s.value.from_stages.empty() && !s.value.program) {
      to.add(where(s.value, "batch"), "batch: only a stage whose 'from' is a source can have batches");
    }
  }
}

void check_together(const std::vector<read_stage>& stages, const file& whole, findings& to) {
  check_inputs(stages, to);
  check_cycles(stages, check_references(stages, to), to);
  check_sinks(stages, whole, to);
}

}  // namespace troupe::config
