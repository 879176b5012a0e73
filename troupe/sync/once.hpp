// sync/once.hpp - something that is done once, by whichever thread comes first.
// Threads: any.
// Source: std::sync::Once of Rust.
#pragma once
#include <troupe/base/error.hpp>
#include <troupe/sync/internal/futex.hpp>

#include <concepts>
#include <cstdint>
#include <utility>

namespace troupe::sync {

/// When call() has returned without an error the function has run to its end, here or in another thread, and
/// what it wrote is seen. One that throws poisons: later calls are refused, until call_anyway() mends it. A
/// call of the same once from within its function waits for ever.
class once {
 public:
  once() = default;
  once(const once&) = delete;
  once& operator=(const once&) = delete;

  /// Blocks while another thread runs its function. Errors: poisoned (an earlier function threw; this one was
  /// not called). What `work` throws passes through.
  template <std::invocable Work>
  [[nodiscard]] result<> call(Work&& work) {
    if (is_done()) return {};
    switch (begin(false)) {
      case turn::done:
        return {};
      case turn::poisoned:
        return fail(errc::poisoned, "do once what an earlier attempt has left by an exception");
      default:
        break;
    }
    attempt mine(*this);
    std::forward<Work>(work)();
    mine.succeeded();
    return {};
  }

  /// The same, but after one that threw `work` is called, and told: work(true).
  template <std::invocable<bool> Work>
  void call_anyway(Work&& work) {
    if (is_done()) return;
    const turn mine_is = begin(true);
    if (mine_is == turn::done) return;
    attempt mine(*this);
    std::forward<Work>(work)(mine_is == turn::mine_after_poison);
    mine.succeeded();
  }

  [[nodiscard]] bool is_done() const noexcept { return state_.load(std::memory_order_acquire) == done; }
  [[nodiscard]] bool is_poisoned() const noexcept { return state_.load(std::memory_order_acquire) == torn; }

 private:
  static constexpr std::uint32_t fresh = 0, running = 1, awaited = 2, done = 3, torn = 4;
  enum class turn : std::uint8_t { mine, mine_after_poison, done, poisoned };

  /// Ends the turn, by an exception unless succeeded() was said.
  class attempt {
   public:
    explicit attempt(once& of) noexcept : of_(of) {}
    ~attempt() { of_.end(outcome_); }
    attempt(const attempt&) = delete;
    attempt& operator=(const attempt&) = delete;
    void succeeded() noexcept { outcome_ = done; }

   private:
    once& of_;
    std::uint32_t outcome_ = torn;
  };

  turn begin(bool even_if_poisoned) noexcept;
  void end(std::uint32_t outcome) noexcept;

  internal::futex_word state_ = fresh;
};

}  // namespace troupe::sync
