// runtime/delivery/checkpoint_pace.hpp - when a slot writes its next checkpoint: soon, but not all the time.
// Threads: a value owned by one actor. Time is what its owner says.
// Source: docs/delivery.md, "Slots".
#pragma once
#include <algorithm>
#include <cstdint>

namespace troupe::runtime {

/// What a slot has to answer for since the last one.
struct checkpoint_need {
  std::uint64_t items = 0;  // taken, and outputs that wait
  std::uint64_t bytes = 0;
  bool idle = false;  // nothing else is to be done
};

class checkpoint_pace {
 public:
  static constexpr std::uint64_t most_items = 16'384;
  static constexpr std::uint64_t most_bytes = 8U << 20U;
  static constexpr std::uint64_t most_ns = 50'000'000;
  /// Who is idle waits less: somebody may wait for what was made.
  static constexpr std::uint64_t idle_ns = 2'000'000;
  /// For each ns of writing so many of something else: large states are written more rarely.
  static constexpr std::uint64_t rest = 9;

  /// In how many ns from `now`, at the earliest; 0: at once. `need.items` is not 0.
  [[nodiscard]] std::uint64_t due_in(const checkpoint_need& need, std::uint64_t now) noexcept {
    if (since_ == 0) since_ = now;
    const bool much = need.items >= most_items || need.bytes >= most_bytes;
    const auto at = std::max(rested_, much ? since_ : since_ + (need.idle ? idle_ns : most_ns));
    return at > now ? at - now : 0;
  }
  /// One was written from `began` to `now`.
  void written(std::uint64_t began, std::uint64_t now) noexcept {
    since_ = 0;
    rested_ = now + rest * (now - began);
  }

 private:
  std::uint64_t since_ = 0;   // there is a need; 0: there is none
  std::uint64_t rested_ = 0;  // not before that
};

}  // namespace troupe::runtime
