// bench/second_process.hpp - the other process of a benchmark between two: the same program, started again.
// Threads: the main thread, which outlives the other process (PR_SET_PDEATHSIG follows the thread that started it).
// Source: prctl(2), posix_spawn(3), waitpid(2).
#pragma once
#include <bench/workload.hpp>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

/// At the start of main: whoever is left alone is killed, so that no process outlives a row that was interrupted; and so
/// is, after the watchdog's time, whoever waits for a message that was lost.
inline void end_with_starter() {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::alarm(std::chrono::duration_cast<std::chrono::duration<unsigned>>(watchdog).count());
}

/// Tells whoever started this process that it is ready; `text` is what that one must know. Ends when nobody hears it:
/// the starter died before end_with_starter().
inline void say_ready(std::string_view text = "ready") {
  const std::string line = std::string(text) + "\n";
  if (::write(STDOUT_FILENO, line.data(), line.size()) < 0) std::_Exit(1);
}

/// Does nothing until somebody ends this process.
[[noreturn]] inline void rest() {
  for (;;) ::pause();
}

/// Another process of this program. What cannot be done ends this one, with a line on stderr and status 1.
class second_process {
 public:
  /// Returns when it has said that it is ready.
  explicit second_process(std::vector<std::string> words) {
    std::vector<char*> arguments{program_.data()};
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    int ends[2];
    if (::pipe(ends) != 0) give_up("pipe");
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&files, ends[0]);
    posix_spawn_file_actions_addclose(&files, ends[1]);
    if (::posix_spawn(&pid_, program_.c_str(), &files, nullptr, arguments.data(), environ) != 0)
      give_up("posix_spawn");
    posix_spawn_file_actions_destroy(&files);
    ::close(ends[1]);
    char next = 0;
    while (::read(ends[0], &next, 1) == 1 && next != '\n') said_ += next;
    ::close(ends[0]);
    if (next != '\n') give_up("to wait until it is ready");
  }
  second_process(const second_process&) = delete;
  second_process& operator=(const second_process&) = delete;
  ~second_process() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }

  /// The text of say_ready().
  [[nodiscard]] const std::string& said() const noexcept { return said_; }
  /// Returns when it stands still.
  void stop() {
    int status = 0;
    if (::kill(pid_, SIGSTOP) != 0 || ::waitpid(pid_, &status, WUNTRACED) != pid_ || !WIFSTOPPED(status))
      give_up("SIGSTOP");
  }

 private:
  [[noreturn]] static void give_up(const char* what) {
    std::fprintf(stderr, "the second process: %s failed\n", what);
    std::exit(1);
  }

  std::string program_ = "/proc/self/exe";
  pid_t pid_ = 0;
  std::string said_;
};

}  // namespace bench
