// runtime/registry.hpp - the stages and the classes of actors that a program offers to its files.
// Threads: filled before anything starts, read-only afterwards.
#pragma once
#include <troupe/base/error.hpp>
#include <troupe/runtime/actors/actor_definition.hpp>
#include <troupe/runtime/stage.hpp>

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::runtime {

class registry {
 public:
  /// already_exists: a stage has the name. The first registration stays.
  [[nodiscard]] result<void> add(stage_definition definition);
  /// The same among actors; a stage and an actor may have the same name here.
  [[nodiscard]] result<void> add(actor_definition definition);
  /// nullptr when nothing has that name.
  [[nodiscard]] const stage_definition* find(std::string_view name) const;
  [[nodiscard]] const actor_definition* find_actor(std::string_view name) const;
  [[nodiscard]] std::vector<std::string> names() const;
  [[nodiscard]] std::vector<std::string> actor_names() const;

 private:
  std::map<std::string, stage_definition, std::less<>> stages_;
  std::map<std::string, actor_definition, std::less<>> actors_;
};

}  // namespace troupe::runtime
