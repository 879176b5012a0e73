// runtime/programs/find_program.hpp - is there a program of that name? Asked before anything is started.
// Threads: any; looks at the file system.
// Source: execvp(3), access(2).
#pragma once
#include <troupe/base/error.hpp>

#include <string>

namespace troupe::runtime {

/// Where exec would find it: a path when it holds a '/', else searched in PATH. Errors: not_found, wrong_kind (a
/// folder), permission_denied (not executable). The context is for people: "'gzpi' is not in PATH".
[[nodiscard]] result<std::string> find_program(const std::string& name);

}  // namespace troupe::runtime
