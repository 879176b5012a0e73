// tests/spawn/orphans.hpp - being the parent of whatever a killed program leaves behind, and waiting for its
// end.
// Threads: one; SIGCHLD is blocked in it meanwhile.
// Source: prctl(2) PR_SET_CHILD_SUBREAPER, sigtimedwait(2).
#pragma once
#include <sys/prctl.h>
#include <sys/wait.h>
#include <tests/spawn/support.hpp>

#include <cerrno>
#include <csignal>
#include <ctime>
#include <map>
#include <optional>

namespace troupe::spawn::test {

/// While it lives, orphans among our descendants become our children.
class orphanage {
 public:
  orphanage() {
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    pthread_sigmask(SIG_BLOCK, &set, &before_);
  }
  ~orphanage() {
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    prctl(PR_SET_CHILD_SUBREAPER, 0);
  }
  orphanage(const orphanage&) = delete;
  orphanage& operator=(const orphanage&) = delete;

  /// Waits until we have no child at all, the orphans that come meanwhile included: how each ended, by its
  /// id. nullopt when the watchdog barked: somebody lives on. To be called when all handles of children are
  /// gone.
  static std::optional<std::map<pid_t, exit_status>> bury_all() {
    std::map<pid_t, exit_status> buried;
    const auto until = deadline::after(watchdog);
    for (;;) {
      siginfo_t info{};
      if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG) != 0 && errno == ECHILD) return buried;
      if (info.si_pid != 0) {
        buried.emplace(info.si_pid, exit_status::of_siginfo(info.si_code, info.si_status));
        continue;
      }
      if (until.passed()) return std::nullopt;
      sigset_t death;
      sigemptyset(&death);
      sigaddset(&death, SIGCHLD);
      const timespec look_again{1, 0};  // another thread may have been handed the signal
      sigtimedwait(&death, nullptr, &look_again);
    }
  }

 private:
  sigset_t before_{};
};

}  // namespace troupe::spawn::test
