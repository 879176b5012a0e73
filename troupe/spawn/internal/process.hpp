// spawn/internal/process.hpp - the pidfd of one child: signalling, group kill, reaping exactly once.
// Threads: every function may be called from any thread. Source: pidfd_send_signal(2), waitid(2),
// getrusage(2).
#pragma once
#include <troupe/base/error.hpp>
#include <troupe/base/unique_fd.hpp>
#include <troupe/spawn/exit_status.hpp>

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>

namespace troupe::spawn::internal {

/// The machine's count of out-of-memory kills since boot; 0 when it cannot be read.
[[nodiscard]] std::uint64_t count_oom_kills();

/// One child of this process, from its birth to its reaping. The object does nothing to the child on
/// destruction.
class process {
 public:
  enum class patience : std::uint8_t { none, unlimited };

  /// To be made right after the exec. `oom_kills_before` is count_oom_kills() from before the clone.
  process(pid_t id, unique_fd pidfd, bool has_own_group, std::uint64_t oom_kills_before);

  [[nodiscard]] pid_t id() const noexcept { return id_; }
  [[nodiscard]] int pidfd() const noexcept { return pidfd_.get(); }
  [[nodiscard]] bool has_ended() const noexcept { return ended_; }

  [[nodiscard]] result<> signal(int number);
  void kill() noexcept;
  void kill_group() noexcept;

  /// What is left of the group is killed before the leader is reaped. nullopt: still running
  /// (patience::none).
  [[nodiscard]] std::optional<exit_report> reap(patience how);

 private:
  bool kill_group_by_pidfd() const noexcept;
  exit_report reap_zombie();
  void close_books(exit_report report);

  const pid_t id_;
  const unique_fd pidfd_;
  const bool has_own_group_;
  const std::uint64_t oom_kills_before_;
  const long parent_peak_kib_;
  std::atomic<bool> killed_by_us_{false};
  std::atomic<bool> ended_{false};
  std::mutex mutex_;                   // held from the group's kill to the leader's reaping
  std::optional<exit_report> report_;  // under mutex_
};

}  // namespace troupe::spawn::internal
