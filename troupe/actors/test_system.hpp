// actors/test_system.hpp - an actor system for tests: one thread, virtual time, a seed for the order.
// Threads: one; everything runs inside step() and its callers.
#pragma once
#include <troupe/actors/actor_system.hpp>
#include <troupe/base/clock.hpp>
#include <troupe/base/log.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace troupe {

namespace actors {
class stepped_executor;
}

/// Runs actors deterministically: of those that have something to do, the seed picks the next one, and it
/// handles one message. The same seed and the same program give the same trace. Time stands still until
/// advance(). future::get() and wait_ended() called by the test step the system (and its clock, up to their
/// deadlines).
class test_system {
 public:
  explicit test_system(std::uint64_t seed = 1, logger log = {});
  ~test_system();
  test_system(const test_system&) = delete;
  test_system& operator=(const test_system&) = delete;

  [[nodiscard]] actor_system& system() noexcept { return *system_; }
  template <class Actor, class... Args>
  address_of<Actor> spawn(spawn_options options, Args&&... args) {
    return system_->spawn<Actor>(std::move(options), std::forward<Args>(args)...);
  }
  template <class Actor>
  address_of<Actor> spawn() {
    return system_->spawn<Actor>();
  }

  /// One actor takes one turn: one message, one resumed handler, or its end. False: nobody has anything to
  /// do.
  bool step();
  /// Steps until nobody has anything to do; the number of turns. Stops after `limit` turns, for actors that
  /// never rest.
  std::size_t run_until_idle(std::size_t limit = 1'000'000);
  /// Steps, and lets up to `patience` pass, until `is_so`, which is asked between two turns. False: it never was.
  bool run_until(const std::function<bool()>& is_so, nanoseconds patience);
  /// Lets `by` pass: what falls due is sent in order of time, and the actors run until idle after each
  /// moment. A negative time: std::invalid_argument, here and in run_until().
  void advance(nanoseconds by);
  /// Virtual time since the start.
  [[nodiscard]] nanoseconds elapsed() const noexcept;
  /// "name#id" of the actor for each turn so far, in order; then what it took: " hello", " stop", …
  [[nodiscard]] const std::vector<std::string>& trace() const noexcept;

 private:
  actors::stepped_executor* executor_;  // owned by system_
  std::unique_ptr<actor_system> system_;
};

}  // namespace troupe
