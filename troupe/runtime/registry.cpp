#include <troupe/runtime/registry.hpp>

#include <utility>

namespace troupe::runtime {
namespace {

template <class Map>
auto* found_in(Map& all, std::string_view name) {
  const auto found = all.find(name);
  return found == all.end() ? nullptr : &found->second;
}

template <class Map>
std::vector<std::string> names_in(const Map& all) {
  std::vector<std::string> names;
  for (const auto& [name, definition] : all) names.push_back(name);
  return names;
}

}  // namespace

result<void> registry::add(stage_definition definition) {
  const auto name = definition.name;
  if (!stages_.try_emplace(name, std::move(definition)).second)
    return fail(errc::already_exists, "register stage '" + name + "' a second time");
  return {};
}

result<void> registry::add(actor_definition definition) {
  const auto name = definition.name;
  if (!actors_.try_emplace(name, std::move(definition)).second)
    return fail(errc::already_exists, "register actor '" + name + "' a second time");
  return {};
}

const stage_definition* registry::find(std::string_view name) const {
  return found_in(stages_, name);
}

const actor_definition* registry::find_actor(std::string_view name) const {
  return found_in(actors_, name);
}

std::vector<std::string> registry::names() const {
  return names_in(stages_);
}

std::vector<std::string> registry::actor_names() const {
  return names_in(actors_);
}

}  // namespace troupe::runtime
