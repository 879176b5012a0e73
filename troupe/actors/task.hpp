// actors/task.hpp - what a handler returns that waits: a coroutine which the actor runs.
// Threads: runs in its actor's turns only.
// Source: C++20 coroutines.
#pragma once
#include <troupe/actors/future.hpp>
#include <troupe/actors/internal/job.hpp>
#include <troupe/actors/internal/words.hpp>
#include <troupe/base/error.hpp>
#include <troupe/base/refuse.hpp>

#include <concepts>
#include <coroutine>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

namespace troupe {

template <class R>
class task;

namespace actors {

template <class T>
constexpr compile_time_text why_not_awaited() {
  return words(
      "troupe: co_await takes a named future: `auto answer = a.ask(...); auto got = co_await answer;`");
}

template <class T>
constexpr compile_time_text why_no_assignment() {
  return words(
      "troupe: co_await takes a named future, not an assignment: `answer = a.ask(...); co_await answer;`");
}

template <class R>
struct coroutine_promise : promise_base {
  std::optional<answer_to<R>> answer;  // when somebody asked

  [[nodiscard]] std::suspend_always initial_suspend() const noexcept { return {}; }
  [[nodiscard]] std::suspend_always final_suspend() const noexcept { return {}; }
  void unhandled_exception() {
    failure = std::current_exception();
    if (answer) answer->fail({errc::handler_failed, current_exception_text()});
  }

  template <class T>
  [[nodiscard]] typename future<T>::awaiter await_transform(future<T>& named) noexcept {
    return typename future<T>::awaiter(named);
  }
  template <class T>
  [[nodiscard]] typename future<T>::awaiter await_transform(future<T>&& temporary) noexcept {
    refuse<as_sentence<why_not_awaited<T>>()>();
    return typename future<T>::awaiter(temporary);
  }
  /// What is built on futures, and says so by a `named_awaiter`.
  template <class T>
  requires requires { typename T::named_awaiter; }
  [[nodiscard]] typename T::named_awaiter await_transform(T& named) noexcept {
    return typename T::named_awaiter(named);
  }
  template <class T>
  requires(!std::is_lvalue_reference_v<T>) && requires { typename T::named_awaiter; }
  [[nodiscard]] typename T::named_awaiter await_transform(T&& temporary) noexcept {
    refuse<as_sentence<why_not_awaited<T>>()>();
    return typename T::named_awaiter(temporary);
  }
  template <class T>
  requires std::same_as<T, assigned>
  [[nodiscard]] std::suspend_never await_transform(T) noexcept {
    refuse<as_sentence<why_no_assignment<T>>()>();
    return {};
  }
};

template <class R>
struct task_promise : coroutine_promise<R> {
  [[nodiscard]] task<R> get_return_object() noexcept { return task<R>(*this); }
  void return_value(result<R> value) noexcept {
    if (this->answer) this->answer->set(std::move(value));
  }
};

template <>
struct task_promise<void> : coroutine_promise<void> {
  [[nodiscard]] inline task<void> get_return_object() noexcept;
  void return_void() noexcept {
    if (answer) answer->set({});
  }
};

}  // namespace actors

/// The return type of a handler that co_awaits: task<> for a plain message, task<R> for a question with reply
/// R
/// (`co_return r;` or `co_return fail(…);`). While it waits, its actor takes no other message; stop waits for
/// it, kill destroys it where it stands. An exception ends the actor, as in a plain handler.
template <class R = void>
class [[nodiscard]] task {
 public:
  using promise_type = actors::task_promise<R>;

  explicit task(promise_type& of) noexcept
      : promise_(&of), job_(std::coroutine_handle<promise_type>::from_promise(of), of) {}

  /// For the cell that runs it: who gets the answer, and the coroutine itself.
  [[nodiscard]] actors::job release(actors::answer_to<R>* answer) && noexcept {
    if (answer != nullptr) promise_->answer.emplace(std::move(*answer));
    return std::move(job_);
  }

 private:
  promise_type* promise_;
  actors::job job_;
};

inline task<void> actors::task_promise<void>::get_return_object() noexcept {
  return task<void>(*this);
}

}  // namespace troupe
