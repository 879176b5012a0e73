// spawn/internal/start.hpp - clones a process and lets it become a program.
// Threads: any.
// Source: clone(2).
#pragma once
#include <troupe/base/error.hpp>
#include <troupe/spawn/child.hpp>
#include <troupe/spawn/command.hpp>
#include <troupe/spawn/internal/prepare.hpp>
#include <troupe/spawn/internal/warden.hpp>

namespace troupe::spawn::internal {

/// command::spawn() with other defaults for streams, and a warden that is to watch the group.
[[nodiscard]] result<child> start(const command_spec& spec, const default_streams& defaults = {},
                                  warden_slot slot = {});

}  // namespace troupe::spawn::internal
