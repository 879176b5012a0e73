#include <troupe/config/internal/overrides.hpp>
#include <troupe/config/internal/scan.hpp>
#include <troupe/config/internal/toml.hpp>

#include <algorithm>
#include <cctype>
#include <optional>

namespace troupe::config {
namespace {

struct assignment {
  std::vector<std::string> path;
  node value;
};

std::string_view trimmed(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

/// stage.count.workers: bare TOML keys; nullopt when it is something else.
std::optional<std::vector<std::string>> path_of(std::string_view text) {
  std::vector<std::string> out;
  for (;;) {
    const std::size_t dot = std::min(text.find('.'), text.size());
    const std::string_view key = trimmed(text.substr(0, dot));
    const auto allowed = [](unsigned char c) { return std::isalnum(c) != 0 || c == '-' || c == '_'; };
    if (key.empty() || !std::ranges::all_of(key, allowed) || out.size() == max_nesting) return std::nullopt;
    out.emplace_back(key);
    if (dot == text.size()) return out;
    text.remove_prefix(dot + 1);
  }
}

void set_position(node& value, const position& where) {
  value.where = where;
  if (auto* list = std::get_if<array>(&value.value)) {
    for (node& item : *list) set_position(item, where);
  }
  if (auto* below = std::get_if<table>(&value.value)) {
    for (entry& e : *below) {
      e.where = where;
      set_position(e.value, where);
    }
  }
}

/// A TOML value, or else the text itself. What begins like a list, table or string must be one.
tl::expected<node, std::string> value_of(std::string_view text) {
  const std::string line = "v = " + std::string(text);
  auto parsed = parse_toml(line);
  if (parsed && parsed->size() == 1) return std::move((*parsed)[0].value);
  if (!text.empty() && std::string_view("[{\"'").find(text.front()) != std::string_view::npos) {
    return tl::unexpected(parsed ? "there is more than one value" : parsed.error().message);
  }
  return node{std::string(text), {}};
}

std::optional<assignment> read_override(const std::string& text, const position& where, findings& to) {
  if (const auto fit = scan(text); !fit) {
    to.add(where, fit.error().message);
    return std::nullopt;
  }
  const std::size_t equals = text.find('=');
  auto path = path_of(std::string_view(text).substr(0, equals));
  if (equals == std::string::npos || !path) {
    to.add(where, "expected KEY.PATH=VALUE", "for example --set stage.count.workers=8");
    return std::nullopt;
  }
  auto value = value_of(trimmed(std::string_view(text).substr(equals + 1)));
  if (!value) {
    to.add(where, value.error(), "quote the value if it is meant as a string");
    return std::nullopt;
  }
  set_position(*value, where);
  return assignment{std::move(*path), std::move(*value)};
}

/// The table of the stage that path[1] names; nullptr after a report.
table* stage_of(table& root, const assignment& what, findings& to) {
  const position& where = what.value.where;
  if (what.path[0] != "stage") {
    const std::string known[] = {"stage"};
    to.add(where, "unknown key " + in_quotes(what.path[0]), to.near(what.path[0], known));
    return nullptr;
  }
  if (what.path.size() < 3) {
    to.add(where, "names no key of a stage", "for example --set stage.count.workers=8");
    return nullptr;
  }
  entry* stages = find(root, "stage");
  table* named = stages == nullptr ? nullptr : std::get_if<table>(&stages->value.value);
  entry* found = named == nullptr ? nullptr : find(*named, what.path[1]);
  if (found == nullptr) {
    std::vector<std::string> names;
    for (std::size_t i = 0; named != nullptr && i < named->size(); ++i) names.push_back((*named)[i].key);
    to.add(where, "stage " + in_quotes(what.path[1]) + " does not exist", to.near(what.path[1], names));
    return nullptr;
  }
  return std::get_if<table>(&found->value.value);  // else the schema reports that it is no table
}

void put(table& stage, assignment what, findings& to) {
  const position where = what.value.where;
  table* in = &stage;
  for (std::size_t i = 2; i + 1 < what.path.size(); ++i) {
    entry* next = find(*in, what.path[i]);
    if (next == nullptr) next = &in->emplace_back(entry{what.path[i], where, {table{}, where}});
    in = std::get_if<table>(&next->value.value);
    if (in == nullptr) {
      to.add(where, in_quotes(what.path[i]) + " is " + describe(next->value) + ", not a table",
             "set it as a whole: " + what.path[i] + "={ ... }");
      return;
    }
  }
  if (entry* old = find(*in, what.path.back())) {
    old->where = where;
    old->value = std::move(what.value);
  } else {
    in->push_back({what.path.back(), where, std::move(what.value)});
  }
}

}  // namespace

void apply_overrides(table& root, const std::vector<std::string>& overrides, findings& to) {
  for (std::size_t i = 0; i < overrides.size(); ++i) {
    const position where{.override_number = static_cast<std::uint32_t>(i + 1)};
    auto what = read_override(overrides[i], where, to);
    if (!what) continue;
    if (table* stage = stage_of(root, *what, to)) put(*stage, std::move(*what), to);
  }
}

}  // namespace troupe::config
