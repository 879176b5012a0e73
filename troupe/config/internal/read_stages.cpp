#include <troupe/config/internal/read_stages.hpp>

#include <algorithm>
#include <cctype>

namespace troupe::config {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t longest_name = 64;
constexpr std::size_t one_mib = std::size_t{1024} * 1024;

// Keys that are designed but not built: they deserve a better answer than "unknown".
constexpr std::string_view later_sections[] = {"actor", "supervisor", "process", "resource"};
constexpr std::string_view later_keys[] = {"command", "retry", "key",    "ordered", "max_in_flight", "when",
                                           "mode",    "stdin", "stdout", "output",  "success",       "env",
                                           "cwd",     "stop",  "limits", "launcher"};
constexpr std::string_view later_sources[] = {"command", "fifo", "unix", "mq"};
constexpr std::string_view later_sinks[] = {"command", "fifo", "unix", "mq"};

constexpr std::pair<std::string_view, files_source::split_by> file_splits[] = {
    {"lines", files_source::split_by::lines}, {"none", files_source::split_by::none}};
constexpr std::pair<std::string_view, files_source::split_by> stdin_splits[] = {
    {"lines", files_source::split_by::lines}};
constexpr std::pair<std::string_view, sink::format_of> formats[] = {{"jsonl", sink::format_of::jsonl},
                                                                    {"lines", sink::format_of::lines}};
constexpr std::pair<std::string_view, stage::placement> places[] = {{"process", stage::placement::process},
                                                                    {"thread", stage::placement::thread}};
constexpr std::pair<std::string_view, restart_when> policies[] = {{"always", restart_when::always},
                                                                  {"on-failure", restart_when::on_failure},
                                                                  {"never", restart_when::never}};

bool is_name(std::string_view text) {
  const auto allowed = [](unsigned char c) { return std::isalnum(c) != 0 || c == '-' || c == '_'; };
  return !text.empty() && text.size() <= longest_name && std::ranges::all_of(text, allowed);
}

std::optional<range_source> read_range(section& in) {
  const node* found = in.take("range");
  if (const auto* list = std::get_if<array>(&found->value); list != nullptr && list->size() == 2) {
    const auto* first = std::get_if<std::int64_t>(&(*list)[0].value);
    const auto* last = std::get_if<std::int64_t>(&(*list)[1].value);
    if (first != nullptr && last != nullptr && *first < *last) return range_source{*first, *last};
  }
  in.expected("range", "two whole numbers, the first below the second", *found, "[0, 1000] gives 0 to 999");
  return std::nullopt;
}

std::optional<source> read_files(section& in) {
  files_source out;
  auto files = in.texts("files");
  assign(out.split, in.choice("split", file_splits));
  if (!files) return std::nullopt;
  out.files = std::move(*files);
  return out;
}

std::optional<source> read_stdin(section& in) {
  (void)in.choice("split", stdin_splits);
  const node* found = in.take("stdin");
  const auto* truth = std::get_if<bool>(&found->value);
  if (truth != nullptr && *truth) return stdin_source{};
  in.expected("stdin", "true", *found);
  return std::nullopt;
}

/// The inside of from = { ... }: exactly one of its kinds.
std::optional<source> read_source(section& in, section& parent) {
  constexpr std::string_view kinds[] = {"files", "stdin", "range"};
  std::vector<std::string_view> chosen;
  for (const std::string_view kind : kinds) {
    if (in.take(kind) != nullptr) chosen.push_back(kind);
  }
  const bool from_range = chosen.size() == 1 && chosen[0] == "range";
  std::optional<source> out;
  if (chosen.size() > 1) {
    in.complain(chosen[1], "a source is one of files, stdin and range, and '" + std::string(chosen[0]) +
                               "' is there already");
    (void)in.take("split");
  } else if (chosen.empty()) {
    (void)in.take("split");
    if (!in.has_unknown()) parent.complain("from", "a source needs one of files, stdin and range");
  } else if (from_range) {
    out = read_range(in);
  } else {
    out = chosen[0] == "files" ? read_files(in) : read_stdin(in);
  }
  in.close(later_sources);
  return out;
}

void read_from(section& in, stage& out) {
  const node* found = in.take("from");
  if (found == nullptr) return;
  if (std::holds_alternative<table>(found->value)) {
    auto below = in.inside("from");
    out.from_source = read_source(*below, in);
    return;
  }
  if (!std::holds_alternative<std::string>(found->value) && !std::holds_alternative<array>(found->value)) {
    in.expected("from", "a stage, a list of stages, or a source such as { files = \"*.log\" }", *found);
    return;
  }
  assign(out.from_stages, in.texts("from"));
}

void read_to(section& in, stage& out) {
  auto below = in.inside("to", "write to = { file = \"out.jsonl\" }");
  if (!below) return;
  sink target;
  auto name = below->text("file");
  assign(target.format, below->choice("format", formats));
  if (name) {
    target.file = std::move(*name);
    out.to = std::move(target);
  } else if (!below->has("file") && !below->has_unknown()) {
    in.complain("to", "the key 'file' is missing", "file = \"-\" is standard output");
  }
  below->close(later_sinks);
}

void read_batch(section& in, stage& out) {
  auto below = in.inside("batch", "write batch = { size = 1000 }");
  if (!below) return;
  batch read;
  assign(read.size, below->whole("size", 1, 1'000'000));
  assign(read.bytes, below->size("bytes", 1, 64 * one_mib));
  assign(read.wait, below->duration("wait", 1ms, 1h));
  below->close();
  out.batch = read;
}

void read_restart(section& in, stage& out) {
  auto below = in.inside("restart", "write restart = { policy = \"on-failure\" }");
  if (!below) return;
  restart_options& read = out.restart;
  assign(read.policy, below->choice("policy", policies));
  assign(read.burst, below->whole("burst", 0, 1000));
  assign(read.window, below->duration("window", 1ms, 24h));
  assign(read.delay, below->duration("delay", 0ms, 1h));
  assign(read.max_delay, below->duration("max_delay", 0ms, 1h));
  below->close();
}

void read_keys(section& in, stage& out) {
  read_from(in, out);
  read_to(in, out);
  assign(out.call, in.text("call"));
  assign(out.workers, in.whole("workers", 1, 1024));
  assign(out.place, in.choice("place", places));
  assign(out.timeout, in.duration("timeout", 1ms, 30 * 24h));
  assign(out.max_attempts, in.whole("max_attempts", 1, 1000));
  assign(out.quarantine, in.text("quarantine"));
  read_batch(in, out);
  read_restart(in, out);
  in.close(later_keys);
}

read_stage read_one(const entry& e, findings& to) {
  read_stage out;
  out.value.name = e.key;
  out.value.call = e.key;
  out.value.at.emplace("", e.value.where);
  if (!is_name(e.key)) {
    to.add(e.where, "stage name " + in_quotes(e.key) + " is not 1 to " + std::to_string(longest_name) +
                        " letters, digits, '-' and '_'");
  }
  const std::string title = "[stage." + printable(e.key) + "]";
  if (const auto* keys = std::get_if<table>(&e.value.value)) {
    section in(*keys, title, "", out.value.at, to);
    read_keys(in, out.value);
  } else {
    to.add(e.value.where, title + ": expected a table, found " + describe(e.value));
    out.readable = false;
  }
  return out;
}

}  // namespace

std::vector<read_stage> read_stages(const table& root, findings& to) {
  positions unused;
  section top(root, "the file", "", unused, to);
  const node* found = top.take("stage");
  top.close(later_sections);
  if (found == nullptr) return {};
  const auto* named = std::get_if<table>(&found->value);
  if (named == nullptr) {
    top.expected("stage", "tables such as [stage.parse]", *found);
    return {};
  }
  if (named->size() > max_stages) {
    to.add(found->where, "there are " + std::to_string(named->size()) + " stages; at most " +
                             std::to_string(max_stages) + " are supported");
    return {};
  }
  std::vector<read_stage> out;
  out.reserve(named->size());
  for (const entry& e : *named) out.push_back(read_one(e, to));
  return out;
}

}  // namespace troupe::config
