// tests/spawn/looking.hpp - what the tests that look at processes share: children in a pose, a process in
// which something is tried, waiting for a value.
// Threads: one.
#pragma once
#include "support.hpp"

#include <troupe/base/clock.hpp>
#include <troupe/spawn/processes.hpp>

#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace troupe::spawn::test {

inline constexpr uid_t another_user = 65534;

/// A posing_child with its pipes. It and its descendants are one group, killed with it.
struct poser {
  child process;
  unique_fd in;
  unique_fd out;

  [[nodiscard]] pid_t id() const { return process.id(); }
  [[nodiscard]] process_key key() const { return inspect(id()).value().key; }
};

/// Returns once it has taken its pose.
inline poser pose(std::vector<std::string> task, const std::string& first_line = "ready") {
  command what(POSING_CHILD);
  what.args(std::move(task)).stdin_from(stdio::piped()).stdout_to(stdio::piped()).new_group();
  auto made = what.spawn();
  EXPECT_TRUE(made) << made.error().message();
  poser one{std::move(*made), {}, {}};
  one.in = one.process.take_stdin();
  one.out = one.process.take_stdout();
  if (!first_line.empty()) {
    EXPECT_EQ(read_line(one.out.get()), first_line);
  }
  return one;
}

/// Asks again and again until the answer is yes; false when the watchdog barked.
template <class Predicate>
bool comes_true(Predicate question) {
  const auto until = deadline::after(watchdog);
  while (!question()) {
    if (until.passed()) return false;
    sched_yield();
  }
  return true;
}

/// What `attempt` returns, 0 to 255, when made in a process of its own; nullopt when that crashed.
template <class Attempt>
std::optional<int> in_another_process(Attempt attempt) {
  const pid_t id = fork();
  if (id == 0) _exit(attempt());
  int status = 0;
  if (waitpid(id, &status, 0) != id || !WIFEXITED(status)) return std::nullopt;
  return WEXITSTATUS(status);
}

}  // namespace troupe::spawn::test
