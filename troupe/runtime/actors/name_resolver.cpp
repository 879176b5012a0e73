#include <troupe/config/wording.hpp>
#include <troupe/runtime/actors/name_resolver.hpp>

#include <vector>

namespace troupe::runtime {

unresolved no_such_actor(std::string_view name, std::span<const std::string> known) {
  return {"actor " + config::in_quotes(name) + " does not exist", config::did_you_mean(name, known)};
}

unresolved does_not_receive(std::string_view name, std::span<const actors::message_type* const> missing) {
  std::vector<std::string> types;
  for (const actors::message_type* each : missing) types.emplace_back(each->name);
  return {"actor " + config::in_quotes(name) + " does not receive " + config::listed(types, " and ", '\''),
          ""};
}

}  // namespace troupe::runtime
