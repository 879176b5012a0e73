// config/internal/read_processes.hpp - from the document to processes; each key is checked by itself.
// Threads: one.
#pragma once
#include <troupe/config/internal/findings.hpp>
#include <troupe/config/internal/read_named.hpp>
#include <troupe/config/internal/section.hpp>

#include <vector>

namespace troupe::config {

[[nodiscard]] std::vector<read_process> read_processes(section& top, findings& to);

}  // namespace troupe::config
