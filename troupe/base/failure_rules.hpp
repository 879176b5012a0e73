// base/failure_rules.hpp - what follows from an item that failed.
// Threads: plain values.
#pragma once
#include <cstdint>

namespace troupe {

/// Which failures of an item are worth another attempt; the others give it up at once.
struct retry_rules {
  bool crash = true;    // its worker died while it ran
  bool timeout = true;  // it ran longer than the stage's timeout
  bool error = false;   // the stage threw
  friend bool operator==(const retry_rules&, const retry_rules&) = default;
};

/// What an item that is given up means for the others.
enum class after_quarantine : std::uint8_t {
  go_on,  // nothing
  stop    // no more input is begun; what is under way is finished, then the run ends
};

}  // namespace troupe
