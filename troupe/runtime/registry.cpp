#include <troupe/runtime/registry.hpp>

#include <utility>

namespace troupe::runtime {

result<void> registry::add(stage_definition definition) {
  const auto name = definition.name;
  if (!stages_.try_emplace(name, std::move(definition)).second)
    return fail(errc::already_exists, "register stage '" + name + "' a second time");
  return {};
}

const stage_definition* registry::find(std::string_view name) const {
  const auto found = stages_.find(name);
  return found == stages_.end() ? nullptr : &found->second;
}

std::vector<std::string> registry::names() const {
  std::vector<std::string> all;
  for (const auto& [name, definition] : stages_) all.push_back(name);
  return all;
}

}  // namespace troupe::runtime
