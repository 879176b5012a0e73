// config/wording.hpp - how errors about a file are worded, whoever finds them.
// Threads: plain functions.
#pragma once
#include <troupe/config/value.hpp>

#include <span>
#include <string>
#include <string_view>

namespace troupe::config {

/// What stands there: `the string "four"`, `the number 3`, `a list of 7`; short and printable.
[[nodiscard]] std::string describe(const value& found);

/// On one line, control characters escaped, cut to about 60 characters: safe to print whatever the file
/// holds.
[[nodiscard]] std::string printable(std::string_view text);
/// printable() in single quotes.
[[nodiscard]] std::string in_quotes(std::string_view text);

/// "did you mean 'count'?", or "" when nothing is near.
[[nodiscard]] std::string did_you_mean(std::string_view name, std::span<const std::string> known);

/// "from, to and call" for the joint " and "; each word in `quote`, unless that is NUL.
[[nodiscard]] std::string listed(std::span<const std::string> words, std::string_view last_joint,
                                 char quote = '\0');

/// "the keys are from, to and call", "the only key is from", "it has no keys".
[[nodiscard]] std::string keys_are(std::span<const std::string> keys);

}  // namespace troupe::config
