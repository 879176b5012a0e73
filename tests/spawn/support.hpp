// tests/spawn/support.hpp - what the tests of spawn share: reading reports, waiting under a watchdog, finding
// zombies.
// Threads: event_box may be filled by any thread.
#pragma once
#include <troupe/base/sanitizers.hpp>
#include <troupe/spawn/child.hpp>
#include <troupe/spawn/command.hpp>
#include <troupe/spawn/pipes/pipe.hpp>

#include <dirent.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdlib>
#include <fstream>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace troupe::spawn::test {

inline constexpr auto watchdog = std::chrono::seconds(60);

/// Events from another thread, in order.
template <class T>
class event_box {
 public:
  void put(T event) {
    const std::lock_guard lock(mutex_);
    events_.push_back(std::move(event));
    changed_.notify_all();
  }
  /// Waits until there are `count`; fewer when the watchdog barked.
  std::vector<T> wait_for(std::size_t count, std::chrono::seconds patience = watchdog) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, patience, [&] { return events_.size() >= count; });
    return events_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<T> events_;
};

inline constexpr int slowdown = sanitized ? 20 : 1;

/// How often to repeat something: fewer times under sanitizers, whose processes are slow to start.
inline int rounds(int wanted) {
  return wanted / slowdown;
}

/// True when `fd` becomes readable (or its other end goes) before the watchdog barks.
inline bool becomes_readable(int fd) {
  return wait_ready(fd, readiness::read, deadline::after(watchdog)).value_or(false);
}

/// By the system call: sys/pidfd.h of glibc 2.36 declares its function for C only.
inline unique_fd open_pidfd(pid_t id) {
  return unique_fd(static_cast<int>(syscall(SYS_pidfd_open, id, 0)));
}

/// The signal that ended a process we inherited as a subreaper; nullopt when the watchdog barked or it
/// exited.
inline std::optional<int> reap_inherited(pid_t id) {
  const unique_fd observed = open_pidfd(id);
  if (!becomes_readable(observed.get())) return std::nullopt;
  siginfo_t info{};
  if (waitid(P_PID, static_cast<id_t>(id), &info, WEXITED) != 0) return std::nullopt;
  return exit_status::of_siginfo(info.si_code, info.si_status).signal();
}

/// One line without '\n', or all that came before the stream ended.
inline std::string read_line(int fd) {
  std::string line;
  std::byte one{};
  while (becomes_readable(fd) && read_exact(fd, std::span(&one, 1)) && one != std::byte{'\n'})
    line.push_back(static_cast<char>(one));
  return line;
}

inline std::string read_to_end(int fd) {
  std::string text;
  std::array<std::byte, 4096> chunk;
  while (becomes_readable(fd)) {
    const auto got = read_some(fd, chunk);
    if (!got || !*got || **got == 0) break;
    text.append(reinterpret_cast<const char*>(chunk.data()), **got);
  }
  return text;
}

/// What report_child printed: "fd 3" becomes {"fd", "3"}.
inline std::multimap<std::string, std::string> parse_report(const std::string& text) {
  std::multimap<std::string, std::string> report;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const auto space = line.find_first_of(" \t");
    if (space != line.npos) report.emplace(line.substr(0, space), line.substr(space + 1));
  }
  return report;
}

inline std::set<std::string> values(const std::multimap<std::string, std::string>& report,
                                    const std::string& key) {
  std::set<std::string> found;
  for (auto [at, end] = report.equal_range(key); at != end; ++at) found.insert(at->second);
  return found;
}

inline std::string value(const std::multimap<std::string, std::string>& report, const std::string& key) {
  const auto at = report.find(key);
  return at == report.end() ? "" : at->second;
}

/// Spawns with stdout piped and returns all it printed; waits for its end.
inline std::string output_of(command& what) {
  auto made = what.stdout_to(stdio::piped()).spawn();
  if (!made) return made.error().message();
  const auto out = made->take_stdout();
  std::string text = read_to_end(out.get());
  made->wait();
  return text;
}

inline std::multimap<std::string, std::string> report_of(command& what) {
  return parse_report(output_of(what));
}

/// The children of this process that have ended and nobody has reaped.
inline std::size_t count_zombies() {
  std::size_t zombies = 0;
  DIR* directory = opendir("/proc");
  while (const dirent* entry = readdir(directory)) {
    std::ifstream stat("/proc/" + std::string(entry->d_name) + "/stat");
    std::string text;
    std::getline(stat, text);
    const auto name_end = text.rfind(") ");
    if (name_end == text.npos) continue;
    std::istringstream rest(text.substr(name_end + 2));
    char state = 0;
    long parent = 0;
    rest >> state >> parent;
    zombies += state == 'Z' && parent == getpid();
  }
  closedir(directory);
  return zombies;
}

inline std::size_t count_open_descriptors() {
  std::size_t open = 0;
  DIR* directory = opendir("/proc/self/fd");
  while (readdir(directory) != nullptr) ++open;
  closedir(directory);
  return open;
}

}  // namespace troupe::spawn::test
