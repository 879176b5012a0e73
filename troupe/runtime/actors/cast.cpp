#include <troupe/base/text.hpp>
#include <troupe/config/wording.hpp>
#include <troupe/runtime/actors/actor_names.hpp>
#include <troupe/runtime/actors/cast.hpp>

#include <algorithm>
#include <set>
#include <string>
#include <string_view>

namespace troupe::runtime {
namespace {

class tree {
 public:
  explicit tree(const config::file& file) : file_(file) {
    for (const auto& each : file.supervisors)
      for (const auto& child : each.children) below_.insert(child);
  }

  std::vector<cast_entry> walk() {
    for (const auto& each : file_.supervisors)
      if (!below_.contains(each.name)) add(each, 0);
    for (const auto& each : file_.actors)
      if (!below_.contains(each.name)) found_.push_back({&each, 0});
    return std::move(found_);
  }

 private:
  template <class T>
  static const T* named(const std::vector<T>& all, const std::string& name) {
    const auto at = std::find_if(all.begin(), all.end(), [&](const T& each) { return each.name == name; });
    return at == all.end() ? nullptr : &*at;
  }

  void add(const config::supervisor& of, std::size_t depth) {
    found_.push_back({&of, depth});
    for (const auto& child : of.children) {
      if (const auto* below = named(file_.supervisors, child))
        add(*below, depth + 1);
      else if (const auto* actor = named(file_.actors, child))
        found_.push_back({actor, depth + 1});
    }
  }

  const config::file& file_;
  std::set<std::string_view> below_;
  std::vector<cast_entry> found_;
};

config::diagnostic unregistered(const config::file& file, const config::actor& of, const registry& program) {
  const auto names = program.actor_names();
  std::string hint = config::did_you_mean(of.call, names);
  if (hint.empty())
    hint = names.empty() ? "it has no actors at all: register them with app.actor<T>(name)"
                         : "it has " + config::listed(names, ", ", '\'');
  return config::error_at(
      file, config::where(of, "call"),
      "actor '" + of.name + "': this program has registered no actor under '" + of.call + "'",
      std::move(hint));
}

}  // namespace

std::vector<cast_entry> cast_of(const config::file& file) {
  return tree(file).walk();
}

std::vector<process_plan> processes_of(const config::file& file) {
  std::vector<process_plan> all;
  for (const auto& actor : file.actors) {
    if (actor.place != config::actor::placement::process) continue;
    auto at =
        std::find_if(all.begin(), all.end(), [&](const auto& each) { return each.name == actor.process; });
    if (at == all.end()) {
      const auto named = std::find_if(file.processes.begin(), file.processes.end(),
                                      [&](const auto& each) { return each.name == actor.process; });
      at = all.insert(all.end(),
                      {actor.process, named == file.processes.end() ? resource_limits() : named->limits, {}});
    }
    at->actors.push_back(actor.name);
  }
  return all;
}

const restart_options& restart_of(const config::file& file, const config::actor& of) {
  for (const auto& each : file.supervisors)
    if (std::find(each.children.begin(), each.children.end(), of.name) != each.children.end())
      return each.restart;
  return of.restart;
}

config::diagnostics check_actors(const config::file& file, const registry& program) {
  config::diagnostics wrong;
  actor_names names(file, program);
  for (const auto& each : file.actors) {
    if (const auto* definition = program.find_actor(each.call)) {
      names.look_from(each);
      if (each.place == config::actor::placement::process && !definition->remote)
        wrong.push_back(config::error_at(
            file, config::where(each, "place"),
            "actor '" + each.name + "' cannot live in another process: " + definition->why_only_here,
            "write place = \"thread\", or give it messages that can travel: docs/messages.md"));
      auto found = definition->check(file, each, names);
      wrong.insert(wrong.end(), found.begin(), found.end());
    } else {
      wrong.push_back(unregistered(file, each, program));
    }
  }
  return wrong;
}

}  // namespace troupe::runtime
