// config/internal/read_stages.hpp - from the document to stages; each key is checked by itself.
// Threads: one.
#pragma once
#include <troupe/config/internal/findings.hpp>
#include <troupe/config/internal/read_named.hpp>
#include <troupe/config/internal/section.hpp>

#include <vector>

namespace troupe::config {

[[nodiscard]] std::vector<read_stage> read_stages(section& top, findings& to);

}  // namespace troupe::config
