#include <troupe/base/json.hpp>
#include <troupe/base/unique_fd.hpp>
#include <troupe/runtime/director/quarantine.hpp>
#include <troupe/runtime/programs/argv_template.hpp>
#include <troupe/spawn/pipes/pipe.hpp>

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

namespace troupe::runtime {
namespace {

/// What the worker of its stage was given, for a replay that is like it.
struct worker_as_it_was {
  std::optional<milliseconds> timeout_seconds;
  resource_limits limits;
  std::optional<int> nice;
  std::vector<unsigned> cpu_affinity;
  std::vector<env_setting> env;
  std::string cwd;  // absolute; "" where the director was
};

/// What a person wants to know, in the order of the questions.
struct evidence {
  std::string stage;
  std::string item;  // the lineage
  std::string cause;
  std::uint32_t attempts = 0;
  bool input_is_kept = false;
  bool may_have_been_delivered = false;
  std::string input_type;
  std::uint64_t input_bytes = 0;
  std::optional<std::int32_t> exit_code;  // of the worker that its last attempt has ended
  std::optional<std::int32_t> signal;
  bool over_memory_max = false;
  bool machine_out_of_memory = false;
  std::chrono::microseconds user_seconds{0};  // what that worker had used, written in seconds
  std::chrono::microseconds system_seconds{0};
  std::optional<std::uint64_t> peak_rss_bytes;
  std::vector<std::string> last_lines_on_stderr;
  std::string replay;  // the command that runs it again, alone
  std::string call;    // what is registered; "" of an external program
  std::uint64_t id = 0;
  std::string config;
  std::string run;
  worker_as_it_was worker;
};

worker_as_it_was worker_of(const member_plan& stage) {
  const auto& with = stage.worker;
  std::error_code none;
  return {
      stage.timeout, with.limits,
      with.nice,     with.cpus,
      with.env,      with.cwd.empty() ? std::string() : std::filesystem::absolute(with.cwd, none).string()};
}

result<> write_file(const std::string& path, byte_view content) {
  unique_fd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!file) return fail_errno("quarantine an item in '" + path + "'");
  if (auto written = spawn::write_all(file.get(), content); !written)
    return tl::unexpected(within("quarantine an item in '" + path + "'", written.error()));
  return {};
}

std::string file_name(const std::string& stage, const lineage& item) {
  auto name = stage + '-' + to_string(item);
  for (auto& c : name)
    if (c == '/' || c == ':') c = '_';
  return name;
}

/// What an earlier run has kept under the same name stays.
std::string free_path(const std::string& wanted) {
  auto path = wanted;
  std::error_code none;
  for (int n = 2; std::filesystem::exists(path + ".json", none); ++n) path = wanted + '-' + std::to_string(n);
  return path;
}

/// The folders of `path` that are not there, the outermost first.
std::vector<std::filesystem::path> missing_folders(const std::filesystem::path& path) {
  std::vector<std::filesystem::path> missing;
  std::error_code why;
  for (auto at = path; !at.empty() && !std::filesystem::exists(at, why) && !why; at = at.parent_path())
    missing.insert(missing.begin(), at);
  return missing;
}

result<> try_once(const std::string& folder) {
  const auto doing = "use the quarantine folder '" + folder + "'";
  const auto made = missing_folders(folder);
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed) return fail(errc_of_errno(failed.value()), doing, failed.value());
  auto name = (std::filesystem::path(folder) / ".probe-XXXXXX").string();
  result<> tried;
  if (unique_fd probe(::mkostemp(name.data(), O_CLOEXEC)); !probe) {
    tried = fail_errno(doing);
  } else {
    if (auto written = spawn::write_all(probe.get(), as_bytes_view("probe")); !written)
      tried = tl::unexpected(within(doing, written.error()));
    ::unlink(name.c_str());
  }
  // Only what we have made and nobody has used meanwhile.
  for (auto at = made.rbegin(); at != made.rend(); ++at) ::rmdir(at->c_str());
  return tried;
}

}  // namespace

result<> try_quarantine(const std::string& folder) {
  // Another run may be trying the same folder, and take it away from under our hands.
  constexpr int attempts = 10;
  auto tried = try_once(folder);
  for (int i = 1; !tried && tried.error().code == errc::not_found && i < attempts; ++i)
    tried = try_once(folder);
  return tried;
}

void quarantine::expect(const verdict& decision, std::vector<std::string> stderr_tail) {
  auto& of_stage = entries_[decision.stage];
  if (of_stage.contains(decision.item)) return;
  of_stage.emplace(decision.item, entry{decision, std::move(stderr_tail), false});
  ++expected_;
}

result<> quarantine::store(const item_handed_in& item) {
  const auto of_stage = entries_.find(item.stage);
  if (of_stage == entries_.end()) return {};
  const auto found = of_stage->second.find(item.item);
  if (found == of_stage->second.end() || found->second.stored) return {};
  return write(item.stage, item.item, found->second, &item);
}

result<> quarantine::store_what_is_missing() {
  for (auto& [stage, entries] : entries_) {
    for (auto& [item, kept] : entries) {
      if (kept.stored) continue;
      if (auto written = write(stage, item, kept, nullptr); !written) return written;
    }
  }
  return {};
}

result<> quarantine::write(member_id stage_id, const lineage& item, entry& kept,
                           const item_handed_in* bytes) {
  const auto& stage = plan_.member(stage_id);
  if (stage.quarantine.empty()) return {};  // whoever gave it hears of its failure
  std::error_code failed;
  std::filesystem::create_directories(stage.quarantine, failed);
  if (failed)
    return fail(errc_of_errno(failed.value()), "make the quarantine folder '" + stage.quarantine + "'",
                failed.value());
  const auto path =
      free_path((std::filesystem::path(stage.quarantine) / file_name(stage.name, item)).string());
  const auto& facts = kept.decision.facts;
  const evidence record{stage.name,
                        to_string(item),
                        kept.decision.cause,
                        kept.decision.state.charges + kept.decision.state.kills,
                        bytes != nullptr,
                        bytes != nullptr && bytes->may_be_delivered,
                        stage.in.empty() ? std::string() : plan_.edge(stage.in.front()).type,
                        bytes != nullptr ? bytes->payload.size() : 0,
                        facts.exit_code,
                        facts.signal,
                        facts.over_memory_max,
                        facts.machine_out_of_memory,
                        facts.user,
                        facts.system,
                        facts.peak_rss,
                        kept.stderr_tail,
                        replay_.empty() ? std::string() : replay_ + ' ' + shell_words({path + ".item"}),
                        stage.call,
                        item.seq + 1,
                        plan_.path,
                        run_id_,
                        worker_of(stage)};
  std::string text;
  to_json(text, record);
  text += '\n';
  if (bytes != nullptr)
    if (auto written = write_file(path + ".item", bytes->payload.view()); !written) return written;
  if (auto written = write_file(path + ".json", as_bytes_view(text)); !written) return written;
  kept.stored = true;
  used_.insert(stage.quarantine);
  return {};
}

void quarantine::forget(member_id stage, const lineage& item) {
  if (const auto of_stage = entries_.find(stage); of_stage != entries_.end()) of_stage->second.erase(item);
}

std::vector<std::string> quarantine::folders() const {
  return {used_.begin(), used_.end()};
}

}  // namespace troupe::runtime
