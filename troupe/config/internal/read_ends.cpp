#include <troupe/config/internal/read_ends.hpp>
#include <troupe/config/internal/read_program.hpp>
#include <troupe/config/wording.hpp>

#include <iterator>
#include <utility>

namespace troupe::config {
namespace {

// Kinds that are designed but not built: they deserve a better answer than "unknown".
constexpr std::string_view later_ends[] = {"mq"};

constexpr std::pair<std::string_view, files_source::split_by> file_splits[] = {
    {"lines", files_source::split_by::lines}, {"none", files_source::split_by::none}};
constexpr std::pair<std::string_view, files_source::split_by> stream_splits[] = {
    {"lines", files_source::split_by::lines}};
constexpr std::pair<std::string_view, sink::format_of> formats[] = {{"jsonl", sink::format_of::jsonl},
                                                                    {"lines", sink::format_of::lines},
                                                                    {"msgpack", sink::format_of::msgpack}};

/// A key that is true or false.
std::optional<bool> read_truth(section& in, std::string_view key) {
  const value* found = in.take(key);
  if (found == nullptr) return std::nullopt;
  if (const auto* truth = found->as<bool>()) return *truth;
  in.expected(key, "true or false", *found);
  return std::nullopt;
}

std::optional<source> read_range(section& in) {
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
  (void)in.choice("split", stream_splits);
  const value* found = in.take("stdin");
  const auto* truth = found->as<bool>();
  if (truth != nullptr && *truth) return stdin_source{};
  in.expected("stdin", "true", *found);
  return std::nullopt;
}

std::optional<source> read_printed(section& in) {
  command_source out;
  (void)in.choice("split", stream_splits);
  const bool sound = read_command(in, argument_text::literal, out.command);
  read_success(in, out.success);
  return sound ? std::optional<source>(std::move(out)) : std::nullopt;
}

/// A FIFO or a socket, to which whoever writes comes and goes.
template <class Source>
std::optional<source> read_written(section& in, std::string_view kind) {
  Source out;
  (void)in.choice("split", stream_splits);
  auto path = in.text(kind);
  assign(out.keep_open, read_truth(in, "keep_open"));
  if (!path) return std::nullopt;
  out.path = std::move(*path);
  return out;
}

std::optional<source> read_kind(section& in, std::string_view kind) {
  if (kind == "files") return read_files(in);
  if (kind == "stdin") return read_stdin(in);
  if (kind == "range") return read_range(in);
  if (kind == "command") return read_printed(in);
  return kind == "fifo" ? read_written<fifo_source>(in, kind) : read_written<unix_source>(in, kind);
}

/// Those of `kinds` that are written.
template <std::size_t N>
std::vector<std::string_view> chosen_of(section& in, const std::string_view (&kinds)[N]) {
  std::vector<std::string_view> chosen;
  for (const std::string_view kind : kinds)
    if (in.take(kind) != nullptr) chosen.push_back(kind);
  return chosen;
}

/// The inside of from = { ... }: exactly one of its kinds.
std::optional<source> read_source(section& in, section& parent) {
  constexpr std::string_view kinds[] = {"files", "stdin", "range", "command", "fifo", "unix"};
  const std::string words = "files, stdin, range, command, fifo and unix";
  const auto chosen = chosen_of(in, kinds);
  std::optional<source> out;
  if (chosen.size() == 1) {
    out = read_kind(in, chosen[0]);
  } else {
    if (!chosen.empty())
      in.complain(chosen[1],
                  "a source is one of " + words + ", and '" + std::string(chosen[0]) + "' is there already");
    for (const std::string_view of_some : {"split", "success", "keep_open"}) (void)in.take(of_some);
    if (chosen.empty() && !in.has_unknown()) parent.complain("from", "a source needs one of " + words);
  }
  in.close(later_ends);
  return out;
}

constexpr std::pair<std::string_view, sink::kind_of> sink_kinds[] = {{"file", sink::kind_of::file},
                                                                     {"command", sink::kind_of::command},
                                                                     {"fifo", sink::kind_of::fifo},
                                                                     {"unix", sink::kind_of::unix_socket}};

/// The inside of to = { ... }, or of one of several: exactly one of its kinds. Without a target: it is wrong.
sink read_sink(section& in, section& parent, const std::string& key) {
  constexpr std::string_view kinds[] = {"file", "command", "fifo", "unix"};
  const std::string words = "file, command, fifo and unix";
  const auto chosen = chosen_of(in, kinds);
  sink out;
  assign(out.format, in.choice("format", formats));
  if (chosen.size() != 1) {
    (void)in.take("success");
    if (!chosen.empty())
      in.complain(chosen[1],
                  "a sink is one of " + words + ", and '" + std::string(chosen[0]) + "' is there already");
    else if (!in.has_unknown())
      parent.complain(key, "a sink needs one of " + words, "file = \"-\" is standard output");
  } else if (chosen[0] == "command") {
    if (!read_command(in, argument_text::literal, out.command)) out.command.clear();
    read_success(in, out.success);
  } else if (auto path = in.text(chosen[0])) {
    out.file = std::move(*path);
  }
  for (const auto& [word, kind] : sink_kinds)
    if (chosen.size() == 1 && chosen[0] == word) out.kind = kind;
  in.close(later_ends);
  return out;
}

}  // namespace

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
  for (auto& below : in.each_inside("to", "write to = { file = \"out.jsonl\" }")) {
    // A wrong one keeps its place: the errors of the others count from it.
    out.to.push_back(read_sink(below, in, key_of_sink(out, out.to.size())));
  }
}

}  // namespace troupe::config
