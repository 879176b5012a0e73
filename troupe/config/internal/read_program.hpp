// config/internal/read_program.hpp - the keys of a stage that is an external program.
// Threads: one.
#pragma once
#include <troupe/config/internal/section.hpp>
#include <troupe/config/schema.hpp>

#include <string>
#include <vector>

namespace troupe::config {

/// Whether arguments may have placeholders; where none can be filled in, braces are text.
enum class argument_text { pattern, literal };

/// `command`, which is there; false: it is wrong, and that has been said.
[[nodiscard]] bool read_command(section& in, argument_text text, std::vector<std::string>& out);
void read_success(section& in, std::vector<int>& out);

/// command, mode, stdin, stdout, output and success; after `call`, `place` and `batch` have been read.
void read_program(section& in, stage& out);

}  // namespace troupe::config
