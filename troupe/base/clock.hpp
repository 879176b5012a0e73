// base/clock.hpp - the monotonic clock and deadlines on it.
// Threads: plain values.
// Source: CLOCK_MONOTONIC, clock_gettime(2): the same in every process of a machine.
#pragma once
#include <chrono>
#include <compare>
#include <cstdint>

namespace troupe {

using steady = std::chrono::steady_clock;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

/// Nanoseconds of CLOCK_MONOTONIC; comparable between processes of one machine.
[[nodiscard]] inline std::uint64_t monotonic_ns() noexcept {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<nanoseconds>(steady::now().time_since_epoch()).count());
}

/// A moment on the monotonic clock at which patience ends; never() waits for ever.
class deadline {
 public:
  [[nodiscard]] static deadline after(nanoseconds patience) noexcept {
    const auto now = steady::now();
    if (patience < nanoseconds(0)) return deadline(now);
    return deadline(patience > steady::time_point::max() - now ? steady::time_point::max() : now + patience);
  }
  [[nodiscard]] static deadline never() noexcept { return deadline(steady::time_point::max()); }
  [[nodiscard]] static deadline at(steady::time_point when) noexcept { return deadline(when); }

  [[nodiscard]] bool is_never() const noexcept { return when_ == steady::time_point::max(); }
  [[nodiscard]] bool passed() const noexcept { return !is_never() && steady::now() >= when_; }
  [[nodiscard]] steady::time_point when() const noexcept { return when_; }
  /// What is left, 0 when passed.
  [[nodiscard]] nanoseconds left() const noexcept {
    if (is_never()) return nanoseconds::max();
    const nanoseconds left = when_ - steady::now();
    return left < nanoseconds(0) ? nanoseconds(0) : left;
  }
  friend auto operator<=>(const deadline&, const deadline&) = default;

  /// For poll(2) and epoll_wait(2): milliseconds rounded up, -1 for never.
  [[nodiscard]] int poll_ms() const noexcept {
    if (is_never()) return -1;
    const auto ms = (left().count() + 999'999) / 1'000'000;
    return ms < 1'000'000'000 ? static_cast<int>(ms) : 1'000'000'000;
  }

 private:
  explicit deadline(steady::time_point when) noexcept : when_(when) {}
  steady::time_point when_;
};

}  // namespace troupe
