// sync/barrier.hpp - a point that threads pass together.
// Threads: any.
// Source: std::sync::Barrier of Rust.
#pragma once
#include <troupe/base/clock.hpp>
#include <troupe/base/error.hpp>
#include <troupe/sync/internal/futex.hpp>
#include <troupe/sync/internal/raw_lock.hpp>

#include <cstdint>

namespace troupe::sync {

/// How one thread has passed: of each generation exactly one is the leader, the one that came last.
struct passage {
  bool leader = false;
  std::uint64_t generation = 0;  // from 0
};

/// For `parties` threads (0 is taken as 1), again and again. A thread that never comes holds up the others for
/// ever: wait_until finds that out. Destroy it when all have passed.
class barrier {
 public:
  explicit barrier(std::uint32_t parties) noexcept : parties_(parties == 0 ? 1 : parties) {}
  barrier(const barrier&) = delete;
  barrier& operator=(const barrier&) = delete;

  /// Blocks until `parties` threads wait, then lets them pass. All that one wrote before, the others see.
  passage wait() noexcept;
  /// timed_out: not all came in time; this thread no longer counts as one that waits.
  [[nodiscard]] result<passage> wait_until(deadline until);

 private:
  struct arrival {
    passage as;
    std::uint32_t round = 0;  // what round_ held
  };
  arrival arrive() noexcept;

  internal::raw_lock lock_;
  const std::uint32_t parties_;
  std::uint32_t here_ = 0;          // under lock_
  std::uint64_t generation_ = 0;    // under lock_
  internal::futex_word round_ = 0;  // the generation's lower half
};

}  // namespace troupe::sync
