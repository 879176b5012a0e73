#include <troupe/config/internal/checks.hpp>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <string_view>

namespace troupe::config {
namespace {

/// Stages as a graph: which stages (by index) each one takes from.
using edges = std::vector<std::vector<std::size_t>>;

std::string hint_for_reference(const std::string& name, std::span<const std::string> known,
                               const findings& to) {
  if (name == "stdin" || name == "-") return "standard input is from = { stdin = true }";
  std::string hint = to.near(name, known);
  if (hint.empty() && name.find_first_of("./*?") != std::string::npos) {
    hint = "files are from = { files = \"" + printable(name) + "\" }";
  }
  return hint;
}

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

/// Depth-first along `from`, without recursion: a chain may be as long as there are stages.
class cycle_finder {
 public:
  explicit cycle_finder(const edges& from) : from_(from), state_(from.size(), state::unseen) {}

  /// Each cycle once, against the flow, its first stage in the order of the file at the front.
  std::set<std::vector<std::size_t>> run() {
    for (std::size_t s = 0; s < from_.size() && !enough(); ++s) {
      if (state_[s] == state::unseen) visit(s);
    }
    return std::move(found_);
  }

 private:
  enum class state : unsigned char { unseen, on_path, done };
  struct step {
    std::size_t stage;
    std::size_t next_edge;
  };

  void visit(std::size_t start) {
    enter(start);
    while (!path_.empty() && !enough()) {
      step& top = path_.back();
      if (top.next_edge == from_[top.stage].size()) {
        state_[top.stage] = state::done;
        path_.pop_back();
        continue;
      }
      const std::size_t next = from_[top.stage][top.next_edge++];
      if (state_[next] == state::unseen)
        enter(next);
      else if (state_[next] == state::on_path)
        add_cycle(next);
    }
  }

  /// A dense graph has more cycles than anybody reads, or any memory holds.
  [[nodiscard]] bool enough() const { return found_.size() >= max_diagnostics; }

  void enter(std::size_t stage) {
    state_[stage] = state::on_path;
    path_.push_back({stage, 0});
  }

  void add_cycle(std::size_t back_to) {
    auto begin = path_.end();
    while ((--begin)->stage != back_to) {
    }
    std::vector<std::size_t> cycle;
    for (; begin != path_.end(); ++begin) cycle.push_back(begin->stage);
    std::ranges::rotate(cycle, std::ranges::min_element(cycle));
    found_.insert(std::move(cycle));
  }

  const edges& from_;
  std::vector<state> state_;
  std::vector<step> path_;
  std::set<std::vector<std::size_t>> found_;
};

void check_cycles(const std::vector<read_stage>& stages, const edges& from, findings& to) {
  constexpr std::size_t shown = 8;
  for (const std::vector<std::size_t>& cycle : cycle_finder(from).run()) {
    const std::string start = printable(stages[cycle[0]].value.name);
    std::string path = start;
    // the cycle follows `from`; people think along the flow
    for (std::size_t i = cycle.size() - 1; i > 0; --i) {
      const bool left_out = cycle.size() - i > shown && i > 1;
      if (!left_out)
        path.append(" -> ").append(printable(stages[cycle[i]].value.name));
      else if (cycle.size() - i == shown + 1)
        path += " -> ...";
    }
    to.add(where(stages[cycle[0]].value, "from"),
           "stages take from each other in a cycle: " + path + " -> " + start);
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
void check_sinks(const std::vector<read_stage>& stages, const file& whole, findings& to) {
  std::map<std::string, std::string_view> written_by;
  for (const read_stage& s : stages) {
    if (!s.value.to) continue;
    const position at = where(s.value, "to.file");
    const std::string path = canonical(whole, s.value.to->file);
    const auto [first, added] = written_by.emplace(path, s.value.name);
    if (!added) {
      to.add(at, "[stage." + printable(first->second) + "] writes to " + in_quotes(s.value.to->file) + " too",
             "give each sink a file of its own");
    }
  }
}

}  // namespace

void check_each(const std::vector<read_stage>& stages, findings& to) {
  for (const read_stage& s : stages) {
    if (s.value.timeout && s.value.place == stage::placement::thread) {
      to.add(where(s.value, "timeout"),
             "timeout: a stage with place = \"thread\" cannot be stopped in an item",
             "remove it, or set place = \"process\"");
    }
    if (s.value.batch && !s.value.from_stages.empty()) {
      to.add(where(s.value, "batch"), "batch: only a stage whose 'from' is a source can have batches");
    }
    if (s.value.restart.delay > s.value.restart.max_delay) {
      to.add(where(s.value, "restart"), "restart: delay is longer than max_delay");
    }
  }
}

void check_together(const std::vector<read_stage>& stages, const file& whole, findings& to) {
  check_inputs(stages, to);
  check_cycles(stages, check_references(stages, to), to);
  check_sinks(stages, whole, to);
}

}  // namespace troupe::config
