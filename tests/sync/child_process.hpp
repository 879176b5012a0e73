// tests/sync/child_process.hpp - a forked child that a test kills or waits for.
// Threads: the one that made it.
#pragma once
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <utility>

namespace troupe::test {

/// Runs `body` and ends with what it returns, without destructors of the parent's objects. An alarm ends a
/// child that hangs. Killed and reaped with the object.
class child_process {
 public:
  explicit child_process(const std::function<int()>& body) : pid_(::fork()) {
    if (pid_ != 0) return;
    ::alarm(60);
    ::_exit(body());
  }
  child_process(child_process&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}
  child_process& operator=(child_process&&) = delete;
  ~child_process() {
    if (pid_ > 0) kill();
  }
  [[nodiscard]] bool is_running() {
    siginfo_t info{};
    return ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid == 0;
  }
  void kill() {
    ::kill(pid_, SIGKILL);
    wait();
  }
  /// Its exit status, or 128 + the signal that ended it.
  int wait() {
    int status = 0;
    ::waitpid(std::exchange(pid_, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  pid_t pid_;
};

/// One byte from one process to another.
class signal_pipe {
 public:
  signal_pipe() {
    if (::pipe(ends_) != 0) ::_exit(99);
  }
  ~signal_pipe() {
    ::close(ends_[0]);
    ::close(ends_[1]);
  }
  signal_pipe(const signal_pipe&) = delete;
  void say() const {
    if (::write(ends_[1], "x", 1) != 1) ::_exit(98);
  }
  void await_word() const {
    char word = 0;
    if (::read(ends_[0], &word, 1) != 1) ::_exit(97);
  }

 private:
  int ends_[2] = {-1, -1};
};

}  // namespace troupe::test
