#include <troupe/config/placeholders.hpp>
#include <troupe/runtime/plan/absolute_paths.hpp>

#include <algorithm>
#include <filesystem>
#include <string>
#include <variant>

namespace troupe::runtime {

void make_paths_absolute(plan& of) {
  const bool moved = std::any_of(of.members.begin(), of.members.end(),
                                 [](const member_plan& each) { return !each.worker.cwd.empty(); });
  if (!moved) return;
  const auto make_absolute = [](std::string& pattern) {
    pattern = config::join_pattern(std::filesystem::current_path().string(), pattern);
  };
  for (auto& member : of.members) {
    if (member.program) {
      auto& program = member.program->what;
      if (program.command.front().find('/') != std::string::npos) make_absolute(program.command.front());
      if (!program.output.empty()) make_absolute(program.output);
    }
    auto* const files = member.source ? std::get_if<config::files_source>(&member.source->from) : nullptr;
    if (files == nullptr) continue;
    for (auto& path : files->files) path = std::filesystem::absolute(path).string();
  }
}

}  // namespace troupe::runtime
