// config/placeholders.hpp - texts in which {input}, {output}, {stem} and {name} stand: arguments of a command, and
// the path of its output.
// Threads: plain functions and values.
#pragma once
#include <tl/expected.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace troupe::config {

enum class placeholder : std::uint8_t {
  input,   // the item as text
  output,  // where the program is to write its file
  stem,    // the item's file name without folder and last extension: "a/b.tar.gz" gives "b.tar"
  name     // the item's file name without folder
};

/// A text cut at its placeholders; "{{" and "}}" have become braces.
using text_pattern = std::vector<std::variant<std::string, placeholder>>;

/// Where a text is no pattern, counted in bytes from 0, and why: "'{imput}' is no placeholder".
struct pattern_fault {
  std::size_t offset = 0;
  std::string why;
  std::string hint;
};

[[nodiscard]] tl::expected<text_pattern, pattern_fault> read_pattern(std::string_view text);

/// The path that a pattern stands for in a folder, as a pattern: the folder's own braces are no placeholders. One that
/// begins with '/' stays as it is.
[[nodiscard]] std::string join_pattern(std::string_view folder, const std::string& pattern);

[[nodiscard]] bool holds(const text_pattern& pattern, placeholder what) noexcept;

}  // namespace troupe::config
