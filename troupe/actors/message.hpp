// actors/message.hpp - the words of a message: what an actor receives, how its mailbox is bounded, how actors
// end.
// Threads: plain values.
#pragma once
#include <troupe/base/mailbox_options.hpp>

#include <compare>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace troupe {

/// `using receives = troupe::receives<hello, question>;` in an actor: one operator() per type, each type
/// once.
template <class... Ms>
struct receives {};

namespace actors {

template <class T>
inline constexpr bool is_receives = false;
template <class... Ms>
inline constexpr bool is_receives<receives<Ms...>> = true;

/// The class of an actor says what it receives.
template <class Actor>
concept lists_messages = requires {
  typename Actor::receives;
}
&&is_receives<typename Actor::receives>;

/// Its `receives`; of a class without: nothing, so that one place (actor_of) refuses it, in one line.
template <class Actor>
struct listing {
  static_assert(sizeof(Actor) > 0,
                "the class of an actor must be defined, not only declared, before its address is");
  using type = receives<>;
};
template <lists_messages Actor>
struct listing<Actor> {
  using type = typename Actor::receives;
};
template <class Actor>
using listed_by = typename listing<Actor>::type;

}  // namespace actors

/// A message that knows its answer: `struct buy { …; using reply = std::optional<stock>; };` (void is
/// allowed).
template <class M>
concept question = requires {
  typename std::remove_cvref_t<M>::reply;
};

template <question Q>
using reply_of = typename std::remove_cvref_t<Q>::reply;

/// Why try_send gave a message back.
enum class rejection : std::uint8_t {
  full,    // no room now; it may be tried again
  closed,  // the actor has ended or is stopping, or the address is empty: it will never be taken
};

/// A message that was not sent, given back whole.
template <class M>
struct rejected {
  rejection why = rejection::closed;
  M message;
};

/// Identifies an actor within its system for the life of the system; 0 is nobody. Never used twice.
struct actor_id {
  std::uint64_t value = 0;
  friend auto operator<=>(const actor_id&, const actor_id&) = default;
};

/// How an actor came to its end.
enum class ending : std::uint8_t {
  stopped,  // it was asked to, or asked itself, and had finished its queue
  killed,   // at once; its queue became dead letters
  failed,   // its constructor or a handler threw; or, of a supervisor, what it supervises failed too often
  linked,   // an actor that it was linked to was killed or failed
  unreachable,   // it had nothing to do, and nobody was left who could send to it
  process_lost,  // of an actor elsewhere: its process died or ended
  link_lost      // of an actor elsewhere: the way to its process was lost; it may live on
};

/// An end that is nobody's fault: restart policies and links take it for success.
[[nodiscard]] constexpr bool ended_well(ending how) noexcept {
  return how == ending::stopped || how == ending::unreachable;
}

struct end_reason {
  ending how = ending::stopped;
  std::string
      text;  // failed: what the exception said; linked: who ended, and why; lost: what and how; else empty

  friend bool operator==(const end_reason&, const end_reason&) = default;
};

/// What a monitor hears when the actor it watches ends. It comes after every message that actor had sent
/// here, is never refused and never dropped.
struct down {
  actor_id actor;
  std::string name;
  end_reason reason;
};

/// Why nobody handled a message; dead_letter_counts says more of each.
enum class dead_letter_cause : std::uint8_t { closed, full, timed_out, dropped, abandoned, expired };

/// What a system publishes when messages are not handled: `self.subscribe<my_actor, troupe::dead_letter>()`. It is a
/// message like any other, but nobody waits for room for it, and nothing is published of those that are lost while one is.
struct dead_letter {
  actor_id receiver;          // 0: it was sent, by an actor, to an empty address
  std::string receiver_name;  // may be empty
  std::string type;           // of the message, without namespaces
  dead_letter_cause cause = dead_letter_cause::closed;
  std::uint64_t messages = 1;  // more for a run of them
};

/// Messages that nobody handled, by cause. A message given back by try_send is none.
struct dead_letter_counts {
  std::uint64_t closed =
      0;                   // sent to an actor that had ended or was stopping, or (by an actor) to no address
  std::uint64_t full = 0;  // refused by a full mailbox that rejects
  std::uint64_t timed_out = 0;  // a plain thread's patience ended before there was room
  std::uint64_t dropped = 0;    // pushed out of a full mailbox by a newer one
  std::uint64_t abandoned = 0;  // in the mailbox when its actor was killed or failed
  std::uint64_t expired = 0;    // a question that nobody waited for any more when its turn came

  dead_letter_counts& operator+=(const dead_letter_counts& more) noexcept {
    closed += more.closed;
    full += more.full;
    timed_out += more.timed_out;
    dropped += more.dropped;
    abandoned += more.abandoned;
    expired += more.expired;
    return *this;
  }
  [[nodiscard]] std::uint64_t total() const noexcept {
    return closed + full + timed_out + dropped + abandoned + expired;
  }
  friend bool operator==(const dead_letter_counts&, const dead_letter_counts&) = default;
};

}  // namespace troupe
