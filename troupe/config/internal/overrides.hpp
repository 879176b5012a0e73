// config/internal/overrides.hpp - puts --set values into the document.
// Threads: one.
#pragma once
#include <troupe/config/internal/findings.hpp>

#include <string>
#include <vector>

namespace troupe::config {

/// Each is "stage.NAME.KEY[.KEY]=VALUE", or the same for an actor, a supervisor or a process. That must exist;
/// keys need not (the schema judges them later). The last of several for one key wins.
void apply_overrides(table& root, const std::vector<std::string>& overrides, findings& to);

}  // namespace troupe::config
