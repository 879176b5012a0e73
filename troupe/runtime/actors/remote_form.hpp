// runtime/actors/remote_form.hpp - what a file needs to know of a class of actors that others reach from other processes.
// Threads: constants.
#pragma once
#include <troupe/actors/actor_system.hpp>
#include <troupe/actors/remote_types.hpp>
#include <troupe/runtime/remote/topic_actors.hpp>

#include <concepts>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace troupe::runtime {

/// Its messages, and who stands for it elsewhere.
struct remote_form {
  std::span<const actors::remote_type> types;
  const actors::actor_class* stand_in = nullptr;
  const actors::actor_class* supervised_stand_in = nullptr;
};

/// What an actor can hear that others publish in other processes.
struct topic_form {
  const actors::message_type* type = nullptr;
  std::string (*name)() = nullptr;
  /// Whom others ask for it.
  actors::cell_ref (*spawn_source)(actor_system& in) = nullptr;
  std::span<const actors::remote_type> source_types;
  const actors::actor_class* source_stand_in = nullptr;
  /// Publishes here what that source tells.
  actors::cell_ref (*spawn_inlet)(actor_system& in, std::string name,
                                  const actors::cell_ref& source) = nullptr;
};

template <class... Ms>
[[nodiscard]] remote_form remote_form_of(const address<Ms...>* of) {
  return {actors::remote_types(of), &actors::stand_in_class(of), &actors::supervised_stand_in_class(of)};
}

template <class M>
consteval compile_time_text why_not_elsewhere() {
  if constexpr (!portable_message<M>) return internal::not_portable_message<M>();
  if constexpr (question<M>)
    if constexpr (!actors::reply_is_portable<reply_of<M>>())
      return internal::not_portable_message<reply_of<M>>();
  return {};
}

/// "'picture' is not portable: field ..."; empty when all of them can be sent to another process.
template <class... Ms>
[[nodiscard]] std::string why_not_remote(receives<Ms...> /*of*/) {
  std::string why;
  static_cast<void>(((why = why_not_elsewhere<Ms>().view(), !why.empty()) || ...));
  constexpr std::string_view ours = "troupe: ";
  return why.starts_with(ours) ? why.substr(ours.size()) : why;
}

/// Published by users, and heard by actors that take it as const M&.
template <class Actor, class M>
inline constexpr bool is_topic_for =
    std::copy_constructible<M>&& portable_message<M> && !question<M> && actors::takes_shared<Actor, M> &&
    !std::is_same_v<M, down> && !std::is_same_v<M, dead_letter>;

template <class M>
[[nodiscard]] topic_form topic_form_of() {
  constexpr const address<hear<M>>* source = nullptr;
  return {.type = &actors::message_type_of<M>,
          .name = topic_name<M>,
          .spawn_source =
              [](actor_system& in) {
                return actors::address_access::cell(in.spawn<topic_source<M>>({.name = topic_name<M>()}));
              },
          .source_types = actors::remote_types(source),
          .source_stand_in = &actors::stand_in_class(source),
          .spawn_inlet =
              [](actor_system& in, std::string name, const actors::cell_ref& from) {
                return actors::address_access::cell(in.spawn<topic_inlet<M>>(
                    {.name = std::move(name)}, actors::address_access::make<address<hear<M>>>(from)));
              }};
}

template <class Actor, class... Ms>
[[nodiscard]] std::vector<topic_form> topics_of(receives<Ms...> /*of*/) {
  std::vector<topic_form> all;
  const auto add = [&]<class M>(std::type_identity<M>) {
    if constexpr (is_topic_for<Actor, M>) all.push_back(topic_form_of<M>());
  };
  (add(std::type_identity<Ms>()), ...);
  return all;
}

}  // namespace troupe::runtime
