#include <troupe/base/allowed.hpp>
#include <troupe/config/internal/read_limits.hpp>
#include <troupe/config/internal/read_worker.hpp>

#include <algorithm>
#include <utility>

namespace troupe::config {
namespace {

constexpr std::string_view process_keys[] = {"limits", "nice",          "cpu_affinity",      "env",     "cwd",
                                             "stop",   "start_timeout", "heartbeat_timeout", "max_jobs"};

void read_cpus(section& in, std::vector<unsigned>& out) {
  const value* found = in.take("cpu_affinity");
  if (found == nullptr) return;
  const auto* list = found->as<array>();
  std::vector<unsigned> cpus;
  for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
    const auto* number = (*list)[i].as<std::int64_t>();
    if (number == nullptr || !allowed::cpu.has(*number)) break;
    cpus.push_back(static_cast<unsigned>(*number));
  }
  if (list == nullptr || list->empty() || cpus.size() != list->size())
    return in.expected("cpu_affinity", "a list of processors, each " + section::words_for(allowed::cpu),
                       *found, "write cpu_affinity = [0, 1]");
  std::sort(cpus.begin(), cpus.end());
  cpus.erase(std::unique(cpus.begin(), cpus.end()), cpus.end());
  out = std::move(cpus);
}

void read_env(section& in, std::vector<env_setting>& out) {
  const value* found = in.take("env");
  if (found == nullptr) return;
  const std::string hint = "write env = { NAME = \"value\" }";
  const auto* variables = found->as<table>();
  if (variables == nullptr || variables->size() > allowed::most_variables)
    return in.expected("env", "a table of up to " + std::to_string(allowed::most_variables) + " variables",
                       *found, hint);
  for (const entry& each : *variables) {
    const auto* text = each.value.as<std::string>();
    if (!allowed::is_variable(each.key))
      return in.complain(
          "env", in_quotes(each.key) + " is no name of a variable: it is empty, or holds '=' or NUL", hint);
    if (text == nullptr || text->find('\0') != std::string::npos)
      return in.expected("env." + each.key, "a string without NUL", each.value, hint);
    out.push_back({each.key, *text});
  }
}

void read_stop(section& in, stop_options& out) {
  auto below = in.inside("stop", "write stop = { timeout = \"5s\" }");
  if (!below) return;
  assign(out.signal, below->choice("signal", allowed::stop_signals));
  assign(out.timeout, below->duration("timeout", allowed::stop_timeout));
  below->close();
}

}  // namespace

void read_worker(section& in, worker_settings& out) {
  read_limits(in, out.limits);
  assign(out.nice, in.whole("nice", allowed::nice));
  read_cpus(in, out.cpus);
  read_env(in, out.env);
  assign(out.cwd, in.text("cwd"));
  read_stop(in, out.stop);
  assign(out.start_timeout, in.duration("start_timeout", allowed::start_timeout));
  assign(out.heartbeat_timeout, in.duration("heartbeat_timeout", allowed::heartbeat_timeout));
  assign(out.max_jobs, in.whole("max_jobs", allowed::max_jobs));
}

void read_staff(section& in, stage& out) {
  const value* found = in.take("workers");
  if (found == nullptr) return;
  if (found->as<table>() == nullptr) {
    assign(out.workers, in.whole("workers", allowed::workers));
    out.min_workers = out.workers;
    return;
  }
  auto below = in.inside("workers");
  assign(out.min_workers, below->whole("min", allowed::min_workers));
  assign(out.workers, below->whole("max", allowed::workers));
  assign(out.idle, below->duration("idle", allowed::idle));
  if (!below->has("max") && !below->has_unknown())
    in.complain("workers", "the key 'max' is missing", "write workers = { min = 1, max = 8 }");
  below->close();
  if (below->has("max") && out.min_workers > out.workers) in.complain("workers", "min is above max");
}

void read_retry(section& in, retry_rules& out) {
  const value* found = in.take("retry");
  if (found == nullptr) return;
  const auto* list = found->as<array>();
  retry_rules read{false, false, false};
  bool good = list != nullptr;
  for (std::size_t i = 0; good && i < list->size(); ++i) {
    const auto* word = (*list)[i].as<std::string>();
    bool* const which = word == nullptr      ? nullptr
                        : *word == "crash"   ? &read.crash
                        : *word == "timeout" ? &read.timeout
                        : *word == "error"   ? &read.error
                                             : nullptr;
    good = which != nullptr && !std::exchange(*which, true);
  }
  if (good)
    out = read;
  else
    in.expected("retry", "a list of \"crash\", \"timeout\" and \"error\", none of them twice", *found,
                "write retry = [\"crash\", \"timeout\"], or [] to try nothing again");
}

std::span<const std::string_view> keys_of_processes() noexcept {
  return process_keys;
}

}  // namespace troupe::config
