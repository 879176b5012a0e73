// actors/promise.hpp - an answer that is given later, perhaps by somebody else.
// Threads: a value of one owner; it may be moved to any thread or into a message.
#pragma once
#include <troupe/actors/future.hpp>
#include <troupe/actors/internal/answer.hpp>
#include <troupe/base/error.hpp>

#include <memory>
#include <utility>

namespace troupe {

/// The duty to answer a question. A handler that takes it as its second parameter need not answer when it returns:
///
///   void operator()(buy b, troupe::promise<std::optional<stock>> answer);
///
/// The promise may be kept, or moved into a message to whoever knows. Dropping it unanswered answers with
/// errc::closed. Empty when moved from, and for a message that was sent and not asked: answering that is no error, there
/// is nobody to tell.
template <class R>
class promise {
 public:
  promise() noexcept = default;
  explicit promise(std::shared_ptr<actors::answer_of<R>> state) noexcept : state_(std::move(state)) {}
  promise(promise&&) noexcept = default;
  promise& operator=(promise&& other) noexcept {
    if (this != &other) {
      drop();
      state_ = std::move(other.state_);
      given_ = other.given_;
    }
    return *this;
  }
  ~promise() { drop(); }

  /// False when nobody waits any more: the deadline has passed, the question was called off or sent as a plain
  /// message, or it has been answered. What the answer would cost may be saved then.
  [[nodiscard]] bool wanted() const noexcept { return state_ != nullptr && !state_->is_claimed(); }

  /// Answers. An answer that comes after the deadline is dropped without an error. Errors: invalid_argument when
  /// this promise has answered before.
  result<> set(result<R> reply) {
    if (given_) return fail_twice();
    given_ = true;
    if (const auto state = std::exchange(state_, nullptr)) state->set(std::move(reply));
    return {};
  }
  /// The same with an error.
  result<> fail(error why) { return set(tl::unexpected<error>(std::move(why))); }

 private:
  static tl::unexpected<error> fail_twice() {
    return troupe::fail(errc::invalid_argument,
                        "answer a question: this promise has given its answer before");
  }
  void drop() noexcept {
    if (const auto state = std::exchange(state_, nullptr))
      state->fail({errc::closed, "the promise to answer was dropped"});
  }

  std::shared_ptr<actors::answer_of<R>> state_;
  bool given_ = false;
};

/// The two ends of an answer that plain code gives, whichever thread it runs on: nobody asked an actor, and no deadline ends
/// the wait. The future is awaited in actors of any system.
template <class R>
[[nodiscard]] std::pair<promise<R>, future<R>> promise_and_future() {
  auto state = std::make_shared<actors::answer_of<R>>(actors::patience{nullptr, steady::time_point::max()});
  return {promise<R>(state), future<R>(state)};
}

}  // namespace troupe
