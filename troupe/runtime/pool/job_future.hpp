// runtime/pool/job_future.hpp - the result of a job, when it comes.
// Threads: a value of one owner; move it between threads as you would a unique_ptr.
#pragma once
#include <troupe/actors/future.hpp>
#include <troupe/actors/promise.hpp>
#include <troupe/base/codec.hpp>
#include <troupe/runtime/jobs/job_failure.hpp>
#include <troupe/runtime/jobs/job_intake.hpp>

#include <coroutine>
#include <cstdint>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

namespace troupe {

namespace runtime {

/// Whoever submitted one job.
class promised_result final : public job_receiver {
 public:
  explicit promised_result(promise<job_answer> to) noexcept : to_(std::move(to)) {}
  void answered(std::uint64_t /*tag*/, job_answer answer) noexcept override {
    static_cast<void>(to_.set(std::move(answer)));
  }

 private:
  promise<job_answer> to_;
};

[[nodiscard]] inline job_failure failure_of(job_error kind, std::string cause) {
  job_failure why;
  why.kind = kind;
  why.cause = std::move(cause);
  return why;
}

template <class T>
[[nodiscard]] job_result<T> decode_output(const bytes& from) {
  auto value = decode<T>(from);
  if (!value) return tl::unexpected(failure_of(job_error::unreadable, value.error().message()));
  return std::move(*value);
}

/// The outputs of a call as what the function returned.
template <class Returned>
struct output_reader {
  static job_result<Returned> read(const packed_outputs& outputs) {
    if (outputs.count != 1)
      return tl::unexpected(
          failure_of(job_error::unreadable,
                     "the job gave " + std::to_string(outputs.count) + " outputs instead of one"));
    return decode_output<Returned>(outputs.payload);
  }
};
template <>
struct output_reader<void> {
  static job_result<void> read(const packed_outputs& /*none*/) { return {}; }
};
template <class T>
struct output_reader<std::optional<T>> {
  static job_result<std::optional<T>> read(const packed_outputs& outputs) {
    if (outputs.count == 0) return std::optional<T>();
    auto value = output_reader<T>::read(outputs);
    if (!value) return tl::unexpected(std::move(value.error()));
    return std::optional<T>(std::move(*value));
  }
};
template <class T>
struct output_reader<std::vector<T>> {
  static job_result<std::vector<T>> read(const packed_outputs& outputs) {
    std::vector<T> all;
    all.reserve(outputs.count);
    for (const auto& each : unpack(outputs)) {
      auto value = decode_output<T>(each);
      if (!value) return tl::unexpected(std::move(value.error()));
      all.push_back(std::move(*value));
    }
    return all;
  }
};

template <class Returned>
[[nodiscard]] job_result<Returned> read_answer(job_answer answer) {
  if (!answer) return tl::unexpected(std::move(answer.error()));
  return output_reader<Returned>::read(*answer);
}
/// An error of the future itself: get() in an actor, or an answer that was taken before.
template <class Returned>
[[nodiscard]] job_result<Returned> read_answer(result<job_answer> answer) {
  if (!answer) {
    if (answer.error().code == errc::cancelled)
      return tl::unexpected(failure_of(job_error::cancelled, "the job was cancelled"));
    return tl::unexpected(failure_of(job_error::refused, answer.error().message()));
  }
  return read_answer<Returned>(std::move(*answer));
}

}  // namespace runtime

/// What submit() returns. Every job is answered, whatever dies: with its result, or with a job_failure. Destroying the
/// future gives up the result, not the job; cancel() gives up both.
/// In an actor: `auto pending = pool.submit(j); auto got = co_await pending;`.
template <class Out>
class [[nodiscard]] job_future {
 public:
  job_future() noexcept = default;
  job_future(future<runtime::job_answer> inner, std::shared_ptr<runtime::job_intake> of,
             std::uint64_t id) noexcept
      : inner_(std::move(inner)), of_(std::move(of)), id_(id) {}
  job_future(job_future&&) noexcept = default;
  job_future& operator=(job_future&& other) & noexcept {
    inner_ = std::move(other.inner_);
    of_ = std::move(other.of_);
    id_ = other.id_;
    return *this;
  }
  ~job_future() = default;

  /// The job's number in its pool, from 1; 0 when the pool has not taken it.
  [[nodiscard]] std::uint64_t id() const noexcept { return id_; }
  /// False when default-constructed, moved from, or its result has been taken.
  [[nodiscard]] bool valid() const noexcept { return inner_.valid(); }
  /// True when get() and co_await would return at once.
  [[nodiscard]] bool ready() const noexcept { return inner_.ready(); }

  /// Blocks until the job is answered; then the future is empty. In an actor it fails at once (refused) and the future
  /// keeps its result.
  [[nodiscard]] job_result<Out> get() { return runtime::read_answer<Out>(inner_.get()); }
  /// Blocks until get() would return at once (true) or `until` has passed. False at once in an actor.
  [[nodiscard]] bool wait(deadline until) {
    const auto waited = inner_.wait(until);
    return waited && *waited;
  }

  /// The result is job_error::cancelled from now on. A job that waits is never run; one that runs is not ended, but
  /// job::cancelled() tells it. False: too late, it has been answered.
  bool cancel() {
    if (!inner_.cancel()) return false;
    if (of_ && id_ != 0) of_->withdraw(id_);
    return true;
  }

  /// What co_await does with a named future.
  class named_awaiter {
   public:
    explicit named_awaiter(job_future& of) noexcept : inner_(of.inner_) {}
    [[nodiscard]] bool await_ready() const noexcept { return inner_.await_ready(); }
    [[nodiscard]] bool await_suspend(std::coroutine_handle<> where) { return inner_.await_suspend(where); }
    [[nodiscard]] job_result<Out> await_resume() { return runtime::read_answer<Out>(inner_.await_resume()); }

   private:
    typename future<runtime::job_answer>::awaiter inner_;
  };

 private:
  future<runtime::job_answer> inner_;
  std::shared_ptr<runtime::job_intake> of_;
  std::uint64_t id_ = 0;
};

}  // namespace troupe
