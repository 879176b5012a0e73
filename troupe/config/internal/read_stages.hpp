// config/internal/read_stages.hpp - from the document to stages; each key is checked by itself.
// Threads: one.
#pragma once
#include <troupe/config/internal/document.hpp>
#include <troupe/config/internal/findings.hpp>
#include <troupe/config/internal/section.hpp>
#include <troupe/config/schema.hpp>

#include <vector>

namespace troupe::config {

/// A stage with the marks of its keys; `value.at` is filled from them at the end.
struct read_stage {
  stage value;
  marks where;
  bool readable = true;  // false: it is not even a table
};

[[nodiscard]] std::vector<read_stage> read_stages(const table& root, findings& to);

}  // namespace troupe::config
