// actors/internal/timer_queue.hpp - what falls due later, in order of time, with at most one thread for all
// of it.
// Threads: any thread adds and cancels; due() runs on the queue's thread, or in fire() for a stepped system.
#pragma once
#include <troupe/base/clock.hpp>
#include <troupe/base/error.hpp>

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace troupe::actors {

/// Something that happens at a moment, once. Destroyed without due() when it is cancelled or the queue stops.
class timed {
 public:
  timed() = default;
  timed(const timed&) = delete;
  timed& operator=(const timed&) = delete;
  virtual ~timed() = default;
  /// Must not block.
  virtual void due() noexcept = 0;
};

/// A moment, and a number that keeps what falls due together in the order in which it was added.
using timer_key = std::pair<steady::time_point, std::uint64_t>;

/// Adding and cancelling cost O(log n).
class timer_queue {
 public:
  timer_queue() = default;
  timer_queue(const timer_queue&) = delete;
  timer_queue& operator=(const timer_queue&) = delete;
  ~timer_queue() { stop(); }

  /// For an executor with threads. Errors: exhausted.
  [[nodiscard]] result<> start_thread();
  timer_key add(steady::time_point when, std::unique_ptr<timed> what);
  /// True: it will not happen.
  bool cancel(const timer_key& which) noexcept;
  /// Ends the thread and drops what is left. What is added afterwards is dropped.
  void stop() noexcept;

  /// For stepped systems: when the next one is due; fire those that are due at `now`.
  [[nodiscard]] std::optional<steady::time_point> next() const;
  void fire(steady::time_point now);

 private:
  void run();
  std::unique_ptr<timed> take_due(steady::time_point now);

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<timer_key, std::unique_ptr<timed>> waiting_;
  std::uint64_t last_number_ = 0;
  bool stopped_ = false;
  std::thread thread_;
};

}  // namespace troupe::actors
