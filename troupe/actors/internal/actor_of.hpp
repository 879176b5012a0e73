// actors/internal/actor_of.hpp - joins a plain class to its cell: one handler per type it receives.
// Threads: only the turn of its cell touches it.
#pragma once
#include <troupe/actors/context.hpp>
#include <troupe/actors/internal/actor_class.hpp>
#include <troupe/actors/internal/handlers.hpp>
#include <troupe/actors/internal/node.hpp>
#include <troupe/actors/internal/words.hpp>
#include <troupe/actors/promise.hpp>
#include <troupe/actors/sendable.hpp>
#include <troupe/actors/task.hpp>

#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>

namespace troupe::actors {

template <class Actor>
constexpr compile_time_text why_no_list() {
  return words(
      "troupe: actor '", type_name<Actor>(),
      "' does not say what it receives: write `using receives = troupe::receives<...>;` into it, public");
}
template <class Actor, class M>
constexpr compile_time_text why_repeated() {
  return words("troupe: actor '", type_name<Actor>(), "' lists '", type_name<M>(), "' more than once");
}
template <class Actor, class M>
constexpr compile_time_text why_no_handler() {
  return words("troupe: actor '", type_name<Actor>(), "' lists '", type_name<M>(),
               "' in its `receives` but has no operator() that takes it by value");
}
template <class Actor, class M>
constexpr compile_time_text why_wrong_return() {
  return words("troupe: actor '", type_name<Actor>(), "' handles '", type_name<M>(),
               "' with the wrong return type: for a question its reply, a result or a task of it; else void "
               "or task<>");
}

template <class Actor, class Receives = listed_by<Actor>>
class actor_of;

template <class Actor, class... Ms>
class actor_of<Actor, receives<Ms...>> final : public behaviour {
 public:
  template <class... Args>
  explicit actor_of(Args&&... args) : actor_(std::forward<Args>(args)...) {
    if constexpr (lists_messages<Actor>)
      (check<Ms>(), ...);
    else
      refuse<as_sentence<why_no_list<Actor>>()>();
  }

  void receive(delivery& what) override {
    static_cast<void>(((what.type == &message_type_of<Ms> && (handle<Ms>(what), true)) || ...));
  }

 private:
  template <class M>
  static constexpr void check() {
    require_sendable<M>();
    if constexpr (((std::is_same_v<M, Ms> ? 1 : 0) + ...) > 1)
      refuse<as_sentence<why_repeated<Actor, M>>()>();
    else if constexpr (!answers_now<Actor, M> && !answers_later<Actor, M>)
      refuse<as_sentence<why_no_handler<Actor, M>>()>();
    else if constexpr (!returns_right<Actor, M>)
      refuse<as_sentence<why_wrong_return<Actor, M>>()>();
  }

  template <class M>
  void handle(delivery& what) {
    if constexpr ((answers_now<Actor, M> || answers_later<Actor, M>)&&returns_right<Actor, M>) {
      if constexpr (takes_shared<Actor, M>)
        if (what.shared) return call<M>(what, *static_cast<const M*>(what.payload));
      call<M>(what, std::move(*static_cast<M*>(what.payload)));
    }
  }

  /// `message` is an M&&, or a const M& that others see, too.
  template <class M, class Given>
  void call(delivery& what, Given&& message) {
    using reply = typename reply_or_void<M>::type;
    auto* answer = static_cast<answer_to<reply>*>(what.answer);
    if constexpr (answers_later<Actor, M>) {
      promise<reply> duty;
      if (answer != nullptr) duty = promise<reply>(std::move(*answer).release());
      using returned = decltype(actor_(std::forward<Given>(message), std::move(duty)));
      if constexpr (std::is_void_v<returned>)
        actor_(std::forward<Given>(message), std::move(duty));
      else
        start(what, actor_(std::forward<Given>(message), std::move(duty)),
              static_cast<answer_to<void>*>(nullptr));
    } else {
      using returned = decltype(actor_(std::forward<Given>(message)));
      if constexpr (task_result<returned>::is_task) {
        start(what, actor_(std::forward<Given>(message)), answer);
      } else if constexpr (std::is_void_v<returned>) {
        actor_(std::forward<Given>(message));
        if (answer != nullptr) answer->set({});
      } else if (answer != nullptr) {
        answer->set(actor_(std::forward<Given>(message)));
      } else {
        static_cast<void>(actor_(std::forward<Given>(message)));
      }
    }
  }

