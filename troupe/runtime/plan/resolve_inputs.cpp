#include <troupe/runtime/plan/make_plan.hpp>

#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

namespace troupe::runtime {
namespace {

struct expansion {
  std::vector<std::string> paths;
  std::string problem;  // empty: fine
};

expansion expand(const std::string& pattern) {
  if (pattern.find_first_of("*?[") == std::string::npos) return {{pattern}, {}};
  struct stat found {};
  if (::lstat(pattern.c_str(), &found) == 0) return {{pattern}, {}};  // a file that has such a name
  glob_t matches{};
  const int status = ::glob(pattern.c_str(), GLOB_ERR, nullptr, &matches);
  const std::unique_ptr<glob_t, void (*)(glob_t*)> owner(&matches, ::globfree);
  if (status == GLOB_NOMATCH) return {{}, "no file matches '" + pattern + "'"};
  if (status != 0) return {{}, "cannot list the folder of '" + pattern + "': " + std::strerror(errno)};
  expansion all;
  for (std::size_t i = 0; i < matches.gl_pathc; ++i) {
    const std::string path = matches.gl_pathv[i];
    if (::stat(path.c_str(), &found) == 0 && S_ISDIR(found.st_mode)) continue;  // a glob means its files
    all.paths.push_back(path);
  }
  if (all.paths.empty()) all.problem = "'" + pattern + "' matches folders only";
  return all;
}

std::string problem_with(const std::string& path, std::uint64_t& size) {
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0) return "cannot read '" + path + "': " + std::strerror(errno);
  if (S_ISDIR(found.st_mode))
    return "cannot read '" + path + "': it is a folder; write '" + path + "/*' for its files";
  if (::access(path.c_str(), R_OK) != 0) return "cannot read '" + path + "': " + std::strerror(errno);
  if (S_ISREG(found.st_mode)) size += static_cast<std::uint64_t>(found.st_size);
  return {};
}

}  // namespace

config::diagnostics resolve_inputs(plan& of, const config::file& file) {
  config::diagnostics problems;
  for (auto& member : of.members) {
    if (!member.source) continue;
    const auto* files = std::get_if<config::files_source>(&member.source->from);
    if (files == nullptr) continue;
    member.source->paths.clear();
    member.source->total_bytes = 0;
    for (const auto& pattern : files->files) {
      auto expanded = expand(pattern);
      if (!expanded.problem.empty()) problems.push_back(config::error_at(file, member.at, expanded.problem));
      for (auto& path : expanded.paths) {
        if (auto problem = problem_with(path, member.source->total_bytes); !problem.empty())
          problems.push_back(config::error_at(file, member.at, std::move(problem)));
        member.source->paths.push_back(std::move(path));
      }
    }
  }
  return problems;
}

}  // namespace troupe::runtime
