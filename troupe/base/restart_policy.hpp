// base/restart_policy.hpp - whether and when something that ended is started again: values and one pure
// function.
// Threads: plain values.
// Source: Erlang/OTP supervisor (intensity and period), systemd.service (Restart=).
#pragma once
#include <troupe/base/clock.hpp>

#include <cstdint>
#include <vector>

namespace troupe {

enum class restart_when : std::uint8_t { always, on_failure, never };

struct restart_options {
  restart_when policy = restart_when::on_failure;
  unsigned burst = 5;           // counted deaths inside `window` that are tolerated; one more gives up
  milliseconds window{10'000};  // over which deaths are counted
  milliseconds delay{100};  // before the restart after the first counted death; doubles with each next one
  milliseconds max_delay{30'000};  // the delay never grows over this
  friend bool operator==(const restart_options&, const restart_options&) = default;
};

/// What is remembered about one child between its deaths. Starts empty.
struct restart_history {
  std::vector<steady::time_point> counted;  // the counted deaths inside the window, oldest first
  unsigned consecutive =
      0;  // counted deaths since the last one that did not count, or that lived for a window
  steady::time_point restarted{};  // when the child was to be started again after the last counted death
  friend bool operator==(const restart_history&, const restart_history&) = default;
};

/// One ending of the child.
struct restart_event {
  steady::time_point now;
  bool failed = true;     // false: it ended as it should (exit 0, a normal stop)
  bool did_work = false;  // it completed something since it started
  bool charged = false;   // the death was charged to an item it was running
  double random = 0.5;    // in [0, 1), for the jitter: pass a fresh one each time
};

enum class restart_verdict : std::uint8_t {
  restart,   // start it again after `after`
  give_up,   // it died too often: escalate
  stay_down  // it is done
};

struct restart_decision {
  restart_verdict verdict = restart_verdict::stay_down;
  nanoseconds after{0};  // for restart: 0, or the delay times 0.5 … 1.0
  restart_history history;
};

/// Rules, in this order:
/// - never: stays down; on_failure and not failed: stays down.
/// - It ended well (always), did work since it started, or the death was charged to an item: restarts at
/// once, counts
///   nothing, and the delay starts over.
/// - Else the death counts: more than `burst` inside `window` gives up, and so do more than `burst` in a row of children
///   that lived less than `window` each: the delays would carry them out of the window, and it would go on for ever.
///   Else it restarts after the delay, doubled per death in a row up to max_delay, times a jitter of 0.5 … 1.0.
[[nodiscard]] restart_decision decide_restart(const restart_options& options, restart_history history,
                                              const restart_event& event);

}  // namespace troupe
