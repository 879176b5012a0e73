#include <troupe/cli/summary_json.hpp>

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

namespace troupe::cli {
namespace {

using json = nlohmann::ordered_json;
using runtime::outcome_kind;

constexpr mode_t open_to_all = 0666;  // less the umask

const char* word_of(outcome_kind how) {
  switch (how) {
    case outcome_kind::done:
      return "done";
    case outcome_kind::quarantined:
      return "quarantined";
    case outcome_kind::failed:
      return "failed";
    case outcome_kind::input_failed:
      return "input_failed";
    case outcome_kind::output_failed:
      return "output_failed";
    case outcome_kind::output_reader_gone:
      return "output_reader_gone";
    case outcome_kind::interrupted:
      return "interrupted";
  }
  return "failed";
}

json signal_of(const runtime::outcome& how) {
  if (how.kind != outcome_kind::interrupted) return nullptr;
  const char* const name = ::sigabbrev_np(how.signal);
  return name == nullptr ? json(how.signal) : json(std::string("SIG") + name);
}

json stages_of(const progress_reading& total) {
  return {{"items_read", total.items_read},       {"items_done", total.items_done},
          {"items_written", total.items_written}, {"bytes_read", total.bytes_read},
          {"bytes_total", total.bytes_total},     {"workers", total.workers_wanted},
          {"restarts", total.restarts},           {"redelivered", total.redelivered},
          {"quarantined", total.quarantined},     {"not_utf8", total.not_utf8}};
}

json actors_of(const run_totals& total) {
  const auto& lost = total.lost;
  return {{"count", total.actors},
          {"dead_letters",
           {{"total", lost.total()},
            {"closed", lost.closed},
            {"full", lost.full},
            {"timed_out", lost.timed_out},
            {"dropped", lost.dropped},
            {"abandoned", lost.abandoned},
            {"expired", lost.expired}}}};
}

/// What a summary there would spoil, or be mixed with; "" when nothing.
std::string taken_by(const std::string& path, const loaded& of) {
  const auto is_it = [&path](const std::string& other) {
    std::error_code none;
    return std::filesystem::equivalent(path, other, none) ||
           std::filesystem::weakly_canonical(path, none) == std::filesystem::weakly_canonical(other, none);
  };
  if (path != "-" && is_it(of.file.path)) return "the configuration";
  for (const auto& member : of.plan.members) {
    if (member.sink &&
        (path == "-" || member.sink->path == "-" ? path == member.sink->path : is_it(member.sink->path)))
      return "the output of '" + member.name + "'";
    if (!member.source || path == "-") continue;
    for (const auto& input : member.source->paths)
      if (is_it(input)) return "an input of '" + member.name + "'";
  }
  return {};
}

}  // namespace

std::string summary_json(const std::string& file, const run_totals& total, const runtime::outcome& how,
                         int exit_status) {
  json all{{"file", file},
           {"outcome", word_of(how.kind)},
           {"exit_status", exit_status},
           {"signal", signal_of(how)},
           {"drained", how.drained},
           {"message", how.message},
           {"seconds", total.seconds}};
  if (total.stages) {
    all["pipeline"] = stages_of(*total.stages);
    json left = json::array();
    for (const auto& each : how.unfinished) left.push_back({{"stage", each.stage}, {"items", each.items}});
    all["pipeline"]["unfinished"] = std::move(left);
    all["pipeline"]["quarantine_folders"] = how.quarantine_folders;
  }
  if (total.actors != 0) all["actors"] = actors_of(total);
  // Paths may be of any bytes.
  return all.dump(-1, ' ', false, json::error_handler_t::replace) + '\n';
}

result<summary_file> summary_file::open(const std::string& path, const loaded& of) {
  if (const auto taken = taken_by(path, of); !taken.empty())
    return fail(errc::invalid_argument,
                "write the summary to " + (path == "-" ? "standard output" : "'" + path + "'") +
                    ": that is " + taken + "; name another file: --json summary.json");
  if (path == "-") return summary_file(path, unique_fd());
  unique_fd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, open_to_all));
  if (!file) return fail_errno("write the summary to '" + path + "'");
  return summary_file(path, std::move(file));
}

result<> summary_file::write(const std::string& text) const {
  const int fd = file_ ? file_.get() : STDOUT_FILENO;
  for (std::string_view left = text; !left.empty();) {
    const auto written = ::write(fd, left.data(), left.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0)
      return fail_errno("write the summary to " + (file_ ? "'" + path_ + "'" : "standard output"));
    left.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

}  // namespace troupe::cli
