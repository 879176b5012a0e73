// actors/internal/own_thread.hpp - a thread that runs one actor only, so that its handlers may block.
// Threads: wake() from any; the actor's turns run on the thread.
#pragma once
#include <troupe/actors/internal/executor.hpp>
#include <troupe/base/error.hpp>

#include <condition_variable>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

namespace troupe::actors {

/// Threads of their own, joined when they have finished or when all are.
class thread_register {
 public:
  thread_register() = default;
  thread_register(const thread_register&) = delete;
  thread_register& operator=(const thread_register&) = delete;
  ~thread_register() { join_all(); }

  /// Errors: exhausted.
  [[nodiscard]] result<> start(std::function<void()> body);
  void join_all() noexcept;

 private:
  using threads = std::list<std::thread>;

  std::mutex mutex_;
  threads running_;
  threads finished_;
};

/// Belongs to its actor's cell.
class own_thread {
 public:
  /// Errors: exhausted.
  [[nodiscard]] static result<std::unique_ptr<own_thread>> start(thread_register& threads);
  own_thread(const own_thread&) = delete;
  own_thread& operator=(const own_thread&) = delete;
  ~own_thread() { close(); }

  /// Gives `target`, always the same, a turn; holds a count of it until then.
  void wake(runnable& target) noexcept;
  /// The turn that runs is the last.
  void close() noexcept;

 private:
  struct state;
  explicit own_thread(std::shared_ptr<state> shared) noexcept : shared_(std::move(shared)) {}

  const std::shared_ptr<state> shared_;
};

}  // namespace troupe::actors
