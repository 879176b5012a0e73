// actors/async/semaphore.hpp - permits that coroutines wait for without holding a thread.
// Threads: a value that shares one semaphore; any thread may use it. Plain threads wait with .get().
#pragma once
#include <troupe/actors/actor_system.hpp>
#include <troupe/actors/future.hpp>
#include <troupe/actors/internal/blocking.hpp>
#include <troupe/actors/internal/permits.hpp>
#include <troupe/base/error.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace troupe {

/// The right to be one of so many; given back when it goes.
class permit {
 public:
  permit() noexcept = default;
  permit(std::shared_ptr<actors::permits> of, std::size_t count) noexcept
      : of_(std::move(of)), count_(count) {}
  permit(permit&& other) noexcept : of_(std::move(other.of_)), count_(std::exchange(other.count_, 0)) {}
  permit& operator=(permit&& other) noexcept {
    if (this != &other) {
      give_back();
      of_ = std::move(other.of_);
      count_ = std::exchange(other.count_, 0);
    }
    return *this;
  }
  ~permit() { give_back(); }

  /// 0 when it has been given back.
  [[nodiscard]] std::size_t count() const noexcept { return count_; }
  void give_back() noexcept {
    if (const auto of = std::exchange(of_, nullptr)) of->give(std::exchange(count_, 0));
  }

 private:
  std::shared_ptr<actors::permits> of_;
  std::size_t count_ = 0;
};

/// A counting semaphore. First come, first served. Copies are the same semaphore. It must not be waited for when its
/// system is gone.
class async_semaphore {
 public:
  async_semaphore(actor_system& system, std::size_t permits)
      : core_(&actors::system_access::core_of(system)),
        most_(permits),
        permits_(std::make_shared<actors::permits>(permits)) {}

  /// `auto wait = gate.acquire(); auto mine = co_await wait;` Errors: timed_out, invalid_argument (more than there can
  /// ever be, or none; a negative patience).
  [[nodiscard]] future<permit> acquire(std::size_t count = 1,
                                       nanoseconds patience = actors::default_patience) const {
    auto answer = actors::wait_for<permit>(*core_, "for " + std::to_string(count) + " permits of a semaphore",
                                           patience);
    if (count == 0 || count > most_)
      answer->fail({errc::invalid_argument, "wait for " + std::to_string(count) +
                                                " permits of a semaphore that has " + std::to_string(most_)});
    else
      permits_->claim(std::make_unique<waiter>(permits_, count, answer));
    return future<permit>(std::move(answer));
  }
  /// Nothing when they are not there now, or others wait for some.
  [[nodiscard]] std::optional<permit> try_acquire(std::size_t count = 1) const noexcept {
    if (count == 0 || !permits_->try_take(count)) return std::nullopt;
    return permit(permits_, count);
  }
  [[nodiscard]] std::size_t available() const noexcept { return permits_->free(); }

 private:
  class waiter final : public actors::claimant {
   public:
    waiter(const std::shared_ptr<actors::permits>& of, std::size_t count,
           std::shared_ptr<actors::answer_of<permit>> answer)
        : claimant(count), of_(of), answer_(std::move(answer)) {}
    [[nodiscard]] bool gave_up() const noexcept override {
      return answer_->is_claimed() || answer_.use_count() == 1;
    }
    void granted() noexcept override { answer_->set(permit(of_.lock(), wants)); }

   private:
    const std::weak_ptr<actors::permits> of_;  // it stands in its line; whoever grants holds it
    const std::shared_ptr<actors::answer_of<permit>> answer_;
  };

  actors::core* core_;
  std::size_t most_;
  std::shared_ptr<actors::permits> permits_;
};

}  // namespace troupe
