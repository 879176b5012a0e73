// actors/async/mutex.hpp - data that one coroutine at a time may touch, also over its own waits.
// Threads: a value that shares one mutex; any thread may use it. Plain threads wait with .get().
// Source: Rust's std::sync::Mutex (it owns the data, and is poisoned), tokio's (it is held over awaits).
#pragma once
#include <troupe/actors/actor_system.hpp>
#include <troupe/actors/future.hpp>
#include <troupe/actors/internal/blocking.hpp>
#include <troupe/actors/internal/permits.hpp>
#include <troupe/actors/sendable.hpp>
#include <troupe/base/error.hpp>

#include <atomic>
#include <exception>
#include <memory>
#include <utility>

namespace troupe {

/// A mutex that owns what it guards. When an exception goes through whoever holds it, or the actor that holds it is killed
/// or fails while it waits, what it guards may be half-written:
/// the mutex is poisoned, and lock() says so until mend(). First come, first served. Copies are the same mutex.
/// It must not be waited for when its system is gone. An actor usually is the better lock.
template <sendable T>
class async_mutex {
  struct state {
    explicit state(T&& initial) : value(std::move(initial)) {}
    T value;
    std::atomic<bool> poisoned = false;
    actors::permits one{1};
  };

 public:
  /// Holds the mutex; reaches what it guards.
  class guard {
   public:
    guard(guard&& other) noexcept = default;
    guard& operator=(guard&&) = delete;
    ~guard() {
      if (of_ == nullptr) return;
      if (std::uncaught_exceptions() > exceptions_ || actors::is_abandoning())
        of_->poisoned.store(true, std::memory_order_release);
      of_->one.give(1);
    }
    T& operator*() const noexcept { return of_->value; }
    T* operator->() const noexcept { return &of_->value; }

   private:
    friend class async_mutex;
    explicit guard(std::shared_ptr<state> of) noexcept : of_(std::move(of)) {}
    std::shared_ptr<state> of_;
    int exceptions_ = std::uncaught_exceptions();
  };

  async_mutex(actor_system& system, T initial)
      : core_(&actors::system_access::core_of(system)), state_(std::make_shared<state>(std::move(initial))) {}

  /// `auto wait = account.lock(); auto held = co_await wait;` Errors: timed_out, handler_failed (poisoned),
  /// invalid_argument (a negative patience).
  [[nodiscard]] future<guard> lock(nanoseconds patience = actors::default_patience) const {
    auto answer = actors::wait_for<guard>(*core_, "for a mutex", patience);
    state_->one.claim(std::make_unique<waiter>(state_, answer));
    return future<guard>(std::move(answer));
  }
  [[nodiscard]] bool is_poisoned() const noexcept { return state_->poisoned.load(std::memory_order_acquire); }
  /// Nobody may hold it: `repair(T&)` puts it right, and the mutex is as good as new. Errors: busy (somebody holds it, or
  /// waits for it).
  template <class F>
  result<> mend(F&& repair) const {
    if (!state_->one.try_take(1)) return fail(errc::busy, "mend a mutex that somebody holds or waits for");
    const guard held(state_);
    repair(state_->value);
    state_->poisoned.store(false, std::memory_order_release);
    return {};
  }

 private:
  class waiter final : public actors::claimant {
   public:
    waiter(const std::shared_ptr<state>& of, std::shared_ptr<actors::answer_of<guard>> answer)
        : claimant(1), of_(of), answer_(std::move(answer)) {}
    [[nodiscard]] bool gave_up() const noexcept override {
      return answer_->is_claimed() || answer_.use_count() == 1;
    }
    void granted() noexcept override {
      const auto of = of_.lock();
      guard held(of);
      if (of->poisoned.load(std::memory_order_acquire))
        answer_->fail({errc::handler_failed,
                       "lock a mutex that is poisoned: whoever held it failed, and what it guards "
                       "may be half-written"});
      else
        answer_->set(std::move(held));
    }

   private:
    const std::weak_ptr<state> of_;  // it stands in its line; whoever grants holds it
    const std::shared_ptr<actors::answer_of<guard>> answer_;
  };

  actors::core* core_;
  std::shared_ptr<state> state_;
};

}  // namespace troupe
