// runtime/registry.hpp - the stages that a program offers to its files.
// Threads: filled before anything starts, read-only afterwards.
#pragma once
#include <troupe/base/error.hpp>
#include <troupe/runtime/stage.hpp>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::runtime {

class registry {
 public:
  /// already_exists: the name is taken. The first registration stays.
  [[nodiscard]] result<void> add(stage_definition definition);
  /// nullptr when nothing has that name.
  [[nodiscard]] const stage_definition* find(std::string_view name) const;
  [[nodiscard]] std::vector<std::string> names() const;

 private:
  std::map<std::string, stage_definition, std::less<>> stages_;
};

}  // namespace troupe::runtime
