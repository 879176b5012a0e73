// spawn/guard.hpp - children for threads that start and wait for them themselves, and that end with this process.
// Threads: spawn() from any; start() and the destructor by the owner.
// Source: prctl(2) PR_SET_PDEATHSIG (follows the creating thread).
#pragma once
#include <troupe/base/error.hpp>
#include <troupe/spawn/child.hpp>
#include <troupe/spawn/command.hpp>

#include <memory>
#include <mutex>

namespace troupe::spawn {

namespace internal {
class warden;
}

/// What a spawner promises of its children, without its loop and its thread: should this process be killed, they end with all
/// that stayed in their groups. For a thread that has one child at a time and nothing else to do than to wait for it.
class guard {
 public:
  /// Starts a warden. Errors: exhausted; permission_denied where programs may not be run from memory (vm.memfd_noexec).
  [[nodiscard]] static result<std::unique_ptr<guard>> start();
  /// Caveat: groups of children that still run are watched by nobody any more: end them before.
  ~guard();
  guard(const guard&) = delete;
  guard& operator=(const guard&) = delete;

  /// As command::spawn(), on the caller's thread; the child ends with that thread at the latest. A command that chose no group
  /// gets a session of its own, one that chose no death signal gets SIGKILL. A warden that somebody has killed is started
  /// again. Reports suspect no OOM killer. Errors besides: exhausted (65,536 children at once, or no new warden).
  [[nodiscard]] result<child> spawn(command what);

 private:
  explicit guard(std::unique_ptr<internal::warden> what) noexcept;
  [[nodiscard]] result<> look_at_warden();

  std::mutex mutex_;  // for a warden that is started again
  const std::unique_ptr<internal::warden> warden_;
};

}  // namespace troupe::spawn
