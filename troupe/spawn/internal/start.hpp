// spawn/internal/start.hpp - clones a process and lets it become a program.
// Threads: any.
// Source: clone(2).
#pragma once
#include <troupe/base/error.hpp>
#include <troupe/spawn/child.hpp>
#include <troupe/spawn/command.hpp>
#include <troupe/spawn/internal/prepare.hpp>
#include <troupe/spawn/internal/warden.hpp>

#include <cstdint>

namespace troupe::spawn::internal {

/// Whether a child's report may say that the kernel's OOM killer is suspected: what that has killed so far is read before
/// each start.
enum class oom_suspicion : std::uint8_t { noted, none };

/// command::spawn() with other defaults for streams, and a warden that is to watch the group.
[[nodiscard]] result<child> start(const command_spec& spec, const default_streams& defaults = {},
                                  warden_slot slot = {}, oom_suspicion ooms = oom_suspicion::noted);

}  // namespace troupe::spawn::internal
