// actors/address.hpp - a typed handle to an actor: the only way to reach it.
// Threads: a value; any thread may send through it.
#pragma once
#include <troupe/actors/future.hpp>
#include <troupe/actors/internal/cell_ref.hpp>
#include <troupe/actors/internal/send.hpp>
#include <troupe/actors/internal/words.hpp>
#include <troupe/actors/message.hpp>
#include <troupe/actors/sendable.hpp>
#include <troupe/base/refuse.hpp>
#include <troupe/base/representation.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace troupe {

template <class... Ms>
class address;

namespace actors {

template <class M, class... Ms>
inline constexpr bool one_of = (std::is_same_v<M, Ms> || ...);

/// Behind every address; for rooms that build on actors/.
struct address_access {
  template <class... Ms>
  static const cell_ref& cell(const address<Ms...>& of) noexcept {
    return of.cell_;
  }
  template <class Address>
  static Address make(cell_ref cell) noexcept {
    Address made;
    made.cell_ = std::move(cell);
    return made;
  }
};

/// A message is given as an rvalue, or is trivially copyable.
template <class M>
inline constexpr bool is_given =
    !std::is_lvalue_reference_v<M> || std::is_trivially_copyable_v<std::remove_cvref_t<M>>;

/// The message itself, moved; without is_given, which is refused elsewhere, too.
template <class M>
std::remove_cvref_t<M> taken(M& message) {
  if constexpr (std::is_trivially_copyable_v<std::remove_cvref_t<M>>)
    return message;
  else
    return std::move(const_cast<std::remove_cvref_t<M>&>(message));
}

template <class M>
constexpr compile_time_text why_not_taken() {
  return words("troupe: message '", type_name<M>(), "' is not among those that this address takes");
}
template <class M>
constexpr compile_time_text why_not_given() {
  return words("troupe: message '", type_name<M>(), "' is moved in: write std::move(message)");
}
template <class M>
constexpr compile_time_text why_no_question() {
  return words("troupe: message '", type_name<M>(), "' is no question (it has no `reply`): use send");
}

template <class Receives>
struct address_for;
template <class... Ms>
struct address_for<receives<Ms...>> {
  using type = address<Ms...>;
};

}  // namespace actors

/// The address that takes everything Actor receives.
template <class Actor>
using address_of = typename actors::address_for<actors::listed_by<Actor>>::type;

/// Reaches one actor with messages of types Ms. Copies reach the same actor; it converts to an address of
/// fewer types. It keeps mailbox and identity alive, not the actor: that ends by stop, kill, an exception or
/// with its system, and its address may outlive all of them. When the last address of an idle actor goes, the actor
/// ends (ending::unreachable): what keeps it are addresses, its timers, names and topics, its supervisor, and whom it
/// monitors or waits for. An actor that keeps its own address lives until it is stopped. Default-constructed it is empty and reaches
/// nobody. Messages are moved in: write std::move for a named one (trivially copyable ones may be passed as
/// they are).
template <class... Ms>
class address {
 public:
  address() noexcept = default;
  /// From an address that takes all of Ms and more.
  template <class... Wider>
  requires(!std::is_same_v<address<Wider...>, address> && (actors::one_of<Ms, Wider...> && ...))
      address(address<Wider...> wider)
  noexcept  // NOLINT: a wider address is a narrower one
      : cell_(actors::address_access::cell(wider)) {}

  /// False when it reaches nobody.
  explicit operator bool() const noexcept { return static_cast<bool>(cell_); }
  /// Also true for the address of an actor that has ended. 0 when empty.
  [[nodiscard]] actor_id id() const noexcept { return cell_ ? actors::id_of(*cell_.get()) : actor_id{}; }
  /// Valid as long as this address; empty for an actor without name.
  [[nodiscard]] std::string_view name() const noexcept { return cell_ ? actors::name_of(*cell_.get()) : ""; }

