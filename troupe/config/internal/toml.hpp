// config/internal/toml.hpp - the seam to toml++: text in, a document or one syntax error out.
// Threads: any.
// Source: https://toml.io/en/v1.0.0, https://marzer.github.io/tomlplusplus
#pragma once
#include <troupe/config/value.hpp>

#include <tl/expected.hpp>

#include <string>
#include <string_view>

namespace troupe::config {

struct syntax_error {
  position at;
  std::string message;
};

/// Text must have passed scan(): toml++ recurses over nested values and keys and does not bound the latter.
[[nodiscard]] tl::expected<table, syntax_error> parse_toml(std::string_view text);

}  // namespace troupe::config
