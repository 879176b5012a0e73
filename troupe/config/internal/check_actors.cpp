#include <troupe/config/internal/check_actors.hpp>
#include <troupe/config/internal/cycles.hpp>

#include <algorithm>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace troupe::config {
namespace {

std::string title_of(std::string_view kind, std::string_view name) {
  return "[" + std::string(kind) + "." + printable(name) + "]";
}

struct holder {
  std::string_view kind;
  std::string_view name;
  position at;
};

template <class T>
void add_holders(std::string_view kind, const std::vector<named<T>>& from, std::vector<holder>& to) {
  for (const named<T>& each : from) to.push_back({kind, each.value.name, where(each.value, "")});
}

/// Looks at all supervisors together.
class family {
 public:
  family(const std::vector<read_supervisor>& supervisors, const std::vector<read_actor>& actors,
         const std::vector<read_stage>& stages, findings& to)
      : supervisors_(supervisors), actors_(actors), to_(to) {
    for (const read_actor& each : actors) add_name(each.value.name, kind_of_name::actor, 0);
    for (std::size_t i = 0; i < supervisors.size(); ++i)
      add_name(supervisors[i].value.name, kind_of_name::supervisor, i);
    for (const read_stage& each : stages) known_.emplace(each.value.name, known{kind_of_name::stage, 0});
  }

  void check() {
    below_.resize(supervisors_.size());
    for (std::size_t i = 0; i < supervisors_.size(); ++i) check_children(i);
    check_cycles();
    check_restarts();
  }

 private:
  enum class kind_of_name { actor, supervisor, stage };
  struct known {
    kind_of_name kind;
    std::size_t index;  // of a supervisor
  };

  void add_name(const std::string& name, kind_of_name kind, std::size_t index) {
    if (known_.emplace(name, known{kind, index}).second) names_.push_back(name);
  }

  void check_children(std::size_t of) {
    const supervisor& one = supervisors_[of].value;
    if (supervisors_[of].readable && !one.at.contains("children")) {
      to_.add(where(one, ""), title_of("supervisor", one.name) + " has no 'children'",
              "name one or more actors or supervisors: children = [\"NAME\"]");
    }
    for (std::size_t i = 0; i < one.children.size(); ++i) check_child(of, i);
  }

  void check_child(std::size_t of, std::size_t which) {
    const supervisor& one = supervisors_[of].value;
    const std::string& child = one.children[which];
    const auto found = known_.find(child);
    if (found == known_.end()) {
      to_.add(where_child(one, which), "there is no actor and no supervisor " + in_quotes(child),
              to_.near(child, names_));
      return;
    }
    if (found->second.kind == kind_of_name::stage) {
      to_.add(where_child(one, which), in_quotes(child) + " is a stage, and supervisors have actors",
              "the 'restart' of a stage says how its workers are restarted");
      return;
    }
    if (const auto [first, added] = parents_.emplace(child, one.name); !added) {
      to_.add(where_child(one, which),
              in_quotes(child) + " is a child of " + title_of("supervisor", first->second) + " already",
              "each has one supervisor");
    }
    if (found->second.kind == kind_of_name::supervisor) below_[of].push_back(found->second.index);
  }

  void check_cycles() {
    for (const std::vector<std::size_t>& cycle : find_cycles(below_)) {
      std::vector<std::string> names;
      for (const std::size_t each : cycle) names.push_back(supervisors_[each].value.name);
      const supervisor& first = supervisors_[cycle[0]].value;
      const auto next = std::ranges::find(first.children, names[cycle.size() > 1 ? 1 : 0]);
      to_.add(where_child(first, static_cast<std::size_t>(next - first.children.begin())),
              "supervisors list each other in a cycle: " + cycle_text(names));
    }
  }

  void check_restarts() {
    for (const read_actor& each : actors_) {
      const auto parent = parents_.find(each.value.name);
      if (parent == parents_.end() || !each.value.at.contains("restart")) continue;
      const std::string title = title_of("supervisor", parent->second);
      to_.add(where(each.value, "restart"),
              "restart: this actor is a child of " + title + ", which restarts it",
              "remove it, or write it in " + title);
    }
  }

  static position where_child(const supervisor& of, std::size_t which) {
    return where(of, "children[" + std::to_string(which) + ']');
  }

  const std::vector<read_supervisor>& supervisors_;
  const std::vector<read_actor>& actors_;
  findings& to_;
  std::map<std::string_view, known> known_;
  std::vector<std::string> names_;                        // of actors and supervisors
  std::map<std::string_view, std::string_view> parents_;  // the supervisor that lists a child first
  edges below_;                                           // which supervisors each one lists
};

}  // namespace

void check_names(const std::vector<read_stage>& stages, const std::vector<read_actor>& actors,
                 const std::vector<read_supervisor>& supervisors, const std::vector<read_process>& processes,
                 findings& to) {
  std::vector<holder> all;
  add_holders("stage", stages, all);
  add_holders("actor", actors, all);
  add_holders("supervisor", supervisors, all);
  add_holders("process", processes, all);
  std::ranges::stable_sort(all, {}, &holder::at);
  std::map<std::string_view, const holder*> first;
  for (const holder& each : all) {
    const auto [holds, added] = first.emplace(each.name, &each);
    if (added) continue;
    to.add(each.at,
           title_of(each.kind, each.name) + " has the name of " + title_of(holds->second->kind, each.name),
           "stages, actors, supervisors and processes of a file need different names");
  }
}

void check_supervision(const std::vector<read_supervisor>& supervisors, const std::vector<read_actor>& actors,
                       const std::vector<read_stage>& stages, findings& to) {
  family(supervisors, actors, stages, to).check();
}

}  // namespace troupe::config
