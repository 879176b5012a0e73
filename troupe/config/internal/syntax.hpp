// config/internal/syntax.hpp - reads TOML text and goes on after a wrong statement, to report all of them
// together.
// Threads: one.
#pragma once
#include <troupe/config/internal/findings.hpp>

#include <optional>
#include <string_view>

namespace troupe::config {

struct document {
  table root;
  bool complete =
      true;  // false: wrong statements are missing from it, so what seems absent may have been meant
};

/// Reports syntax errors and names defined twice (the first definition stays). nullopt when nothing can be
/// made of the text.
[[nodiscard]] std::optional<document> read_document(std::string_view text, findings& to);

}  // namespace troupe::config
