// config/diagnostic.hpp - what is wrong with a configuration, and where.
// Threads: plain values.
#pragma once
#include <compare>
#include <cstdint>
#include <string>

namespace troupe::config {

/// A place in the file: 1-based, columns count characters (code points), not bytes; or the n-th --set
/// (1-based), which has no line. All 0: nowhere (a default).
struct position {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::uint32_t override_number = 0;
  friend auto operator<=>(const position&, const position&) = default;
};

/// One error. `file` is the path as the user gave it, or the whole `--set key=value` that is wrong.
struct diagnostic {
  std::string file;
  position at;
  std::string message;  // one line without control characters, whatever the file holds
  std::string hint;     // "did you mean 'count'?"; may be empty
  friend bool operator==(const diagnostic&, const diagnostic&) = default;
};

/// "pipeline.toml:4:11: error: stage 'cuont' does not exist; did you mean 'count'?"
/// Without position when line is 0, without "; " when there is no hint.
[[nodiscard]] std::string to_string(const diagnostic& found);

}  // namespace troupe::config
