// actors/future.hpp - the answer to a question, when it comes.
// Threads: a value of one owner; move it between threads as you would a unique_ptr.
#pragma once
#include <troupe/actors/internal/answer.hpp>
#include <troupe/base/clock.hpp>
#include <troupe/base/error.hpp>

#include <coroutine>
#include <memory>
#include <utility>

namespace troupe {

namespace actors {
/// What an assignment of a future returns.
struct assigned {};
}  // namespace actors

/// True in an actor's turn, where nothing may block: whoever offers both waits for plain threads only.
[[nodiscard]] inline bool in_actor() noexcept {
  return actors::inside_an_actor();
}

/// What ask() returns. It is answered once: with the reply, or with an error
///   closed          the actor had ended, was stopping, or ended before it answered
///   full            its mailbox had no room
///   timed_out       no answer within the deadline
///   handler_failed  its handler threw; the text says what
///   cancelled       cancel() was called
/// Destroying it gives up the answer, not the question.
/// In an actor: `auto answer = a.ask(…); auto got = co_await answer;` in a handler that returns task<>. Only
/// a named future can be awaited: with g++ 12 a temporary in the co_await expression would be destroyed
/// twice. (What no type can refuse is a function of your own that takes temporaries and returns a future<R>&.)
template <class R>
class [[nodiscard]] future {
 public:
  future() noexcept = default;
  explicit future(std::shared_ptr<actors::answer_of<R>> state) noexcept : state_(std::move(state)) {}
  future(future&&) noexcept = default;
  /// No future, as usual, so that `co_await (answer = a.ask(…))`, which has temporaries too, does not compile.
  actors::assigned operator=(future&& other) & noexcept {
    state_ = std::move(other.state_);
    return {};
  }
  ~future() = default;

  /// False when default-constructed, moved from, or its answer has been taken.
  [[nodiscard]] bool valid() const noexcept { return state_ != nullptr; }
  /// True when get() and co_await would return at once.
  [[nodiscard]] bool ready() const noexcept { return state_ == nullptr || state_->ready(); }

  /// Blocks until the answer or the deadline; then the future is empty. For plain threads: inside an actor it
  /// returns errc::unsupported at once and the future keeps its answer. An empty future:
  /// errc::invalid_argument.
  [[nodiscard]] result<R> get() {
    if (state_ == nullptr) return empty();
    if (auto waited = actors::wait_outside(*state_); !waited)
      return tl::unexpected<error>(std::move(waited.error()));
    return std::exchange(state_, nullptr)->take();
  }

  /// Blocks until get() would return at once or `until` has passed (false). Errors: as get(); the future keeps its answer.
  [[nodiscard]] result<bool> wait(deadline until) {
    if (state_ == nullptr) return empty();
    return actors::wait_outside(*state_, until);
  }

  /// Calls the question off: the answer is errc::cancelled, and a question that has not been handled will not be. False:
  /// too late, it has been answered.
  bool cancel() noexcept {
    return state_ != nullptr && state_->fail({errc::cancelled, "the question was called off"});
  }

  /// What co_await does with a named future.
  class awaiter {
   public:
    explicit awaiter(future& of) noexcept : future_(of) {}
    [[nodiscard]] bool await_ready() const noexcept { return future_.ready(); }
    [[nodiscard]] bool await_suspend(std::coroutine_handle<> where) {
      return actors::suspend_current(future_.state_, where);
    }
    [[nodiscard]] result<R> await_resume() {
      if (future_.state_ == nullptr) return empty();
      return std::exchange(future_.state_, nullptr)->take();
    }

   private:
    future& future_;
  };

 private:
  static tl::unexpected<error> empty() {
    return fail(errc::invalid_argument,
                "wait for an answer: this future is empty, its answer was taken before");
  }

  std::shared_ptr<actors::answer_of<R>> state_;
};

}  // namespace troupe
