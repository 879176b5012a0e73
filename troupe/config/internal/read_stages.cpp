#include <troupe/base/allowed.hpp>
#include <troupe/config/internal/read_program.hpp>
#include <troupe/config/internal/read_restart.hpp>
#include <troupe/config/internal/read_stages.hpp>
#include <troupe/config/internal/read_worker.hpp>

#include <utility>

namespace troupe::config {
namespace {

using namespace std::chrono_literals;

constexpr section_kind stage_kind{"stage", "stages", "[stage.parse]", max_stages};
constexpr std::size_t one_mib = std::size_t{1024} * 1024;

// Keys that are designed but not built: they deserve a better answer than "unknown".
constexpr std::string_view later_keys[] = {"launcher"};
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
constexpr std::pair<std::string_view, after_quarantine> afters[] = {{"continue", after_quarantine::go_on},
                                                                    {"stop", after_quarantine::stop}};
std::optional<range_source> read_range(section& in) {
  const value* found = in.take("range");
  if (const auto* list = found->as<array>(); list != nullptr && list->size() == 2) {
    const auto* first = (*list)[0].as<std::int64_t>();
    const auto* last = (*list)[1].as<std::int64_t>();
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
  const value* found = in.take("stdin");
  const auto* truth = found->as<bool>();
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
  const value* found = in.take("from");
  if (found == nullptr) return;
  if (found->as<table>() != nullptr) {
    auto below = in.inside("from");
    out.from_source = read_source(*below, in);
    return;
  }
  if (found->as<std::string>() == nullptr && found->as<array>() == nullptr) {
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

void read_ordered(section& in, stage& out) {
  const value* found = in.take("ordered");
  if (found == nullptr) return;
  if (const auto* truth = found->as<bool>()) {
    if (*truth) out.ordered.emplace();
    return;
  }
  if (found->as<table>() == nullptr) {
    in.expected("ordered", "true, false or a table such as { size = 1000 }", *found);
    return;
  }
  auto below = in.inside("ordered");
  reorder read;
  assign(read.size, below->whole("size", 1, 1'000'000));
  assign(read.bytes, below->size("bytes", 1, 4096 * one_mib));
  below->close();
  out.ordered = read;
}

void read_when(section& in, stage& out) {
  const value* found = in.take("when");
  if (found == nullptr) return;
  constexpr auto what = "a table of fields and the values they must have";
  constexpr auto hint = "write when = { kind = \"error\" }";
  const auto* fields = found->as<table>();
  if (fields == nullptr || fields->empty()) return in.expected("when", what, *found, hint);
  for (const auto& field : *fields) {
    const auto& is = field.value;
    if (is.as<array>() != nullptr || is.as<table>() != nullptr || is.as<date>() != nullptr)
      return in.expected("when." + field.key, "a string, a number, true or false", is);
  }
  out.when = *fields;
}

void read_stage_keys(section& in, stage& out) {
  out.call = out.name;
  read_from(in, out);
  read_to(in, out);
  assign(out.call, in.text("call"));
  read_staff(in, out);
  assign(out.place, in.choice("place", places));
  assign(out.timeout, in.duration("timeout", allowed::timeout));
  assign(out.max_attempts, in.whole("max_attempts", allowed::max_attempts));
  read_retry(in, out.retry);
  assign(out.quarantine, in.text("quarantine"));
  assign(out.on_quarantine, in.choice("on_quarantine", afters));
  read_batch(in, out);
  read_when(in, out);
  assign(out.key, in.text("key"));
  read_ordered(in, out);
  assign(out.max_in_flight, in.whole("max_in_flight", 1, 1'000'000));
  read_program(in, out);
  read_restart(in, out.restart);
  read_worker(in, out.worker);
  in.close(later_keys);
}

}  // namespace

std::vector<read_stage> read_stages(section& top, findings& to) {
  return read_named<stage>(top, stage_kind, read_stage_keys, to);
}

}  // namespace troupe::config
