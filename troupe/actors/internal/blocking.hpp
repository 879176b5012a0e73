// actors/internal/blocking.hpp - a call that blocks, as a question to a pool of threads.
// Threads: any.
#pragma once
#include <troupe/actors/future.hpp>
#include <troupe/actors/internal/answer.hpp>
#include <troupe/actors/internal/blocking_call.hpp>
#include <troupe/actors/internal/job.hpp>
#include <troupe/actors/promise.hpp>
#include <troupe/base/clock.hpp>
#include <troupe/base/error.hpp>

#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>

namespace troupe::actors {

/// Its failure, or its dropping, is known to whoever waits for the call.
void run_blocking(core& system, std::unique_ptr<blocking_call> what,
                  const std::shared_ptr<answer_state>& answer);
[[nodiscard]] patience patience_in(core& system, nanoseconds length) noexcept;
[[nodiscard]] error negative_patience(std::string_view subject, nanoseconds length);

/// The answer of what is waited for `length`: "for a mutex". A negative one has failed already: invalid_argument.
template <class R>
[[nodiscard]] std::shared_ptr<answer_of<R>> wait_for(core& system, std::string_view subject,
                                                     nanoseconds length) {
  auto answer = std::make_shared<answer_of<R>>(patience_in(system, length));
  answer->note_subject(subject);
  if (length < nanoseconds::zero()) answer->fail(negative_patience(subject, length));
  return answer;
}

/// T for a function that returns T or result<T>.
template <class Returned>
struct reply_of_call {
  using type = Returned;
};
template <class T>
struct reply_of_call<result<T>> {
  using type = T;
};

template <class F>
class call_of final : public blocking_call {
 public:
  using returned = std::invoke_result_t<F&>;
  using reply = typename reply_of_call<returned>::type;
  call_of(F&& call, std::shared_ptr<answer_of<reply>> answer)
      : call_(std::move(call)), answer_(std::move(answer)) {}

  void run() noexcept override {
    if (!answer_.wanted()) return;
    try {
      if constexpr (std::is_void_v<returned>) {
        call_();
        answer_.set({});
      } else {
        answer_.set(call_());
      }
    } catch (...) {
      answer_.fail({errc::handler_failed, "run a blocking call: " + current_exception_text()});
    }
  }

 private:
  F call_;
  promise<reply> answer_;
};

template <class F>
[[nodiscard]] auto call_blocking(core& system, F&& call, nanoseconds length) {
  using type = call_of<std::remove_cvref_t<F>>;
  auto answer = wait_for<typename type::reply>(system, "for a blocking call", length);
  if (!answer->is_claimed()) run_blocking(system, std::make_unique<type>(std::move(call), answer), answer);
  return future<typename type::reply>(std::move(answer));
}

}  // namespace troupe::actors
