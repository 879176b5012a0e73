// spawn/internal/process.hpp - the pidfd of one child: signalling, group kill, reaping exactly once.
// Threads: every function may be called from any thread.
// Source: pidfd_send_signal(2), waitid(2), getrusage(2).
#pragma once
#include <troupe/base/clock.hpp>
#include <troupe/base/error.hpp>
#include <troupe/base/unique_fd.hpp>
#include <troupe/spawn/exit_status.hpp>
#include <troupe/spawn/internal/memory_fence.hpp>
#include <troupe/spawn/internal/warden.hpp>

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>

namespace troupe::spawn::internal {

/// The count of out-of-memory kills in our own memory group, where there is none the machine's; nullopt when it cannot
/// be read.
[[nodiscard]] std::optional<std::uint64_t> count_oom_kills();

/// Whose group a child is in.
enum class process_group : std::uint8_t { parents, own };

/// What a child is tied to from its birth to its reaping.
struct process_ties {
  std::optional<std::uint64_t> oom_kills_before;  // count_oom_kills() from before the clone
  warden_slot slot;
  memory_fence memory;
};

/// One child of this process, from its birth to its reaping. The object does nothing to the child on
/// destruction.
class process {
 public:
  enum class patience : std::uint8_t { none, unlimited };

  /// To be made right after the exec.
  process(pid_t id, unique_fd pidfd, process_group group, process_ties ties);

  [[nodiscard]] pid_t id() const noexcept { return id_; }
  [[nodiscard]] int pidfd() const noexcept { return pidfd_.get(); }
  [[nodiscard]] bool has_ended() const noexcept { return ended_; }

  /// Whether we are a forked copy of the process that spawned it, whose child it is not.
  [[nodiscard]] bool is_somebody_elses() const noexcept;
  [[nodiscard]] memory_guard guard() const noexcept { return guard_; }

  [[nodiscard]] result<> signal(int number);
  [[nodiscard]] result<> signal_group(int number);
  void kill() noexcept;
  void kill_group() noexcept;

  /// Kills the group when its memory has to be looked at and is over the limit.
  void look_at_memory();
  /// Waits for the end, looking at the memory meanwhile where that is needed; false when `until` passed
  /// first.
  [[nodiscard]] bool await_end(deadline until);
  /// What is left of the group is killed before the leader is reaped. nullopt: still running
  /// (patience::none).
  [[nodiscard]] std::optional<exit_report> reap(patience how);

 private:
  result<> send_to_group(int number) noexcept;
  exit_report reap_zombie();
  void close_books(exit_report report);

  const pid_t id_;
  const unique_fd pidfd_;
  const pid_t parent_;
  const process_group group_;
  const memory_guard guard_;
  const long parent_peak_kib_;
  std::atomic<bool> killed_by_us_{false};
  std::atomic<bool> ended_{false};
  std::mutex mutex_;                   // held from the group's kill to the leader's reaping
  std::optional<exit_report> report_;  // under mutex_
  process_ties ties_;                  // under mutex_; given up with the reaping
};

}  // namespace troupe::spawn::internal
