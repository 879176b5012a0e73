// actors/internal/handlers.hpp - how a class handles a type of message, found out at compile time.
// Threads: compile time only.
#pragma once
#include <troupe/actors/message.hpp>
#include <troupe/actors/promise.hpp>
#include <troupe/actors/task.hpp>
#include <troupe/base/error.hpp>

#include <type_traits>
#include <utility>

namespace troupe::actors {

/// A stop, to actors that hear it as a message (actor_class::hears_end).
struct stop_asked {};
/// A kill, to the same actors: at once, before what is in the mailbox.
struct kill_asked {
  end_reason why;
  bool for_good = false;
};

template <class Actor, class M>
inline constexpr bool receives_one =
    []<class... Ms>(receives<Ms...>) { return (std::is_same_v<M, Ms> || ...); }(listed_by<Actor>());

template <class T>
struct task_result {
  static constexpr bool is_task = false;
};
template <class R>
struct task_result<task<R>> {
  static constexpr bool is_task = true;
  using type = R;
};

template <class M>
struct reply_or_void {
  using type = void;
};
template <question M>
struct reply_or_void<M> {
  using type = reply_of<M>;
};

/// operator()(M): the reply is what it returns.
template <class Actor, class M>
inline constexpr bool answers_now = std::is_invocable_v<Actor&, M>;

/// operator()(M, promise<reply>).
template <class Actor, class M>
inline constexpr bool answers_later = false;
template <class Actor, question M>
inline constexpr bool answers_later<Actor, M> =
    !answers_now<Actor, M> && std::is_invocable_v<Actor&, M, promise<reply_of<M>>>;

template <class Actor, class M>
inline constexpr bool returns_right = [] {
  using reply = typename reply_or_void<M>::type;
  if constexpr (answers_later<Actor, M>) {
    using returned = std::invoke_result_t<Actor&, M, promise<reply>>;
    return std::is_void_v<returned> || std::is_same_v<returned, task<void>>;
  } else if constexpr (answers_now<Actor, M>) {
    using returned = std::invoke_result_t<Actor&, M>;
    if constexpr (task_result<returned>::is_task)
      return std::is_same_v<typename task_result<returned>::type, reply>;
    else if constexpr (std::is_void_v<reply>)
      return std::is_void_v<returned> || std::is_convertible_v<returned, result<>>;
    else
      return std::is_convertible_v<returned, result<reply>>;
  } else {
    return false;
  }
}();

template <class M, class Actor, class Returned>
void overload_by_value(Returned (Actor::*)(M));
template <class M, class Actor, class Returned>
void overload_by_value(Returned (Actor::*)(M) const);

template <class Actor, class M>
concept takes_by_value = requires {
  overload_by_value<M>(&Actor::operator());
};

/// operator()(const M&), plain or const: it can be shown a message that others are shown, too.
template <class Actor, class M>
inline constexpr bool takes_shared =
    !question<M> && std::is_invocable_v<Actor&, const M&> && !takes_by_value<Actor, M>;

}  // namespace troupe::actors
