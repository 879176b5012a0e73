// tests/end_to_end/orphanage.hpp - the children of a director that was killed, until the last of them has ended.
// Threads: one owner.
// Source: prctl(2), PR_SET_CHILD_SUBREAPER.
#pragma once
#include "processes.hpp"

#include <sys/prctl.h>
#include <sys/wait.h>

#include <cstddef>
#include <stdexcept>

namespace troupe::end_to_end {

/// While it lives this process is the parent of orphans: of a dead director's workers.
class orphanage {
 public:
  orphanage() {
    if (::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0) throw std::runtime_error("prctl");
    bury_all();  // of earlier tests: a sanitizer's symbolizer outlives the run that it served
  }
  ~orphanage() { ::prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0); }
  orphanage(const orphanage&) = delete;
  orphanage& operator=(const orphanage&) = delete;

  /// Waits for the end of every orphan and buries it; how many there were. Call it when all other children
  /// are reaped.
  static std::size_t bury_all() {
    std::size_t buried = 0;
    for (auto orphans = children_of(::getpid()); !orphans.empty(); orphans = children_of(::getpid())) {
      for (const auto id : orphans) {
        if (!stranger(id).ends_within(watchdog)) throw std::runtime_error("a worker lives on");
        buried += ::waitpid(id, nullptr, 0) == id ? 1 : 0;
      }
    }
    return buried;
  }
};

}  // namespace troupe::end_to_end
