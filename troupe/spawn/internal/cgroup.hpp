// spawn/internal/cgroup.hpp - a control group for one child's memory or tasks, where this process may make one.
// Threads: a group belongs to one thread at a time.
// Source: cgroups(7); the kernel's cgroup-v1/memory and cgroup-v2.
#pragma once
#include <troupe/base/clock.hpp>
#include <troupe/base/unique_fd.hpp>
#include <troupe/spawn/exit_status.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::spawn::internal {

/// A directory of the cgroup file system in which a group may be tried.
struct cgroup_home {
  memory_guard version = memory_guard::none;
  std::string directory;
  friend bool operator==(const cgroup_home&, const cgroup_home&) = default;
};

/// What a group limits: memory in bytes, or the number of processes and threads.
enum class controller : std::uint8_t { memory, pids };

/// Where this process could make a group, best first, from the texts of /proc/self/cgroup and
/// /proc/self/mountinfo: version 2 below our own group, beside it (our own may not have both processes and a
/// divided memory; make() passes it over when our own has a limit, which it would escape), version 1.
[[nodiscard]] std::vector<cgroup_home> memory_homes(std::string_view self_cgroup, std::string_view mountinfo);
/// The same for any controller.
[[nodiscard]] std::vector<cgroup_home> homes_of(controller what, std::string_view self_cgroup,
                                                std::string_view mountinfo);

/// The file whose line "oom_kill" counts the out-of-memory kills nearest to us: in our own group (without the groups
/// below), else /proc/vmstat's, those of the whole machine.
[[nodiscard]] std::string own_oom_file(const std::vector<cgroup_home>& homes);

/// One group, empty until a process writes "0" into procs_fd(). The destructor removes it, or leaves that to
/// remove_busy_groups(); while processes are in it that have left their leader's group, it stays: the first make() there after
/// this process's end removes it.
class memory_cgroup {
 public:
  /// Of at most `limit` bytes, swap included where the kernel counts it; nullopt when no home lets us.
  [[nodiscard]] static std::optional<memory_cgroup> make(std::size_t limit,
                                                         const std::vector<cgroup_home>& homes);
  /// The same with the homes of this process.
  [[nodiscard]] static std::optional<memory_cgroup> make(std::size_t limit);
  /// A group of at most so many processes and threads, with the homes of this process.
  [[nodiscard]] static std::optional<memory_cgroup> make_for_tasks(std::uint64_t limit);
  /// Limits the tasks of this group as well; false where it cannot: one of version 1 holds memory alone.
  [[nodiscard]] bool limit_tasks(std::uint64_t limit);
  memory_cgroup(memory_cgroup&&) noexcept = default;
  memory_cgroup& operator=(memory_cgroup&& other) noexcept;
  ~memory_cgroup();

  [[nodiscard]] memory_guard version() const noexcept { return version_; }
  [[nodiscard]] const std::string& directory() const noexcept { return directory_; }
  [[nodiscard]] int procs_fd() const noexcept { return procs_.get(); }
  /// What the kernel says: over_limit when it killed something because the group's own limit was reached, suspected when
  /// it did for somebody else's want of memory (version 1 does not tell these apart).
  [[nodiscard]] out_of_memory verdict() const;

 private:
  memory_cgroup(memory_guard version, std::string directory, unique_fd procs) noexcept;
  static std::optional<memory_cgroup> make_in(const cgroup_home& home, controller what, std::uint64_t limit);
  void remove() noexcept;

  memory_guard version_;
  std::string directory_;  // empty when moved from
  unique_fd procs_;
};

/// Removes groups whose destructors found somebody there who was about to leave. False when some are left after so long. Any
/// thread.
bool remove_busy_groups(nanoseconds patience) noexcept;

/// For threads that have nothing else to do: by then whoever was killed in a group has left it.
inline constexpr milliseconds busy_patience{50};

}  // namespace troupe::spawn::internal
