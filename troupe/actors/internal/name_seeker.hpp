// actors/internal/name_seeker.hpp - one that waits for a name. Apart from names: the public headers see this, and no maps.
// Threads: found() and gave_up() are called by any thread, one at a time.
#pragma once
#include <troupe/actors/internal/cell_ref.hpp>

namespace troupe::actors {

/// Waits for a name.
class name_seeker {
 public:
  name_seeker() = default;
  name_seeker(const name_seeker&) = delete;
  name_seeker& operator=(const name_seeker&) = delete;
  virtual ~name_seeker() = default;
  virtual void found(const cell_ref& who) noexcept = 0;
  /// Nobody waits for it any more.
  [[nodiscard]] virtual bool gave_up() const noexcept = 0;
};

}  // namespace troupe::actors
