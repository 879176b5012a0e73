// spawn/internal/sigpipe_guard.hpp - keeps the SIGPIPE that a write of ours causes from being delivered.
// Threads: one per thread and scope, on the stack.
// Source: signal(7), sigtimedwait(2).
#pragma once
#include <cerrno>
#include <csignal>
#include <ctime>

namespace troupe::spawn::internal {

/// A write or splice to a pipe without readers raises SIGPIPE in the writing thread. It is kept blocked there
/// while we write and taken back if we caused it; one that was pending before is left for whoever waits for
/// it. That touches the calling thread's mask only: the disposition belongs to the whole process and so to
/// the host.
class sigpipe_guard {
 public:
  sigpipe_guard() noexcept {
    sigemptyset(&sigpipe_);
    sigaddset(&sigpipe_, SIGPIPE);
    sigset_t before;
    pthread_sigmask(SIG_BLOCK, &sigpipe_, &before);
    was_blocked_ = sigismember(&before, SIGPIPE) == 1;
    if (!was_blocked_) return;  // then none can be pending either: it would have been delivered
    sigset_t pending;
    sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
  }
  ~sigpipe_guard() {
    if (!was_blocked_) pthread_sigmask(SIG_UNBLOCK, &sigpipe_, nullptr);
  }
  sigpipe_guard(const sigpipe_guard&) = delete;
  sigpipe_guard& operator=(const sigpipe_guard&) = delete;

  /// After EPIPE, and after a write that took less than it was given: when the reader goes while a write waits, the kernel
  /// raises the signal and returns what had been taken. Finds nothing when the host ignores SIGPIPE, which is fine.
  void take_back() const noexcept {
    if (was_pending_) return;
    const timespec no_wait{};
    while (sigtimedwait(&sigpipe_, nullptr, &no_wait) < 0 && errno == EINTR) continue;
  }

 private:
  sigset_t sigpipe_;
  bool was_blocked_ = false;
  bool was_pending_ = false;
};

}  // namespace troupe::spawn::internal
