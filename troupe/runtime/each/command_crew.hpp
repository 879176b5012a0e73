// runtime/each/command_crew.hpp - commands, so many at a time, each started and awaited by a thread of its own.
// Threads: start(), wait_until() and the destructor by the owner, stop() by any.
#pragma once
#include <troupe/base/clock.hpp>
#include <troupe/base/error.hpp>
#include <troupe/base/unique_fd.hpp>
#include <troupe/runtime/each/command_job.hpp>
#include <troupe/spawn/guard.hpp>

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace troupe::runtime {

/// Where a crew gets its commands and hands in what has become of them. Called by its threads, at the same time.
class command_desk {
 public:
  enum class when_none : std::uint8_t { return_at_once, wait };
  virtual ~command_desk() = default;
  /// Nothing: there is none now, or, where it was waited for, never again.
  [[nodiscard]] virtual std::optional<command_job> next(when_none what) = 0;
  /// The thread's next command runs already, where there was one.
  virtual void ended(command_job job, command_done done) = 0;
  /// There is nothing more for anybody; who waits is told.
  virtual void close() noexcept = 0;
};

/// Commands are children of this process: each has a session of its own, and ends with all of its group when it is over its
/// time, when the crew is stopped, and when this process is killed. What it leaves behind in its group ends with it.
class command_crew {
 public:
  struct setting {
    std::size_t threads = 1;  // commands at a time
    std::optional<milliseconds> timeout;
  };
  /// Raises the soft limit of open files where so many commands need that. The desk must outlive the crew. Errors: exhausted
  /// (threads, descriptors); permission_denied where no warden can run.
  [[nodiscard]] static result<std::unique_ptr<command_crew>> start(const setting& how, command_desk& desk);
  ~command_crew();
  command_crew(const command_crew&) = delete;
  command_crew& operator=(const command_crew&) = delete;

  /// True when the desk had no more for anybody; false: not yet.
  [[nodiscard]] bool wait_until(deadline until);
  /// Closes the desk and kills what runs.
  void stop() noexcept;

 private:
  struct slot {
    std::mutex mutex;
    spawn::child* running = nullptr;  // under mutex
    std::string name;                 // for TROUPE_WORKER
    std::thread thread;
  };
  command_crew(const setting& how, command_desk& desk, std::unique_ptr<spawn::guard> guard, unique_fd null);
  class run;
  void work(std::size_t number);

  const setting how_;
  command_desk& desk_;
  const std::unique_ptr<spawn::guard> guard_;
  const unique_fd null_;  // what all commands read
  std::vector<std::unique_ptr<slot>> slots_;
  std::atomic<bool> stopped_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t at_work_ = 0;  // threads, under mutex_
};

}  // namespace troupe::runtime
