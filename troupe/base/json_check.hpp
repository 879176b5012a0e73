// base/json_check.hpp - is this text JSON? The syntax alone; nothing is built from it.
// Threads: plain functions.
// Source: RFC 8259; RFC 3629 (UTF-8).
#pragma once
#include <troupe/base/error.hpp>

#include <cstddef>
#include <optional>
#include <string_view>

namespace troupe {

/// How deep arrays and objects may lie within each other (RFC 8259, section 9, lets a reader set a limit).
inline constexpr std::size_t json_depth_limit = 512;

/// Where a text stops being JSON, and why.
struct json_fault {
  std::size_t offset = 0;  // of the first byte that does not fit; the text's size when it ends too early
  std::string_view why;    // "',' or ']' is expected here"; static
};

/// nullopt when `text` is exactly one JSON value with or without white space around it, as RFC 8259 has it:
/// any kind of value, valid UTF-8, no byte order mark. What only a reader of values could object to passes:
/// numbers out of range, names that come twice, \u escapes of half a surrogate pair. Reads the text once and
/// takes no memory; how deep it nests costs no stack.
[[nodiscard]] std::optional<json_fault> find_json_fault(std::string_view text) noexcept;

/// The same as a result. Errors: malformed, "no JSON at offset 3 (',' or ']' is expected here): '[1 2]'".
[[nodiscard]] result<> check_json(std::string_view text);

}  // namespace troupe
