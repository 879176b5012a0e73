// base/internal/nanosecond_count.hpp - durations of any period as whole nanoseconds in 64 bits, without
// overflow.
// Threads: plain functions. For codec and JSON: duration_cast is undefined where the product does not fit.
#pragma once
#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>
#include <ratio>
#include <type_traits>
#include <utility>

namespace troupe::internal {

/// Nanoseconds per tick; `whole` when that is an integer.
template <class Duration>
struct tick {
  using ratio = std::ratio_divide<typename Duration::period, std::nano>;
  static constexpr bool whole = ratio::den == 1;
  static constexpr double nanoseconds = static_cast<double>(ratio::num) / static_cast<double>(ratio::den);
};

/// A whole number of nanoseconds per tick, or a floating-point number of ticks.
template <class Duration>
concept countable_duration = tick<Duration>::whole || std::is_floating_point_v<typename Duration::rep>;

/// What is beyond ±2^63 ns (292 years) is cut to that; not a number is 0. Ticks in floating point are rounded to the
/// nearest nanosecond: cut off, 15 ns in seconds would become 14, and less with each further process on its way.
template <countable_duration Duration>
[[nodiscard]] std::int64_t nanosecond_count(Duration duration) {
  using limits = std::numeric_limits<std::int64_t>;
  const auto count = duration.count();
  if constexpr (std::is_floating_point_v<typename Duration::rep>) {
    const double exact = static_cast<double>(count) * tick<Duration>::nanoseconds;
    if (exact >= 0x1p63) return limits::max();
    if (exact < -0x1p63) return limits::min();
    return exact == exact ? static_cast<std::int64_t>(std::round(exact)) : 0;
  } else {
    constexpr std::int64_t each = tick<Duration>::ratio::num;
    if (std::cmp_greater(count, limits::max() / each)) return limits::max();
    if (std::cmp_less(count, limits::min() / each)) return limits::min();
    return static_cast<std::int64_t>(count) * each;
  }
}

/// False when the count does not fit into the type's number; rounds towards zero.
template <countable_duration Duration>
[[nodiscard]] bool set_nanoseconds(Duration& duration, std::int64_t nanoseconds) {
  using rep = typename Duration::rep;
  if constexpr (std::is_floating_point_v<rep>) {
    duration = Duration(static_cast<rep>(static_cast<double>(nanoseconds) / tick<Duration>::nanoseconds));
    return true;
  } else {
    const std::int64_t count = nanoseconds / tick<Duration>::ratio::num;
    if (!std::in_range<rep>(count)) return false;
    duration = Duration(static_cast<rep>(count));
    return true;
  }
}

}  // namespace troupe::internal
