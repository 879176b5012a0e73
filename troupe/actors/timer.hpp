// actors/timer.hpp - a message that comes later, and the right to call it off.
// Threads: a value; any thread may cancel.
#pragma once
#include <troupe/base/clock.hpp>

#include <cstdint>
#include <memory>
#include <utility>

namespace troupe {

namespace actors {
class timer_queue;
}

/// What context::after returns. Dropping it leaves the timer running. It may outlive its system.
class timer {
 public:
  timer() noexcept = default;
  timer(std::weak_ptr<actors::timer_queue> queue, steady::time_point when, std::uint64_t number) noexcept
      : queue_(std::move(queue)), when_(when), number_(number) {}

  /// True: the message will not come. False: it has been sent already (and may still be in the mailbox), its
  /// actor has ended, or there never was a timer.
  bool cancel() noexcept;

 private:
  std::weak_ptr<actors::timer_queue> queue_;
  steady::time_point when_{};
  std::uint64_t number_ = 0;
};

}  // namespace troupe
