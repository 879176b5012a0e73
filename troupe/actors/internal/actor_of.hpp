// actors/internal/actor_of.hpp - joins a plain class to its cell: one handler per type it receives.
// Threads: only the turn of its cell touches it.
#pragma once
#include <troupe/actors/context.hpp>
#include <troupe/actors/internal/node.hpp>
#include <troupe/actors/sendable.hpp>
#include <troupe/actors/task.hpp>

#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>

namespace troupe::actors {

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

template <class Actor, class Receives = typename Actor::receives>
class actor_of;

template <class Actor, class... Ms>
class actor_of<Actor, receives<Ms...>> final : public behaviour {
 public:
  template <class... Args>
  explicit actor_of(Args&&... args) : actor_(std::forward<Args>(args)...) {
    (check<Ms>(), ...);
  }

  void receive(delivery& what) override {
    static_cast<void>(((what.type == &message_type_of<Ms> && (handle<Ms>(what), true)) || ...));
  }

 private:
  template <class M>
  static constexpr bool repeated = ((std::is_same_v<M, Ms> ? 1 : 0) + ...) > 1;

  template <class M>
  static constexpr bool replies = [] {
    using returned = std::invoke_result_t<Actor&, M>;
    using reply = typename reply_or_void<M>::type;
    if constexpr (task_result<returned>::is_task)
      return std::is_same_v<typename task_result<returned>::type, reply>;
    else if constexpr (std::is_void_v<reply>)
      return std::is_void_v<returned> || std::is_convertible_v<returned, result<>>;
    else
      return std::is_convertible_v<returned, result<reply>>;
  }();

  template <class M>
  static constexpr void check() {
    require_sendable<M>();
    if constexpr (repeated<M>)
      refuse<as_sentence<why_repeated<Actor, M>>()>();
    else if constexpr (!std::is_invocable_v<Actor&, M>)
      refuse<as_sentence<why_no_handler<Actor, M>>()>();
    else if constexpr (!replies<M>)
      refuse<as_sentence<why_wrong_return<Actor, M>>()>();
  }

  template <class M>
  void handle(delivery& what) {
    if constexpr (std::is_invocable_v<Actor&, M>) {
      if constexpr (replies<M>) call<M>(what);
    }
  }

  template <class M>
  void call(delivery& what) {
    using returned = std::invoke_result_t<Actor&, M>;
    using reply = typename reply_or_void<M>::type;
    M& message = *static_cast<M*>(what.payload);
    auto* answer = static_cast<answer_to<reply>*>(what.answer);
    if constexpr (task_result<returned>::is_task) {
      auto waiting = actor_(std::move(message));
      what.started = std::move(waiting).release(answer);
    } else if constexpr (std::is_void_v<returned>) {
      actor_(std::move(message));
      if (answer != nullptr) answer->set({});
    } else if (answer != nullptr) {
      answer->set(actor_(std::move(message)));
    } else {
      static_cast<void>(actor_(std::move(message)));
    }
  }

  Actor actor_;
};

template <class Actor>
constexpr compile_time_text why_not_made() {
  return words(
      "troupe: actor '", type_name<Actor>(),
      "' has no constructor for the arguments given to spawn, with troupe::context& before them or without");
}

/// Whether an actor of some class receives messages of `type`.
using receives_function = bool (*)(const message_type& type) noexcept;

template <class... Ms>
constexpr receives_function receives_function_of(receives<Ms...>) noexcept {
  return [](const message_type& type) noexcept { return ((&type == &message_type_of<Ms>) || ...); };
}

/// Makes the behaviour of a cell; its constructor may throw.
class maker {
 public:
  virtual std::unique_ptr<behaviour> make(context& self) = 0;
  [[nodiscard]] virtual receives_function receives() const noexcept = 0;

 protected:
  ~maker() = default;
};

/// Makes an Actor from the context, if it wants it, and arguments that outlive the maker.
template <class Actor, class... Args>
class maker_of final : public maker {
 public:
  explicit maker_of(Args&&... args) : args_(std::forward<Args>(args)...) {}
  std::unique_ptr<behaviour> make(context& self) override {
    return std::apply(
        [&](Args&&... each) -> std::unique_ptr<behaviour> {
          if constexpr (std::is_constructible_v<Actor, context&, Args...>)
            return std::make_unique<actor_of<Actor>>(self, std::forward<Args>(each)...);
          else if constexpr (std::is_constructible_v<Actor, Args...>)
            return std::make_unique<actor_of<Actor>>(std::forward<Args>(each)...);
          else
            refuse<as_sentence<why_not_made<Actor>>()>();
        },
        std::move(args_));
  }
  [[nodiscard]] receives_function receives() const noexcept override {
    return receives_function_of(typename Actor::receives());
  }

 private:
  std::tuple<Args&&...> args_;
};

}  // namespace troupe::actors
