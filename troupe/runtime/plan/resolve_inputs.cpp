#include <troupe/runtime/plan/make_plan.hpp>
#include <troupe/spawn/pipes/unix_socket.hpp>

#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <utility>

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

struct complaint {
  std::string message, hint;
};

std::optional<complaint> problem_with_fifo(const std::string& path, int access, const std::string& doing) {
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0)
    return complaint{"cannot " + doing + " FIFO '" + path + "': " + std::strerror(errno),
                     errno == ENOENT ? "make it: mkfifo " + path : ""};
  if (!S_ISFIFO(found.st_mode))
    return complaint{"'" + path + "' is no FIFO", "remove it and make one: mkfifo " + path};
  if (::access(path.c_str(), access) != 0)
    return complaint{"cannot " + doing + " FIFO '" + path + "': " + std::strerror(errno), ""};
  return std::nullopt;
}

std::optional<complaint> problem_with_socket(const std::string& path) {
  if (path.size() > spawn::max_socket_path)
    return complaint{"the path of the socket '" + path + "' has " + std::to_string(path.size()) + " bytes",
                     "at most " + std::to_string(spawn::max_socket_path) + " are possible"};
  struct stat found {};
  if (::lstat(path.c_str(), &found) == 0 && !S_ISSOCK(found.st_mode))
    return complaint{"'" + path + "' is there and no socket", "remove it, or choose another path"};
  return std::nullopt;
}

std::optional<complaint> problem_with(const sink_plan& to) {
  if (to.kind == config::sink::kind_of::fifo) return problem_with_fifo(to.path, W_OK, "write to");
  if (to.kind == config::sink::kind_of::unix_socket) return problem_with_socket(to.path);
  return std::nullopt;
}

std::optional<complaint> problem_with(const source_plan& from) {
  if (const auto* fifo = std::get_if<config::fifo_source>(&from.from))
    return problem_with_fifo(fifo->path, R_OK, "read");
  if (const auto* socket = std::get_if<config::unix_source>(&from.from))
    return problem_with_socket(socket->path);
  return std::nullopt;
}

using file_identity = std::pair<dev_t, ino_t>;

std::optional<file_identity> identity_of(const std::string& path) {
  struct stat found {};
  if (path == "-" || ::stat(path.c_str(), &found) != 0 || !S_ISREG(found.st_mode)) return std::nullopt;
  return file_identity{found.st_dev, found.st_ino};
}

/// A sink empties its file at the start; links and globs hide that somebody needs what is in it.
void check_sinks(const plan& of, const config::file& file, config::diagnostics& problems) {
  std::map<file_identity, std::string> taken;
  if (const auto own = identity_of(of.path)) taken.emplace(*own, "this configuration file");
  for (const auto& member : of.members) {
    if (!member.source) continue;
    for (const auto& path : member.source->paths)
      if (const auto read = identity_of(path)) taken.emplace(*read, "the input '" + path + "'");
  }
  for (const auto& member : of.members) {
    if (!member.sink) continue;
    const auto written = identity_of(member.sink->path);
    if (!written) continue;
    const auto [other, is_new] = taken.emplace(*written, "the output '" + member.sink->path + "'");
    if (!is_new)
      problems.push_back(config::error_at(file, member.at,
                                          "cannot write '" + member.sink->path +
                                              "': it is the same file as " + other->second +
                                              ", which would be overwritten"));
  }
}

}  // namespace

config::diagnostics resolve_inputs(plan& of, const config::file& file) {
  config::diagnostics problems;
  for (auto& member : of.members) {
    auto stream = member.source ? problem_with(*member.source)
                  : member.sink ? problem_with(*member.sink)
                                : std::nullopt;
    if (stream)
      problems.push_back(
          config::error_at(file, member.at, std::move(stream->message), std::move(stream->hint)));
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
  if (problems.empty()) check_sinks(of, file, problems);
  return problems;
}

}  // namespace troupe::runtime
