// actors/internal/blocking_call.hpp - one call that may block. Apart from the pool that runs it: the public headers see
// this, and no threads.
// Threads: made on any, run on one of the pool's.
#pragma once

namespace troupe::actors {

/// One call. Destroyed without run() when the pool closes first: it tells its caller.
class blocking_call {
 public:
  blocking_call() = default;
  blocking_call(const blocking_call&) = delete;
  blocking_call& operator=(const blocking_call&) = delete;
  virtual ~blocking_call() = default;
  virtual void run() noexcept = 0;
};

}  // namespace troupe::actors
