// spawn/internal/small_file.hpp - the short texts of /proc and of the cgroup file system.
// Threads: plain functions.
// Source: proc(5).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace troupe::spawn::internal {

/// The whole text; nullopt when it cannot be opened or read.
[[nodiscard]] std::optional<std::string> read_text(const std::string& path);
/// One write to a file that is there; false when that failed.
[[nodiscard]] bool write_text(const std::string& path, std::string_view text);
/// The number behind `key` and a space at the start of a line: "oom_kill 3".
[[nodiscard]] std::optional<std::uint64_t> number_after(std::string_view text, std::string_view key);

}  // namespace troupe::spawn::internal
