#include <troupe/config/internal/overrides.hpp>
#include <troupe/config/internal/scan.hpp>
#include <troupe/config/internal/toml.hpp>

#include <algorithm>
#include <cctype>
#include <iterator>
#include <optional>
#include <utility>

namespace troupe::config {
namespace {

struct assignment {
  std::vector<std::string> path;
  config::value value;
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

void set_position(value& of, const position& where) {
  of.where = where;
  if (auto* list = of.as<array>()) {
    for (value& item : *list) set_position(item, where);
  }
  if (auto* below = of.as<table>()) {
    for (entry& e : *below) {
      e.where = where;
      set_position(e.value, where);
    }
  }
}

/// A TOML value, or else the text itself. What begins like a list, table or string must be one.
tl::expected<value, std::string> value_of(std::string_view text) {
  const std::string line = "v = " + std::string(text);
  auto parsed = parse_toml(line);
  if (parsed && parsed->size() == 1) return std::move((*parsed)[0].value);
  if (!text.empty() && std::string_view("[{\"'").find(text.front()) != std::string_view::npos) {
    return tl::unexpected(parsed ? "there is more than one value" : parsed.error().message);
  }
  return value{std::string(text), {}};
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
  auto set = value_of(trimmed(std::string_view(text).substr(equals + 1)));
  if (!set) {
    to.add(where, set.error(), "quote the value if it is meant as a string");
    return std::nullopt;
  }
  set_position(*set, where);
  return assignment{std::move(*path), std::move(*set)};
}

using example_of = std::pair<std::string_view, std::string_view>;
constexpr example_of examples[] = {{"stage", "for example --set stage.count.workers=8"},
                                   {"actor", "for example --set actor.buyer.options.refill=7"},
                                   {"supervisor", "for example --set supervisor.store.strategy=one_for_all"},
                                   {"process", "for example --set process.back.limits.memory_max=1G"}};

/// The table that path[0] and path[1] name: of a stage, an actor, a supervisor or a process. nullptr after a report.
table* target_of(table& root, const assignment& what, findings& to) {
  const position& where = what.value.where;
  const std::string& kind = what.path[0];
  const auto example = std::ranges::find(examples, kind, &example_of::first);
  if (example == std::end(examples)) {
    std::vector<std::string> known;
    for (const auto& each : examples) known.emplace_back(each.first);
    to.add(where, "unknown key " + in_quotes(kind), to.near(kind, known));
    return nullptr;
  }
  if (what.path.size() < 3) {
    to.add(where, "names no key of " + std::string(kind == "actor" ? "an " : "a ") + kind,
           std::string(example->second));
    return nullptr;
  }
  entry* tables = find(root, kind);
  table* named = tables == nullptr ? nullptr : tables->value.as<table>();
  entry* found = named == nullptr ? nullptr : find(*named, what.path[1]);
  if (found == nullptr) {
    std::vector<std::string> names;
    for (std::size_t i = 0; named != nullptr && i < named->size(); ++i) names.push_back((*named)[i].key);
    to.add(where, kind + ' ' + in_quotes(what.path[1]) + " does not exist", to.near(what.path[1], names));
    return nullptr;
  }
  return found->value.as<table>();  // else the schema reports that it is no table
}

void put(table& target, assignment what, findings& to) {
  const position where = what.value.where;
  table* in = &target;
  for (std::size_t i = 2; i + 1 < what.path.size(); ++i) {
    entry* next = find(*in, what.path[i]);
    if (next == nullptr) next = &in->emplace_back(entry{what.path[i], where, {table{}, where}});
    in = next->value.as<table>();
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
    if (table* target = target_of(root, *what, to)) put(*target, std::move(*what), to);
  }
}

}  // namespace troupe::config
