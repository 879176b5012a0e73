// actors/context.hpp - what an actor may ask of the system it lives in.
// Threads: belongs to its actor: use it in the actor's constructor and handlers only.
#pragma once
#include <troupe/actors/address.hpp>
#include <troupe/actors/internal/cell_ref.hpp>
#include <troupe/actors/message.hpp>
#include <troupe/actors/sendable.hpp>
#include <troupe/actors/timer.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace troupe {

class actor_system;

namespace actors {

/// What an actor's constructor and handlers may be told about their class: nothing (void), then it is checked
/// when it runs; or the class, then the compiler checks.
template <class Actor, class M>
inline constexpr bool may_receive = false;
template <class M>
inline constexpr bool may_receive<void, M> = true;
template <class Actor, class M>
requires requires {
  typename Actor::receives;
}
inline constexpr bool may_receive<Actor, M> = []<class... Ms>(receives<Ms...>) {
  return one_of<M, Ms...>;
}(typename Actor::receives());

template <class Actor, class M>
constexpr compile_time_text why_not_told() {
  return words("troupe: actor '", type_name<Actor>(), "' does not list '", type_name<M>(),
               "' in its `receives`");
}

}  // namespace actors

/// An actor's view of itself. Its constructor gets one by reference, valid as long as the actor.
class context {
 public:
  explicit context(actors::cell& cell) noexcept : cell_(cell) {}
  context(const context&) = delete;
  context& operator=(const context&) = delete;

  [[nodiscard]] std::string_view name() const noexcept { return actors::name_of(cell_); }
  [[nodiscard]] actor_id id() const noexcept { return actors::id_of(cell_); }
  [[nodiscard]] actor_system& system() const noexcept;

  /// `self.address<greeter>()`: the address of this actor, which must be a greeter (else std::logic_error).
  template <class Actor>
  [[nodiscard]] address_of<Actor> address() const {
    require_receives_all(static_cast<typename Actor::receives*>(nullptr));
    return actors::address_access::make<address_of<Actor>>(actors::cell_ref(cell_));
  }

  /// Ends this actor after what is in its mailbox now; from now on it takes nothing new.
  void stop() noexcept { actors::stop(actors::cell_ref(cell_)); }

  /// A down comes when `whom` ends; at once when it has ended already. Watching the same actor twice gives
  /// two. The actor must list troupe::down in its `receives`: `self.monitor<greeter>(whom)` lets the compiler
  /// check, without the class it is checked at run time (std::logic_error).
  template <class Actor = void, class... Ms>
  void monitor(const troupe::address<Ms...>& whom) {
    if constexpr (!actors::may_receive<Actor, down>)
      refuse<as_sentence<actors::why_not_told<Actor, down>>()>();
    require_receives(actors::message_type_of<down>);
    monitor_cell(actors::address_access::cell(whom));
  }

  /// Sends `message` to this actor after `delay` (not negative) of the system's clock; the mailbox's bound
  /// does not hold it up. When the actor stops or ends, so do its timers. `self.after<greeter>(1s, tick{})`
  /// lets the compiler check that the actor receives it, without the class it is checked at run time
  /// (std::logic_error).
  template <class Actor = void, class M>
  timer after(nanoseconds delay, M&& message) {
    using type = std::remove_cvref_t<M>;
    if constexpr (!actors::may_receive<Actor, type>)
      refuse<as_sentence<actors::why_not_told<Actor, type>>()>();
    else if constexpr (!actors::is_given<M>)
      refuse<as_sentence<actors::why_not_given<type>>()>();
    else
      actors::require_sendable<type>();
    require_receives(actors::message_type_of<type>);
    return send_later(delay, std::make_unique<actors::message_node<type>>(actors::taken(message)));
  }

 private:
  template <class... Ms>
  void require_receives_all(receives<Ms...>*) const {
    (require_receives(actors::message_type_of<Ms>), ...);
  }
  void require_receives(const actors::message_type& type) const;
  void monitor_cell(const actors::cell_ref& whom);
  timer send_later(nanoseconds delay, std::unique_ptr<actors::node> message);

  actors::cell& cell_;
};

}  // namespace troupe
