#include <troupe/runtime/programs/argv_template.hpp>
#include <troupe/runtime/replay.hpp>
#include <troupe/spawn/command.hpp>

#include <csignal>
#include <filesystem>
#include <system_error>
#include <utility>

namespace troupe::runtime {
namespace {

constexpr int signal_base = 128;

}  // namespace

std::string replay_command(const std::string& argv0, const plan& of) {
  return shell_words({argv0, of.path.empty() ? replay_argument : "replay"});
}

result<std::vector<std::string>> replay_here(const stage_definition& stage, const bytes& item,
                                             std::uint64_t id, std::uint32_t attempt) {
  auto body = stage.make();
  if (!body) return tl::unexpected(within("construct stage '" + stage.name + "'", body.error()));
  std::vector<bytes> outputs;
  if (auto done = (*body)->call(item, {id, attempt, nullptr}, outputs); !done)
    return tl::unexpected(std::move(done.error()));
  std::vector<std::string> lines;
  for (const auto& output : outputs) {
    std::string line;
    if (!stage.out) break;
    if (auto written = stage.out->to_json(output, line); !written)
      return tl::unexpected(std::move(written.error()));
    lines.push_back(std::move(line));
  }
  return lines;
}

result<replayed> replay_in_child(const std::string& argv0, const std::string& file) {
  spawn::command again("/proc/self/exe");
  again.arg0(argv0).arg(replay_argument).arg(file);
  const auto ended = again.status();
  if (!ended) return tl::unexpected(ended.error());
  const auto& how = ended->status;
  return replayed{how.code().value_or(signal_base + how.signal().value_or(0)), how.describe()};
}

result<replayed> replay_in_gdb(const std::string& file) {
  std::error_code failed;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", failed).string();
  const auto before = std::signal(SIGINT, SIG_IGN);  // Ctrl-C is for gdb, which lives in our group
  spawn::command gdb("gdb");
  gdb.args({"--args", self, replay_argument, file});
  const auto ended = gdb.status();
  std::signal(SIGINT, before);
  if (!ended) return tl::unexpected(within("start gdb (the package gdb has it)", ended.error()));
  return replayed{ended->status.code().value_or(1), ended->status.describe()};
}

}  // namespace troupe::runtime
