// spawn/internal/memory_fence.hpp - keeps one child, with what it starts, below a number of bytes and of tasks.
// Threads: one at a time.
#pragma once
#include <troupe/base/clock.hpp>
#include <troupe/spawn/exit_status.hpp>
#include <troupe/spawn/internal/cgroup.hpp>

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace troupe::spawn::internal {

/// How often the memory of a child without a group is looked at.
inline constexpr milliseconds memory_look_period{50};

/// Bytes of resident memory of a process and its descendants, as far as /proc shows them; a page that several
/// share counts for each. 0 when it has ended.
[[nodiscard]] std::size_t resident_with_descendants(pid_t root);

/// A control group where one can be made, else looks at resident memory.
class memory_fence {
 public:
  /// None.
  memory_fence() = default;
  explicit memory_fence(std::size_t limit) : limit_(limit), group_(memory_cgroup::make(limit)) {}
  /// Limits the number of tasks by a control group; false where none can be made for it.
  [[nodiscard]] bool limit_tasks(std::uint64_t limit) {
    if (group_ && group_->version() == memory_guard::cgroup_v2) return group_->limit_tasks(limit);
    tasks_ = memory_cgroup::make_for_tasks(limit);
    return tasks_.has_value();
  }

  [[nodiscard]] memory_guard kind() const noexcept {
    if (limit_ == 0) return memory_guard::none;
    return group_ ? group_->version() : memory_guard::watched;
  }
  [[nodiscard]] int join_fd() const noexcept { return group_ ? group_->procs_fd() : -1; }
  /// Of the group that limits its tasks, unless that is the same one.
  [[nodiscard]] int tasks_fd() const noexcept { return tasks_ ? tasks_->procs_fd() : -1; }
  /// Only where kind() is watched: whether `child` is over the limit now; remembered for verdict().
  [[nodiscard]] bool look(pid_t child) {
    if (kind() == memory_guard::watched && resident_with_descendants(child) > limit_) was_over_ = true;
    return was_over_;
  }
  /// Whether the limit has struck, or in a group of its own somebody else's.
  [[nodiscard]] out_of_memory verdict() const {
    if (was_over_) return out_of_memory::over_limit;
    return group_ ? group_->verdict() : out_of_memory::no;
  }

 private:
  std::size_t limit_ = 0;
  std::optional<memory_cgroup> group_;
  std::optional<memory_cgroup> tasks_;
  bool was_over_ = false;
};

}  // namespace troupe::spawn::internal
