#include <troupe/base/text.hpp>
#include <troupe/runtime/plan/stage_slots.hpp>

#include <algorithm>
#include <string>

namespace troupe::runtime {

using placement = config::stage::placement;

void check_state(const config::stage& stage, const stage_definition& definition, const complaint& complain) {
  const auto whose = "stage '" + stage.name + "' keeps ";
  if (!definition.keeps_state) {
    if (!stage.key.empty())
      complain(config::where(stage, "key"),
               whose + "no state, so any of its workers may take any item: a key has no meaning",
               "remove it, or give the stage's class finish() or state()");
    return;
  }
  if (stage.place == placement::process && definition.state_shape.empty())
    complain(config::where(stage, "place"),
             whose + "state in a process that may die, but has no state(): nothing could be kept of it",
             "give its class a state() that returns what it keeps, or write place = \"thread\"");
  if (stage.place != placement::process && stage.workers != 1)
    complain(config::where(stage, "workers"),
             whose + "state, which cannot be shared by " + std::to_string(stage.workers) +
                 " workers in one process",
             "write workers = 1, or remove place = \"thread\"");
  if (stage.min_workers != stage.workers)
    complain(config::where(stage, "workers"),
             whose + "state in so many parts as it has workers, and that cannot change while it runs",
             "write workers = " + std::to_string(stage.workers));
}

std::optional<std::uint32_t> key_field_of(const config::stage& stage, const stage_definition& of,
                                          const complaint& complain) {
  const auto& taken = of.in;
  if (stage.key.empty() || !of.keeps_state) return std::nullopt;
  const auto found = std::ranges::find(taken.fields, stage.key);
  if (found != taken.fields.end()) return static_cast<std::uint32_t>(found - taken.fields.begin());
  const auto close = nearest(stage.key, taken.fields);
  std::string known;
  for (const auto& field : taken.fields) known += (known.empty() ? "" : ", ") + field;
  complain(config::where(stage, "key"),
           "stage '" + stage.name + "' takes " + taken.name + ", which has no field '" + stage.key + "'",
           close                  ? "did you mean '" + *close + "'?"
           : taken.fields.empty() ? "a key is a field of a struct"
                                  : "it has " + known);
  return std::nullopt;
}

}  // namespace troupe::runtime
