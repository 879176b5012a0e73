// config/internal/read_actors.hpp - from the document to actors and supervisors; each key is checked by
// itself.
// Threads: one.
#pragma once
#include <troupe/config/internal/findings.hpp>
#include <troupe/config/internal/read_named.hpp>
#include <troupe/config/internal/section.hpp>

#include <vector>

namespace troupe::config {

[[nodiscard]] std::vector<read_actor> read_actors(section& top, findings& to);
[[nodiscard]] std::vector<read_supervisor> read_supervisors(section& top, findings& to);

}  // namespace troupe::config
