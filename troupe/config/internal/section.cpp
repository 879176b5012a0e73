#include <troupe/base/text.hpp>
#include <troupe/config/internal/section.hpp>

#include <algorithm>

namespace troupe::config {

const value* section::take(std::string_view key) {
  if (!is_known(key)) known_.emplace_back(key);
  const entry* found = find(of_, key);
  if (found == nullptr) return nullptr;
  where_.insert_or_assign(place(key), found->value.where);
  return &found->value;
}

void section::expected(std::string_view key, const std::string& what, const value& found, std::string hint) {
  to_.add(found.where, place(key) + ": expected " + what + ", found " + describe(found), std::move(hint));
}

void section::complain(std::string_view key, const std::string& message, std::string hint) {
  to_.add(where_.at(place(key)), place(key) + ": " + message, std::move(hint));
}

std::optional<std::int64_t> section::whole(std::string_view key, std::int64_t low, std::int64_t high) {
  const value* found = take(key);
  if (found == nullptr) return std::nullopt;
  const auto* number = found->as<std::int64_t>();
  if (number != nullptr && *number >= low && *number <= high) return *number;
  expected(key, words_for({low, high}), *found);
  return std::nullopt;
}

const std::string* section::string_in(std::string_view key, const value& found) {
  const auto* text = found.as<std::string>();
  if (text != nullptr && !text->empty() && text->find('\0') == std::string::npos) return text;
  expected(key, text == nullptr || text->empty() ? "a string that is not empty" : "a string without NUL",
           found);
  return nullptr;
}

std::optional<std::string> section::text(std::string_view key) {
  const value* found = take(key);
  const std::string* text = found == nullptr ? nullptr : string_in(key, *found);
  return text == nullptr ? std::nullopt : std::optional(*text);
}

std::optional<std::vector<std::string>> section::texts(std::string_view key) {
  const value* found = take(key);
  if (found == nullptr) return std::nullopt;
  if (found->as<std::string>() != nullptr) {
    const std::string* text = string_in(key, *found);
    return text == nullptr ? std::nullopt : std::optional(std::vector{*text});
  }
  const auto* list = found->as<array>();
  if (list == nullptr || list->empty()) {
    expected(key, "a string or a list of strings", *found);
    return std::nullopt;
  }
  std::vector<std::string> out;
  std::map<std::string_view, std::size_t> seen;
  for (std::size_t i = 0; i < list->size(); ++i) {
    const std::string item = std::string(key) + '[' + std::to_string(i) + ']';
    where_.insert_or_assign(place(item), (*list)[i].where);
    const std::string* text = string_in(item, (*list)[i]);
    if (text == nullptr) return std::nullopt;
    if (!seen.emplace(*text, i).second) {
      complain(item, in_quotes(*text) + " stands twice in the list");
      return std::nullopt;
    }
    out.push_back(*text);
  }
  return out;
}

std::optional<milliseconds> section::duration(std::string_view key, milliseconds low, milliseconds high) {
  const value* found = take(key);
  if (found == nullptr) return std::nullopt;
  if (const auto* text = found->as<std::string>()) {
    const auto length = parse_duration(*text);
    if (length && *length >= low && *length <= high) return std::chrono::duration_cast<milliseconds>(*length);
  }
  expected(key, "a duration from " + format_duration(low) + " to " + format_duration(high), *found,
           "write a number with its unit: \"250ms\", \"20s\", \"5m\"");
  return std::nullopt;
}

std::optional<std::size_t> section::size(std::string_view key, std::size_t low, std::size_t high) {
  const value* found = take(key);
  if (found == nullptr) return std::nullopt;
  if (const auto* text = found->as<std::string>()) {
    const auto bytes = parse_size(*text);
    if (bytes && *bytes >= low && *bytes <= high) return *bytes;
  }
  expected(key, "a size from " + format_bytes(low) + " to " + format_bytes(high), *found,
           "write a number with its unit: \"64KiB\", \"1MiB\"");
  return std::nullopt;
}

std::optional<std::size_t> section::word(std::string_view key, std::span<const std::string_view> words,
                                         std::string hint) {
  const value* found = take(key);
  if (found == nullptr) return std::nullopt;
  const auto* text = found->as<std::string>();
  if (text != nullptr) {
    const auto at = std::ranges::find(words, *text);
    if (at != words.end()) return static_cast<std::size_t>(at - words.begin());
  }
  const std::vector<std::string> names(words.begin(), words.end());
  std::string meant = text == nullptr ? "" : to_.near(*text, names);
  if (text != nullptr && meant.empty()) meant = std::move(hint);
  expected(key, listed(names, " or ", '"'), *found, std::move(meant));
  return std::nullopt;
}

std::optional<section> section::inside(std::string_view key, std::string hint) {
  const value* found = take(key);
  if (found == nullptr) return std::nullopt;
  if (const auto* below = found->as<table>()) {
    return section(*below, in_quotes(place(key)), place(key) + '.', where_, to_);
  }
  expected(key, "a table", *found, std::move(hint));
  return std::nullopt;
}

std::vector<section> section::each_inside(std::string_view key, std::string hint) {
  const value* found = take(key);
  std::vector<section> out;
  const auto* list = found != nullptr ? found->as<array>() : nullptr;
  if (list == nullptr) {
    if (auto one = inside(key, std::move(hint))) out.push_back(std::move(*one));
    return out;
  }
  if (list->empty()) expected(key, "a table or a list of tables", *found, std::move(hint));
  for (std::size_t i = 0; i < list->size(); ++i) {
    const auto item = place(std::string(key) + '[' + std::to_string(i) + ']');
    where_.insert_or_assign(item, (*list)[i].where);
    if (const auto* below = (*list)[i].as<table>())
      out.emplace_back(*below, in_quotes(item), item + '.', where_, to_);
    else
      to_.add((*list)[i].where, item + ": expected a table, found " + describe((*list)[i]), hint);
  }
  return out;
}

bool section::is_known(std::string_view key) const noexcept {
  return std::ranges::find(known_, key) != known_.end();
}

bool section::has_unknown() const noexcept {
  return std::ranges::any_of(of_, [this](const entry& e) { return !is_known(e.key); });
}

std::string section::hint_for(const std::string& key, std::span<const std::string_view> later) const {
  if (to_.crowded()) return "";
  std::string hint = to_.near(key, known_);
  if (!hint.empty()) return hint;
  const std::vector<std::string> unbuilt(later.begin(), later.end());
  hint = to_.near(key, unbuilt);
  if (!hint.empty()) return hint + " That comes with a later version";
  return keys_are(known_);
}

void section::close(std::span<const std::string_view> later) {
  for (const entry& e : of_) {
    if (is_known(e.key)) continue;
    if (std::ranges::find(later, e.key) != later.end()) {
      to_.add(e.where, "key " + in_quotes(e.key) + " is not supported in this version",
              "it comes with a later version");
      continue;
    }
    to_.add(e.where, "unknown key " + in_quotes(e.key) + " in " + title_, hint_for(e.key, later));
  }
}

}  // namespace troupe::config
