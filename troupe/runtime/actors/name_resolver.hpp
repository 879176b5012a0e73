// runtime/actors/name_resolver.hpp - the seam between an actor's name in the file and its address.
// Threads: one.
#pragma once
#include <troupe/actors/address.hpp>

#include <tl/expected.hpp>

#include <span>
#include <string>
#include <string_view>

namespace troupe::runtime {

/// Why a name gives no address, worded for the error at its place in the file.
struct unresolved {
  std::string message;  // "actor 'warehuose' does not exist"
  std::string hint;     // "did you mean 'warehouse'?"; may be empty
};

/// Knows the actors that the file may name.
class name_resolver {
 public:
  /// The actor of that name, which receives all of `wanted` (each the message_type_of a type: compare by
  /// address, the names are for messages). Where there are no actors yet and a file is only checked, it may
  /// give an empty cell_ref for a name that is good: the address is empty then, and nobody complains.
  [[nodiscard]] virtual tl::expected<actors::cell_ref, unresolved> resolve(
      std::string_view name, std::span<const actors::message_type* const> wanted) = 0;

 protected:
  ~name_resolver() = default;
};

// What every resolver has to say, said the same way.

/// `known`: the actors that there are.
[[nodiscard]] unresolved no_such_actor(std::string_view name, std::span<const std::string> known);
/// `missing`: those of the wanted types that it does not receive; at least one.
[[nodiscard]] unresolved does_not_receive(std::string_view name,
                                          std::span<const actors::message_type* const> missing);

}  // namespace troupe::runtime
