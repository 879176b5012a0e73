// config/load.hpp - from a TOML file and --set overrides to checked plain values, or everything that is
// wrong.
// Threads: any; load() reads one regular file and never blocks on anything else.
// Source: https://toml.io/en/v1.0.0
#pragma once
#include <troupe/config/diagnostic.hpp>
#include <troupe/config/schema.hpp>

#include <tl/expected.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::config {

inline constexpr std::size_t max_file_bytes = 2 * 1024 * 1024;
inline constexpr std::size_t max_nesting = 32;  // of brackets, and of dots in one key
inline constexpr std::size_t max_stages = 1000;
inline constexpr std::size_t max_actors = 1000;
inline constexpr std::size_t max_supervisors = 1000;
inline constexpr std::size_t max_processes = 256;  // with those of actors that have place = "process"
inline constexpr std::int64_t max_mailbox_capacity = 1'000'000'000;
inline constexpr std::size_t max_diagnostics = 100;  // more are counted, not listed

using diagnostics = std::vector<diagnostic>;

/// Reads and checks a file. `overrides` are what follows --set: "stage.count.workers=8"; the value is a TOML
/// value, or else taken as a plain string. They are applied before anything is checked, so they may mend the
/// file. On failure: all errors, sorted by position, those of overrides last; at least one.
[[nodiscard]] tl::expected<file, diagnostics> load(const std::string& path,
                                                   const std::vector<std::string>& overrides = {});

/// The same for text that is already in memory; `path` is what diagnostics and relative paths refer to.
[[nodiscard]] tl::expected<file, diagnostics> parse(std::string_view text, std::string path,
                                                    const std::vector<std::string>& overrides = {});

/// A path or glob of the file, relative to the file's folder unless it is absolute; "-" stays "-".
[[nodiscard]] std::string resolve(const file& of, std::string_view path);

}  // namespace troupe::config
