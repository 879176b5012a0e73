// tests/spawn/loops.hpp - a loop for a test, and a watchdog on it.
// Threads: one.
#pragma once
#include <troupe/spawn/loop.hpp>

#include <tests/spawn/support.hpp>

#include <memory>
#include <utility>

namespace troupe::spawn::test {

inline std::unique_ptr<loop> make_loop() {
  auto made = loop::create();
  EXPECT_TRUE(made) << made.error().message();
  return std::move(*made);
}

/// Stops a loop that would otherwise run for ever, and fails.
inline void bark(loop& events) {
  events.after(watchdog, [&events] {
    ADD_FAILURE() << "the watchdog barked";
    events.stop();
  });
}

}  // namespace troupe::spawn::test
