// tests/end_to_end/processes.hpp - other processes as the kernel shows them: children, memory, how far a file
// is read.
// Threads: functions of any thread.
// Source: proc(5), pidfd_open(2), prctl(2).
#pragma once
#include <troupe/base/clock.hpp>
#include <troupe/base/unique_fd.hpp>

#include <poll.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace troupe::end_to_end {

/// Nothing that works takes so long, also under sanitizers on a busy machine.
inline constexpr std::chrono::seconds watchdog{80};

/// Waits until `fd` is readable; false when the time is over first. A pidfd is readable once its process has
/// ended.
inline bool readable_within(int fd, nanoseconds patience) {
  const auto until = deadline::after(patience);
  pollfd watched{fd, POLLIN, 0};
  while (true) {
    const int ready = ::poll(&watched, 1, until.poll_ms());
    if (ready > 0) return true;
    if (until.passed()) return false;
  }
}

/// A process that may be somebody else's child; signals cannot reach a stranger with the same number.
class stranger {
 public:
  explicit stranger(pid_t id) : id_(id), pidfd_(static_cast<int>(::syscall(SYS_pidfd_open, id, 0))) {}
  [[nodiscard]] pid_t id() const noexcept { return id_; }
  [[nodiscard]] bool ends_within(nanoseconds patience) const {
    return !pidfd_ || readable_within(pidfd_.get(), patience);
  }
  /// False when it has ended already.
  bool kill(int signal) const {
    return pidfd_ && !ends_within(nanoseconds(0)) &&
           ::syscall(SYS_pidfd_send_signal, pidfd_.get(), signal, nullptr, 0) == 0;
  }

 private:
  pid_t id_;
  unique_fd pidfd_;
};

/// The ids of its children, zombies included, whichever of its threads started them.
inline std::vector<pid_t> children_of(pid_t parent) {
  std::vector<pid_t> found;
  std::error_code gone;
  const auto tasks = "/proc/" + std::to_string(parent) + "/task";
  for (std::filesystem::directory_iterator at(tasks, gone), end; !gone && at != end; at.increment(gone)) {
    std::ifstream children(at->path() / "children");
    for (pid_t id = 0; children >> id;) found.push_back(id);
  }
  return found;
}

/// The children of a director but for its warden.
inline std::vector<pid_t> workers_of(pid_t director) {
  auto found = children_of(director);
  std::erase_if(found, [](pid_t id) {
    std::error_code gone;
    const auto program = std::filesystem::read_symlink("/proc/" + std::to_string(id) + "/exe", gone);
    // And what a sanitizer has started to explain itself.
    return program.string().starts_with("/memfd:troupe-warden") ||
           program.filename().string().find("symbolizer") != std::string::npos;
  });
  return found;
}

inline std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

/// 'R', 'S', 'Z' …; nullopt when there is no such process.
inline std::optional<char> state_of(pid_t id) {
  const auto stat = first_line("/proc/" + std::to_string(id) + "/stat");
  const auto name_end = stat.rfind(") ");
  if (name_end == std::string::npos) return std::nullopt;
  return stat[name_end + 2];
}

/// A row of /proc/ID/status: "VmHWM" gives kB, "ShdPnd" a mask in hexadecimal.
inline std::string status_row(pid_t id, const std::string& name) {
  std::ifstream file("/proc/" + std::to_string(id) + "/status");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with(name + ':')) return line.substr(line.find_first_not_of(" \t", name.size() + 1));
  return {};
}

/// True while a signal that was sent to the process has not been taken by it.
inline bool is_pending(pid_t id, int signal) {
  const auto mask = status_row(id, "ShdPnd");
  return !mask.empty() && (std::stoull(mask, nullptr, 16) >> (signal - 1) & 1U) != 0;
}

/// The largest resident memory that the process has ever had, in bytes.
inline std::uint64_t peak_memory(pid_t id) {
  const auto row = status_row(id, "VmHWM");
  return row.empty() ? 0 : std::stoull(row) * 1024;
}

/// How far the process has read the file at `path`; nullopt when it has not opened it.
inline std::optional<std::uint64_t> position_in(pid_t id, const std::string& path) {
  const auto of_process = "/proc/" + std::to_string(id);
  std::error_code gone;
  for (std::filesystem::directory_iterator at(of_process + "/fd", gone), end; !gone && at != end;
       at.increment(gone)) {
    if (std::filesystem::read_symlink(at->path(), gone) != path) continue;
    std::ifstream info(of_process + "/fdinfo/" + at->path().filename().string());
    std::string name;
    std::uint64_t position = 0;
    if (info >> name >> position) return position;
  }
  return std::nullopt;
}

}  // namespace troupe::end_to_end
