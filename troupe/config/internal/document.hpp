// config/internal/document.hpp - a TOML document as plain values that remember where they stand.
// Threads: plain values. Keeps toml++ out of every other file: only toml.cpp sees it.
#pragma once
#include <troupe/config/diagnostic.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace troupe::config {

struct node;
struct entry;
using array = std::vector<node>;
using table = std::vector<entry>;  // in the order of the file; keys are unique

/// A value the schema has no use for, shown as it was written: a date or a time.
struct date {
  std::string text;
};

struct node {
  std::variant<std::string, std::int64_t, double, bool, date, array, table> value;
  position where;
};

struct entry {
  std::string key;
  position where;
  node value;
};

/// nullptr when there is none.
[[nodiscard]] const entry* find(const table& in, std::string_view key) noexcept;
[[nodiscard]] entry* find(table& in, std::string_view key) noexcept;

/// What stands there, for messages: `the string "four"`, `the number 3`, `a list`; short and printable.
[[nodiscard]] std::string describe(const node& value);

/// On one line, control characters escaped, cut to about 60 characters: safe to print whatever the file
/// holds.
[[nodiscard]] std::string printable(std::string_view text);
/// printable() in single quotes.
[[nodiscard]] std::string in_quotes(std::string_view text);

}  // namespace troupe::config
