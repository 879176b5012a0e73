// config/internal/scan.hpp - a first pass over TOML text: encoding, nesting, and where its statements stand.
// Threads: any. Done before toml++ sees the text, because toml++ 3.3 recurses once per dot of a key (a key
// with a million dots overflows the stack) and stops at the first error (statements let us go on after one).
#pragma once
#include <troupe/config/diagnostic.hpp>

#include <tl/expected.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::config {

/// A table header or a key with its value; a value may take several lines.
struct statement {
  std::size_t begin = 0;  // bytes of the text
  std::size_t end = 0;
  position at;
  std::uint32_t last_line = 0;
  std::string_view key;  // "[stage.parse]" or "workers", as written
  [[nodiscard]] bool is_header() const noexcept { return key.starts_with('['); }
};

struct scanned {
  std::vector<statement> statements;
  std::optional<position>
      unclosed;  // a bracket or string that is still open at the end: statements may be wrong
};

struct scan_error {
  position at;
  std::string message;
  std::string hint;
};

/// Refuses what is not UTF-8, holds NUL, or nests deeper than max_nesting. The result points into `text`.
[[nodiscard]] tl::expected<scanned, scan_error> scan(std::string_view text);

}  // namespace troupe::config
