// config/internal/read_actors.hpp - from the document to actors and supervisors; each key is checked by
// itself.
// Threads: one.
#pragma once
#include <troupe/config/internal/findings.hpp>
#include <troupe/config/internal/read_named.hpp>
#include <troupe/config/internal/section.hpp>

#include <string_view>
#include <utility>
#include <vector>

namespace troupe::config {

/// The words that `place` of an actor may be, beside the name of a process.
using actor_place = std::pair<std::string_view, actor::placement>;
inline constexpr actor_place actor_places[] = {{"thread", actor::placement::thread},
                                               {"detached", actor::placement::detached},
                                               {"process", actor::placement::process}};
inline constexpr std::string_view expected_place =
    "\"thread\", \"detached\", \"process\" or the name of a [process.NAME]";

/// The process of an actor is yet the word that is written when that is none of actor_places, or else "".
[[nodiscard]] std::vector<read_actor> read_actors(section& top, findings& to);
[[nodiscard]] std::vector<read_supervisor> read_supervisors(section& top, findings& to);

}  // namespace troupe::config
