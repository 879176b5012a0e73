// cli/example_file.hpp - the file that `init` writes: an example that runs as it is.
// Threads: plain functions.
#pragma once
#include <troupe/runtime/registry.hpp>

#include <string>

namespace troupe::cli {

/// For a file of that name (the last part of its path: it reads its own lines), run by `command`: "troupe". With
/// programs of the system; of a program that has registered stages with those that can follow each other, and as comments the others
/// and its actors. Checked: the text has no error for that program.
[[nodiscard]] std::string example_file(const std::string& name, const std::string& command,
                                       const runtime::registry& program);

/// Whether a file of that name can name itself as a source: no glob, nothing that TOML would read otherwise.
[[nodiscard]] bool is_plain_name(const std::string& name);

}  // namespace troupe::cli
