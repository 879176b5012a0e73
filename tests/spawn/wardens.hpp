// tests/spawn/wardens.hpp - finding the wardens of this process.
// Threads: any.
// Source: proc(5).
#pragma once
#include <troupe/base/clock.hpp>

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <vector>

namespace troupe::spawn::test {

/// The children of this process that run the warden's program.
inline std::vector<pid_t> own_wardens() {
  std::vector<pid_t> found;
  for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream children(thread.path() / "children");
    for (pid_t id = 0; children >> id;) {
      std::error_code gone;
      const auto program = std::filesystem::read_symlink("/proc/" + std::to_string(id) + "/exe", gone);
      if (program.string().starts_with("/memfd:troupe-warden")) found.push_back(id);
    }
  }
  return found;
}

/// The same, when it has begun to run its program: a spawner does not wait for that.
inline std::vector<pid_t> own_wardens_at_work() {
  auto found = own_wardens();
  for (const auto until = deadline::after(std::chrono::minutes(1)); found.empty() && !until.passed();)
    found = own_wardens();
  return found;
}

}  // namespace troupe::spawn::test
