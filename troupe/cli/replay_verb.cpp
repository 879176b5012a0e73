#include <troupe/base/error.hpp>
#include <troupe/cli/exit_status.hpp>
#include <troupe/cli/replay_verb.hpp>
#include <troupe/runtime/plan/make_plan.hpp>
#include <troupe/runtime/programs/program_stage.hpp>
#include <troupe/runtime/replay.hpp>

#include <nlohmann/json.hpp>

#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

namespace troupe::cli {
namespace {

/// What the folder holds of an item.
struct kept_evidence {
  std::string item_path;
  std::string stage, call, item, cause, config;
  std::uint32_t attempts = 0;
  std::uint64_t id = 1;
  runtime::replay_settings as_then;
};

template <class T>
std::optional<T> number_in(const nlohmann::json& from, const char* key) {
  const auto found = from.find(key);
  if (found == from.end() || !found->is_number_integer()) return std::nullopt;
  return found->get<T>();
}
std::optional<double> seconds_in(const nlohmann::json& from, const char* key) {
  const auto found = from.find(key);
  if (found == from.end() || !found->is_number()) return std::nullopt;
  return found->get<double>();
}

resource_limits read_limits_of(const nlohmann::json& from) {
  resource_limits limits;
  limits.memory_max = number_in<std::size_t>(from, "memory_max");
  limits.address_space = number_in<std::size_t>(from, "address_space");
  limits.open_files = number_in<std::uint64_t>(from, "open_files");
  limits.core_size = number_in<std::size_t>(from, "core_size");
  if (const auto time = seconds_in(from, "cpu_time"))
    limits.cpu_time = std::chrono::seconds(std::llround(*time));
  limits.processes = number_in<std::uint64_t>(from, "processes");
  limits.tasks_max = number_in<std::uint64_t>(from, "tasks_max");
  limits.file_size = number_in<std::size_t>(from, "file_size");
  limits.stack = number_in<std::size_t>(from, "stack");
  return limits;
}

/// Evidence of an earlier version says nothing of the worker: then it had nothing.
runtime::replay_settings read_worker_of(const nlohmann::json& evidence) {
  runtime::replay_settings read;
  const auto found = evidence.find("worker");
  if (found == evidence.end() || !found->is_object()) return read;
  const auto& worker = *found;
  if (const auto time = seconds_in(worker, "timeout_seconds"))
    read.timeout = milliseconds(std::llround(*time * 1000));
  if (const auto limits = worker.find("limits"); limits != worker.end() && limits->is_object())
    read.worker.limits = read_limits_of(*limits);
  read.worker.nice = number_in<int>(worker, "nice");
  if (const auto cpus = worker.find("cpu_affinity"); cpus != worker.end() && cpus->is_array())
    for (const auto& cpu : *cpus)
      if (cpu.is_number_unsigned()) read.worker.cpus.push_back(cpu.get<unsigned>());
  if (const auto env = worker.find("env"); env != worker.end() && env->is_array())
    for (const auto& each : *env)
      if (each.is_object() && each.value("name", nlohmann::json()).is_string() &&
          each.value("value", nlohmann::json()).is_string())
        read.worker.env.push_back({each["name"].get<std::string>(), each["value"].get<std::string>()});
  if (const auto cwd = worker.find("cwd"); cwd != worker.end() && cwd->is_string())
    read.worker.cwd = cwd->get<std::string>();
  return read;
}

/// The file itself, whichever of the two was named.
std::string with_extension(const std::string& path, const char* extension) {
  return std::filesystem::path(path).replace_extension(extension).string();
}

result<kept_evidence> read_evidence(const std::string& path) {
  const auto evidence_path = with_extension(path, ".json");
  std::ifstream file(evidence_path);
  if (!file) return fail_errno("read the evidence '" + evidence_path + "'");
  const auto read = nlohmann::json::parse(file, nullptr, false);
  if (!read.is_object()) return fail(errc::malformed, "read the evidence '" + evidence_path + "'");
  const auto text = [&](const char* key) {
    const auto found = read.find(key);
    return found != read.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  const auto number = [&](const char* key) {
    const auto found = read.find(key);
    return found != read.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
  };
  kept_evidence kept{with_extension(path, ".item"),
                     text("stage"),
                     text("call"),
                     text("item"),
                     text("cause"),
                     text("config"),
                     static_cast<std::uint32_t>(number("attempts")),
                     number("id"),
                     read_worker_of(read)};
  if (kept.stage.empty())
    return fail(errc::malformed, "'" + evidence_path + "' is no evidence of an item: it names no stage");
  if (const auto there = read.find("input_is_kept");
      there != read.end() && there->is_boolean() && !there->get<bool>())
    return fail(
        errc::not_found,
        "the bytes of this item were lost with the worker that had made it; there is nothing to replay");
  return kept;
}

result<bytes> read_item(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail_errno("read the item '" + path + "'");
  const std::vector<char> all{std::istreambuf_iterator<char>(file), {}};
  return bytes::copy_of(as_bytes_view({all.data(), all.size()}));
}

/// What is registered, or an external program as its file says.
result<runtime::stage_definition> find_definition(const kept_evidence& kept,
                                                  const runtime::registry& program) {
  if (!kept.call.empty()) {
    if (const auto* found = program.find(kept.call)) return *found;
    return fail(errc::not_found, "replay an item of stage '" + kept.stage +
                                     "': this program has registered nothing under '" + kept.call + "'");
  }
  const auto file = config::load(kept.config);
  if (!file) return fail(errc::not_found, config::to_string(file.error().front()));
  const auto plan = runtime::make_plan(*file, program);
  if (!plan) return fail(errc::not_found, config::to_string(plan.error().front()));
  for (const auto& member : plan->members)
    if (member.name == kept.stage)
      if (auto found = runtime::find_stage(*plan, member, program)) return std::move(*found);
  return fail(errc::not_found, "'" + kept.config + "' has no stage '" + kept.stage + "' any more");
}

int refuse(const error& why) {
  std::cerr << "error: " << why.message() << '\n';
  return exit_input;
}

}  // namespace

int replay_verb(const replay_request& what, const runtime::registry& program) {
  const auto kept = read_evidence(what.file);
  if (!kept) return refuse(kept.error());
  if (const auto there = find_definition(*kept, program); !there) return refuse(there.error());
  if (what.gdb) {
    const auto left = runtime::replay_in_gdb(kept->item_path);
    return left ? left->exit_code : refuse(left.error());
  }
  std::cerr << "stage '" << kept->stage << "', item " << kept->item << ": after " << kept->attempts
            << (kept->attempts == 1 ? " attempt" : " attempts") << ": " << kept->cause << "\nonce more:\n"
            << std::flush;
  const auto how = runtime::replay_in_child(what.argv0, kept->item_path, kept->as_then);
  if (!how) return refuse(how.error());
  if (how->exit_code > exit_failed) std::cerr << "the process " << how->sentence << '\n';
  return how->exit_code;
}

int replay_item(const std::string& file, const runtime::registry& program) {
  const auto kept = read_evidence(file);
  if (!kept) return refuse(kept.error());
  const auto stage = find_definition(*kept, program);
  if (!stage) return refuse(stage.error());
  const auto item = read_item(kept->item_path);
  if (!item) return refuse(item.error());
  std::string input;
  if (auto entered = runtime::enter(kept->as_then); !entered) return refuse(entered.error());
  if (stage->in.to_json(*item, input)) std::cerr << "input:  " << input << std::endl;
  const auto outputs = runtime::replay_here(*stage, *item, kept->id, kept->attempts + 1);
  if (!outputs) {
    std::cerr << "the stage " << outputs.error().context << '\n';
    return exit_failed;
  }
  for (const auto& line : *outputs) std::cout << line << '\n';
  std::cout << std::flush;
  std::cerr << "the call returned, with " << outputs->size()
            << (outputs->size() == 1 ? " output" : " outputs") << '\n';
  return exit_done;
}

}  // namespace troupe::cli
