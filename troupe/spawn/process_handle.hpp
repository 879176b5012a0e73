// spawn/process_handle.hpp - signalling and watching a process that is not a child, without hitting a
// stranger.
// Threads: any thread may call any function beside others, but for moving and destruction.
// Source: pidfd_open(2), pidfd_send_signal(2).
#pragma once
#include <troupe/base/clock.hpp>
#include <troupe/base/error.hpp>
#include <troupe/base/unique_fd.hpp>
#include <troupe/spawn/processes.hpp>

#include <utility>

namespace troupe::spawn {

/// Some process of the machine. Owns a pidfd, which names that process and never a later one of the same
/// number; move-only. Destroying it does nothing to the process.
/// Caveat: it cannot tell how the process ended, that is its parent's to know.
class process_handle {
 public:
  /// The pidfd is opened first and the start time compared then, so that what was compared is what is held.
  /// A zombie can be opened. Errors: not_found (it has ended and been reaped, or the number is another
  /// process's by now), invalid_argument (an id below 1), those of inspect().
  [[nodiscard]] static result<process_handle> open(process_key which);

  [[nodiscard]] process_key key() const noexcept { return key_; }
  /// Readable once the process has ended. Owned by the handle.
  [[nodiscard]] int pidfd() const noexcept { return pidfd_.get(); }

  /// Sends a signal; 0 only asks whether it could be sent. A zombie takes any without effect.
  /// Errors: not_found (it has ended and been reaped), permission_denied, invalid_argument (no such signal).
  [[nodiscard]] result<> signal(int number);
  /// True once all its threads have ended, reaped or not. Does not wait.
  [[nodiscard]] bool has_ended() const noexcept;
  /// Waits for the end; false when the deadline passed first.
  [[nodiscard]] result<bool> wait_until(deadline until) const;

 private:
  process_handle(process_key key, unique_fd pidfd) noexcept : key_(key), pidfd_(std::move(pidfd)) {}

  process_key key_;
  unique_fd pidfd_;
};

/// Opens a handle, signals, closes it. Errors: those of process_handle::open and signal.
[[nodiscard]] result<> signal_process(process_key which, int number);

}  // namespace troupe::spawn
