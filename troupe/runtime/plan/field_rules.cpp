#include <troupe/base/text.hpp>
#include <troupe/runtime/plan/field_rules.hpp>

#include <algorithm>
#include <string>
#include <utility>

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

namespace {

/// Errors have been said.
std::optional<std::uint32_t> field_of(const config::stage& stage, const std::string& name,
                                      config::position at, const message_type& taken,
                                      const complaint& complain) {
  const auto found = std::ranges::find(taken.fields, name);
  if (found != taken.fields.end()) return static_cast<std::uint32_t>(found - taken.fields.begin());
  const auto close = nearest(name, taken.fields);
  std::string known;
  for (const auto& field : taken.fields) known += (known.empty() ? "" : ", ") + field;
  complain(at, "stage '" + stage.name + "' takes " + taken.name + ", which has no field '" + name + "'",
           close                  ? "did you mean '" + *close + "'?"
           : taken.fields.empty() ? "only a struct has fields"
                                  : "it has " + known);
  return std::nullopt;
}

std::optional<plain_value> plain(const config::value& of) {
  if (const auto* text = of.as<std::string>()) return *text;
  if (const auto* whole = of.as<std::int64_t>()) return *whole;
  if (const auto* number = of.as<double>()) return *number;
  if (const auto* truth = of.as<bool>()) return *truth;
  return std::nullopt;
}

}  // namespace

std::optional<std::uint32_t> key_field_of(const config::stage& stage, const stage_definition& of,
                                          const complaint& complain) {
  if (stage.key.empty() || !of.keeps_state) return std::nullopt;
  return field_of(stage, stage.key, config::where(stage, "key"), of.in, complain);
}

std::vector<field_is> conditions_of(const config::stage& stage, const message_type& taken,
                                    const complaint& complain) {
  std::vector<field_is> all;
  for (const auto& [name, at, value] : stage.when) {
    const auto field = field_of(stage, name, at, taken, complain);
    const auto written = plain(value);
    if (!field || !written) continue;
    auto encoded = taken.encode_field(*field, *written);
    if (encoded)
      all.push_back({*field, std::move(*encoded)});
    else
      complain(value.where,
               "stage '" + stage.name + "': field '" + name + "' of " + taken.name +
                   " cannot have this value: it is of another type, or of a smaller range",
               "");
  }
  return all;
}

}  // namespace troupe::runtime
