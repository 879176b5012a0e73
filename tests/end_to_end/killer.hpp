// tests/end_to_end/killer.hpp - kills what a program has started.
// Threads: one owner.
#pragma once
#include "program.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <random>
#include <stdexcept>
#include <string>

namespace troupe::end_to_end {

/// Kills workers of a program, one after the other, chosen at random.
class killer {
 public:
  explicit killer(program& victim) : victim_(victim) {
    testing::Test::RecordProperty("seed", std::to_string(seed_));
  }

  /// Kills one and waits for its end; false when the program ends first.
  bool strike() {
    const auto until = deadline::after(watchdog);
    while (!victim_.ends_within(milliseconds(0))) {
      if (until.passed()) throw std::runtime_error("no worker was there to be killed\n" + victim_.err());
      const auto workers = workers_of(victim_.id());
      if (!workers.empty()) {
        const stranger worker(workers[random_() % workers.size()]);
        if (state_of(worker.id()) != 'Z' && worker.kill(SIGKILL)) {
          ++kills_;
          return worker.ends_within(watchdog);
        }
      }
      static_cast<void>(victim_.ends_within(milliseconds(1)));
    }
    return false;
  }
  /// A moment that is sometimes none, so that kills fall on starts, on work and on idleness.
  void pause() { static_cast<void>(victim_.ends_within(milliseconds(random_() % 3 * (random_() % 8)))); }
  [[nodiscard]] int kills() const noexcept { return kills_; }

 private:
  program& victim_;
  const unsigned seed_ = std::random_device{}();
  std::mt19937 random_{seed_};
  int kills_ = 0;
};

}  // namespace troupe::end_to_end
