// config/internal/read_stages.hpp - from the document to stages; each key is checked by itself.
// Threads: one.
#pragma once
#include <troupe/config/internal/document.hpp>
#include <troupe/config/internal/findings.hpp>
#include <troupe/config/internal/section.hpp>
#include <troupe/config/schema.hpp>

#include <vector>

namespace troupe::config {

struct read_stage {
  stage value;
  bool readable = true;  // false: it is not even a table
};

[[nodiscard]] std::vector<read_stage> read_stages(const table& root, findings& to);

}  // namespace troupe::config