  /// Sends by the rules of the receiver's mailbox (mailbox_options). Never blocks inside an actor; a plain
  /// thread blocks up to `patience` when the mailbox is full and waits. Messages of one sender arrive in the
  /// order sent. A message that fails is a dead letter, counted by the system, so the result may be ignored.
  /// Actors that fill each other's mailboxes in a ring do not wait for each other for ever: one of them sends over the
  /// bound, at most what its handlers send until the next one in the ring has room.
  /// Errors: closed (the actor has ended or is stopping), full (overflow::reject), timed_out (a plain
  /// thread), invalid_argument (empty, or a negative patience).
  template <class M>
  result<> send(M&& message, nanoseconds patience = actors::default_patience) const {
    check<M>();
    using type = std::remove_cvref_t<M>;
    if (patience >= nanoseconds::zero() && actors::pass_on(cell_, actors::message_type_of<type>, &message))
      return {};
    return actors::send(cell_, std::make_unique<actors::message_node<type>>(actors::taken(message)),
                        patience);
  }

  /// Sends if there is room now; never blocks and never parks. On failure the message comes back.
  template <class M>
  [[nodiscard]] tl::expected<void, rejected<std::remove_cvref_t<M>>> try_send(M&& message) const {
    check<M>();
    using type = std::remove_cvref_t<M>;
    if (actors::pass_on(cell_, actors::message_type_of<type>, &message)) return {};
    auto wrapped = std::make_unique<actors::message_node<type>>(actors::taken(message));
    std::unique_ptr<actors::node> sent = std::move(wrapped);
    rejection why{};
    if (actors::try_send(cell_, sent, why)) return {};
    return tl::unexpected<rejected<type>>(
        rejected<type>{why, std::move(static_cast<actors::message_node<type>&>(*sent).payload)});
  }

  /// Asks; the future is answered within `patience`. Never blocks or parks: a receiver that has ended, is
  /// stopping or is full answers at once (closed, full); so do an empty address and a negative patience
  /// (invalid_argument). A question that nobody waits for any more when its turn comes (its patience has ended while
  /// somebody waited, or it was called off) is not handled: a dead letter, counted as expired.
  template <class Q>
  [[nodiscard]] auto ask(Q&& message, nanoseconds patience = actors::default_patience) const {
    check<Q>();
    using type = std::remove_cvref_t<Q>;
    if constexpr (!question<type>) {
      refuse<as_sentence<actors::why_no_question<type>>()>();
    } else {
      using reply = reply_of<type>;
      auto state = std::make_shared<actors::answer_of<reply>>(actors::patience_of(cell_, patience));
      actors::answer_to<reply> answer(state);
      if (patience >= nanoseconds::zero() &&
          actors::pass_on(cell_, actors::message_type_of<type>, &message, &answer, state.get()))
        return future<reply>(std::move(state));
      actors::ask(cell_,
                  std::make_unique<actors::question_node<type>>(actors::taken(message), std::move(answer)),
                  state, patience);
      return future<reply>(std::move(state));
    }
  }

  /// Asks the actor to end after what is in its mailbox now; from now on it takes nothing new. An ended
  /// actor, an empty address: nothing happens.
  void stop() const noexcept { actors::stop(cell_); }
  /// Ends the actor as soon as its running handler returns; its mailbox becomes dead letters.
  void kill() const noexcept { actors::kill(cell_); }

  template <class... Others>
  friend bool operator==(const address& a, const address<Others...>& b) noexcept {
    return actors::address_access::cell(a) == actors::address_access::cell(b);
  }

 private:
  friend struct actors::address_access;

  template <class M>
  static constexpr void check() {
    using type = std::remove_cvref_t<M>;
    if constexpr (!actors::one_of<type, Ms...>)
      refuse<as_sentence<actors::why_not_taken<type>>()>();
    else if constexpr (!actors::is_given<M>)
      refuse<as_sentence<actors::why_not_given<type>>()>();
    else
      actors::require_sendable<type>();
  }

  actors::cell_ref cell_;
};

/// In a message to another process an address stands as its place among all those in it, from 1; 0: it is empty. Used
/// where messages are written and read: actors/remote_types.hpp.
template <class... Ms>
struct representation<address<Ms...>> {
  using type = std::uint32_t;
  static type of(const address<Ms...>& value);
  [[nodiscard]] static bool restore(type written, address<Ms...>& value);
  static constexpr std::string_view fault =
      "an address that did not come with the message, or takes other ones";
  static void append_shape(std::string& out);
};

}  // namespace troupe