  template <class R>
  static void start(delivery& what, task<R> waiting, answer_to<R>* answer) {
    what.started = std::move(waiting).release(answer);
  }

  Actor actor_;
};

template <class Actor>
constexpr compile_time_text why_not_made() {
  return words(
      "troupe: actor '", type_name<Actor>(),
      "' has no constructor for the arguments given to spawn, with troupe::context& before them or without");
}

template <class Actor, class... Ms>
constexpr accepts how_taken(const message_type& type, receives<Ms...>) noexcept {
  accepts how = accepts::no;
  static_cast<void>(((&type == &message_type_of<Ms> &&
                      (how = takes_shared<Actor, Ms> ? accepts::shared : accepts::owned, true)) ||
                     ...));
  return how;
}

template <class Actor>
inline constexpr bool is_reentrant = [] {
  if constexpr (requires { Actor::reentrant; })
    return Actor::reentrant;
  else
    return false;
}();

template <class Actor>
inline constexpr actor_class class_of{
    type_name<Actor>(),
    [](const message_type& type) noexcept { return how_taken<Actor>(type, listed_by<Actor>()); },
    is_reentrant<Actor>, receives_one<Actor, stop_asked>&& receives_one<Actor, kill_asked>};

/// Makes the behaviour of a cell, once or for each of its lives; the actor's constructor may throw.
class maker {
 public:
  maker() = default;
  maker(const maker&) = delete;
  maker& operator=(const maker&) = delete;
  virtual ~maker() = default;
  virtual std::unique_ptr<behaviour> make(context& self) = 0;
  [[nodiscard]] virtual const actor_class& what() const noexcept = 0;
  /// The life that it made is over; another may follow.
  virtual void fallen() noexcept {}
  /// There will be no other. Before anybody else hears of it.
  virtual void ended(const end_reason& /*why*/) noexcept {}
};

template <class Actor, class... Args>
std::unique_ptr<behaviour> make_behaviour(context& self, Args&&... args) {
  if constexpr (std::is_constructible_v<Actor, context&, Args...>)
    return std::make_unique<actor_of<Actor>>(self, std::forward<Args>(args)...);
  else if constexpr (std::is_constructible_v<Actor, Args...>)
    return std::make_unique<actor_of<Actor>>(std::forward<Args>(args)...);
  else
    refuse<as_sentence<why_not_made<Actor>>()>();
}

/// Makes an Actor once, from the context, if it wants it, and arguments that outlive the maker.
template <class Actor, class... Args>
class maker_of final : public maker {
 public:
  explicit maker_of(Args&&... args) : args_(std::forward<Args>(args)...) {}
  std::unique_ptr<behaviour> make(context& self) override {
    return std::apply(
        [&](Args&&... each) { return make_behaviour<Actor>(self, std::forward<Args>(each)...); },
        std::move(args_));
  }
  [[nodiscard]] const actor_class& what() const noexcept override { return class_of<Actor>; }

 private:
  std::tuple<Args&&...> args_;
};

/// Makes an Actor again and again, each time from copies of arguments that it owns.
template <class Actor, class... Args>
class repeated_maker final : public maker {
 public:
  template <class... Given>
  explicit repeated_maker(Given&&... args) : args_(std::forward<Given>(args)...) {}
  std::unique_ptr<behaviour> make(context& self) override {
    return std::apply([&](const Args&... each) { return make_behaviour<Actor>(self, Args(each)...); }, args_);
  }
  [[nodiscard]] const actor_class& what() const noexcept override { return class_of<Actor>; }

 private:
  const std::tuple<Args...> args_;
};

}  // namespace troupe::actors
