// runtime/programs/filter_text.hpp - a text through an installed program: what it prints for it.
// Threads: any; blocks until the program has ended.
#pragma once
#include <troupe/base/error.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace troupe::runtime {

/// Starts the program (searched in PATH), gives it `input` on standard input and returns what it prints. Errors: not_found
/// when there is no such program; invalid_argument when it exits with another code than 0, is killed, or is not done
/// within a minute, with the end of what it said on stderr; those of a start.
[[nodiscard]] result<std::string> filter_text(const std::vector<std::string>& argv, std::string_view input);

}  // namespace troupe::runtime
