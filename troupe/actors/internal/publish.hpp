// actors/internal/publish.hpp - one message for all who have subscribed to its type.
// Threads: any.
#pragma once
#include <troupe/actors/address.hpp>
#include <troupe/actors/internal/node.hpp>
#include <troupe/actors/internal/send.hpp>
#include <troupe/actors/sendable.hpp>
#include <troupe/base/refuse.hpp>

#include <cstddef>
#include <memory>
#include <type_traits>
#include <vector>

namespace troupe::actors {

struct actor_class;
[[nodiscard]] std::vector<cell_ref> listeners(core& system, const message_type& topic);
[[nodiscard]] bool is_a(const cell& who, const actor_class& what) noexcept;

/// `but`: actors of that class do not hear of it; null: all do.
template <class M>
std::size_t publish(core& system, M&& message, nanoseconds patience, const actor_class* but = nullptr) {
  using type = std::remove_cvref_t<M>;
  if constexpr (!is_given<M>) {
    refuse<as_sentence<why_not_given<type>>()>();
  } else {
    require_sendable<type>();
    const auto shared = std::make_shared<const type>(taken(message));
    std::size_t reached = 0;
    for (const cell_ref& each : listeners(system, message_type_of<type>))
      if ((but == nullptr || !is_a(*each.get(), *but)) &&
          send(each, std::make_unique<shared_node<type>>(shared), patience))
        ++reached;
    return reached;
  }
}

}  // namespace troupe::actors
