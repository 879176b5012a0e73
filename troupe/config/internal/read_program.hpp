// config/internal/read_program.hpp - the keys of a stage that is an external program.
// Threads: one.
#pragma once
#include <troupe/config/internal/section.hpp>
#include <troupe/config/schema.hpp>

namespace troupe::config {

/// command, mode, stdin, stdout, output and success; after `call`, `place` and `batch` have been read.
void read_program(section& in, stage& out);

}  // namespace troupe::config
