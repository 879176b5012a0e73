#include <troupe/base/text.hpp>
#include <troupe/runtime/director/own_program.hpp>
#include <troupe/runtime/programs/argv_template.hpp>
#include <troupe/runtime/replay.hpp>
#include <troupe/spawn/command.hpp>
#include <troupe/spawn/guard.hpp>

#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <ctime>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

namespace troupe::runtime {
namespace {

constexpr int signal_base = 128;
/// Between two looks whether we are told to end.
constexpr milliseconds look_period{50};

/// What ends a program from a terminal waits until it is taken.
class blocked_signals {
 public:
  blocked_signals() {
    ::sigemptyset(&which_);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::sigaddset(&which_, signal);
    ::pthread_sigmask(SIG_BLOCK, &which_, &before_);
  }
  ~blocked_signals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  blocked_signals(const blocked_signals&) = delete;
  blocked_signals& operator=(const blocked_signals&) = delete;
  /// One that has come; 0: none.
  [[nodiscard]] int take() const {
    const timespec at_once{};
    return std::max(::sigtimedwait(&which_, nullptr, &at_once), 0);
  }

 private:
  sigset_t which_{};
  sigset_t before_{};
};

std::string describe(const spawn::exit_report& ended) {
  return ended.status.describe() +
         (ended.oom == spawn::out_of_memory::over_limit ? " (over its memory_max)" : "");
}

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

result<> enter(const replay_settings& as_then) {
  for (const auto& each : as_then.worker.env) ::setenv(each.name.c_str(), each.value.c_str(), 1);
  const auto& folder = as_then.worker.cwd;
  if (!folder.empty() && ::chdir(folder.c_str()) != 0) return fail_errno("enter the folder '" + folder + "'");
  return {};
}

result<replayed> replay_in_child(const std::string& argv0, const std::string& file,
                                 const replay_settings& as_then) {
  const auto& with = as_then.worker;
  spawn::command again(running_image());
  again.arg0(argv0).arg(replay_argument).arg(file).limits(with.limits);
  if (with.nice) again.nice(*with.nice);
  if (!with.cpus.empty()) again.cpus(with.cpus);
  for (const auto& each : with.env) again.env(each.name, each.value);
  // A group of its own, so that a time-out ends all of it; what is to end us is for it as well then.
  again.new_group().death_signal(SIGKILL);
  again.stdin_from(spawn::stdio::null());  // as workers have it; and no group but ours may read a terminal
  const blocked_signals ours;
  auto guard = spawn::guard::start();  // what the item starts ends with us
  if (!guard) return tl::unexpected(std::move(guard.error()));
  auto child = (*guard)->spawn(std::move(again));
  if (!child) return tl::unexpected(child.error());
  const auto until = as_then.timeout ? deadline::after(*as_then.timeout) : deadline::never();
  std::optional<spawn::exit_report> ended;
  int told = 0;
  while (!ended && told == 0 && !until.passed()) {
    ended = child->wait_until(std::min(until, deadline::after(look_period)));
    told = ours.take();
  }
  const bool late = !ended && told == 0;
  if (!ended) {
    child->kill_group();
    ended = child->wait();
  }
  if (told != 0) return replayed{signal_base + told, "was ended, as we were told to end"};
  const auto& how = ended->status;
  return replayed{
      how.code().value_or(signal_base + how.signal().value_or(0)),
      late ? "ran longer than its timeout of " + format_duration(*as_then.timeout) + " and was killed"
           : describe(*ended)};
}

result<replayed> replay_in_gdb(const std::string& file) {
  std::error_code failed;
  const auto self = std::filesystem::read_symlink(running_image(), failed).string();
  const auto before = std::signal(SIGINT, SIG_IGN);  // Ctrl-C is for gdb, which lives in our group
  spawn::command gdb("gdb");
  gdb.args({"--args", self, replay_argument, file});
  const auto ended = gdb.status();
  std::signal(SIGINT, before);
  if (!ended) return tl::unexpected(within("start gdb (the package gdb has it)", ended.error()));
  return replayed{ended->status.code().value_or(1), ended->status.describe()};
}

}  // namespace troupe::runtime
