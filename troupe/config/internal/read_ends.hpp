// config/internal/read_ends.hpp - where a stage's items come from and go to: the keys `from` and `to`.
// Threads: one.
#pragma once
#include <troupe/config/internal/section.hpp>
#include <troupe/config/schema.hpp>

namespace troupe::config {

void read_from(section& in, stage& out);
void read_to(section& in, stage& out);

}  // namespace troupe::config
