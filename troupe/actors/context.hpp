// actors/context.hpp - what an actor may ask of the system it lives in.
// Threads: belongs to its actor: use it in the actor's constructor and handlers only.
#pragma once
#include <troupe/actors/address.hpp>
#include <troupe/actors/future.hpp>
#include <troupe/actors/internal/blocking.hpp>
#include <troupe/actors/internal/cell_ref.hpp>
#include <troupe/actors/internal/handlers.hpp>
#include <troupe/actors/internal/publish.hpp>
#include <troupe/actors/internal/send.hpp>
#include <troupe/actors/internal/ticks.hpp>
#include <troupe/actors/internal/words.hpp>
#include <troupe/actors/message.hpp>
#include <troupe/actors/sendable.hpp>
#include <troupe/actors/timer.hpp>
#include <troupe/base/clock.hpp>
#include <troupe/base/log.hpp>

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
inline constexpr bool may_receive = receives_one<Actor, M>;
template <class M>
inline constexpr bool may_receive<void, M> = true;

template <class Actor, class M>
constexpr compile_time_text why_not_told() {
  return words("troupe: actor '", type_name<Actor>(), "' does not list '", type_name<M>(),
               "' in its `receives`");
}
template <class Actor, class M>
constexpr compile_time_text why_not_shown() {
  return words("troupe: actor '", type_name<Actor>(), "' cannot subscribe to '", type_name<M>(),
               "': what is published is shown to many, so its handler has to take it as const ",
               type_name<M>(), "&");
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
  /// The log of its system, under the actor's name: `self.log().warn("no answer: ", got.error().message())`.
  [[nodiscard]] logger log() const;

  /// `self.address<greeter>()`: the address of this actor, which must be a greeter (else std::logic_error).
  template <class Actor>
  [[nodiscard]] address_of<Actor> address() const {
    require_receives_all(static_cast<actors::listed_by<Actor>*>(nullptr));
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

  /// Sends a message to this actor every `period` (over 0) of the system's clock, first after one period: what `make()`
  /// returns, called in this actor's turn, or a copy of `make` when that is a message. An actor that is slower than its
  /// timer misses ticks (at most one waits in its mailbox), and so does a process that stood still: there is no storm.
  /// Checked as after().
  template <class Actor = void, class Make>
  timer every(nanoseconds period, Make make) {
    using type = typename actors::tick_of<Make>::type;
    if constexpr (!actors::may_receive<Actor, type>)
      refuse<as_sentence<actors::why_not_told<Actor, type>>()>();
    else
      actors::require_sendable<type>();
    require_receives(actors::message_type_of<type>);
    return send_again(period, std::make_shared<actors::ticks_of<Make>>(std::move(make)));
  }

  /// Joins the fates of this life of the actor and `whom`: when one is killed or fails, the other ends, too, with
  /// ending::linked (or falls and is started again by its supervisor); at once when `whom` has ended like that already.
  /// An end that is well leaves the other alone. Linking twice is linking once. An empty address:
  /// std::invalid_argument.
  template <class... Ms>
  void link(const troupe::address<Ms...>& whom) {
    link_cell(actors::address_access::cell(whom));
  }
  template <class... Ms>
  void unlink(const troupe::address<Ms...>& whom) {
    unlink_cell(actors::address_access::cell(whom));
  }

  /// From now on this life of the actor hears of every M that is published in its system: by
  /// `operator()(const M&)`, because all subscribers are shown the same object. A published message follows the rules
  /// of the subscriber's mailbox.
  template <class Actor, class M>
  void subscribe() {
    if constexpr (!actors::may_receive<Actor, M>)
      refuse<as_sentence<actors::why_not_told<Actor, M>>()>();
    else if constexpr (!actors::takes_shared<Actor, M>)
      refuse<as_sentence<actors::why_not_shown<Actor, M>>()>();
    else
      subscribe_to(actors::message_type_of<M>);
  }
  template <class M>
  void unsubscribe() {
    unsubscribe_from(actors::message_type_of<M>);
  }
  /// Shows `message`, moved in, to all who have subscribed to its type; to how many mailboxes it went. What does not
  /// fit is a dead letter, as in send().
  template <class M>
  std::size_t publish(M&& message) {
    return actors::publish(core(), std::forward<M>(message), actors::default_patience);
  }

  /// Runs `call` on a thread that may block, apart from those that run actors; what it returns (a value, void or a
  /// result) is the answer, an exception is errc::handler_failed. It must own what it uses. A call that has begun runs to
  /// its end even when nobody waits any more, and the end of the system waits for it. In a test_system it runs at once.
  /// Errors of the future beside those of any: full (10,000 calls wait already), exhausted, closed;
  /// invalid_argument (a negative patience: it does not run).
  template <class F>
  [[nodiscard]] auto call_blocking(F call, nanoseconds patience = actors::default_patience) {
    return actors::call_blocking(core(), std::move(call), patience);
  }

 private:
  template <class... Ms>
  void require_receives_all(receives<Ms...>*) const {
    (require_receives(actors::message_type_of<Ms>), ...);
  }
  void require_receives(const actors::message_type& type) const;
  void monitor_cell(const actors::cell_ref& whom);
  timer send_later(nanoseconds delay, std::unique_ptr<actors::node> message);
  timer send_again(nanoseconds period, std::shared_ptr<actors::ticks> what);
  void link_cell(const actors::cell_ref& whom);
  void unlink_cell(const actors::cell_ref& whom);
  void subscribe_to(const actors::message_type& topic);
  void unsubscribe_from(const actors::message_type& topic);
  [[nodiscard]] actors::core& core() const noexcept;

  actors::cell& cell_;
};

}  // namespace troupe
