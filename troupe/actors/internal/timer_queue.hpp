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
#include <unordered_map>
#include <utility>

namespace troupe::actors {

/// A moment, and a number that keeps what falls due together in the order in which it was added.
using timer_key = std::pair<steady::time_point, std::uint64_t>;

class timed;

/// Timers that go together: those of one actor. Guarded by the lock of their queue.
struct timer_group {
  timed* first = nullptr;
};

/// Something that happens at a moment, once or again and again. Destroyed without due() when it is cancelled or the
/// queue stops.
class timed {
 public:
  timed() = default;
  timed(const timed&) = delete;
  timed& operator=(const timed&) = delete;
  virtual ~timed() = default;
  /// Must not block.
  virtual void due() noexcept = 0;

 private:
  friend class timer_queue;
  timer_key key_;
  nanoseconds period_{0};  // 0: once
  timer_group* group_ = nullptr;
  timed* previous_ = nullptr;
  timed* next_ = nullptr;
};

/// Adding and cancelling cost O(log n).
class timer_queue {
 public:
  timer_queue() = default;
  timer_queue(const timer_queue&) = delete;
  timer_queue& operator=(const timer_queue&) = delete;
  ~timer_queue() { stop(); }

  /// For an executor with threads. Errors: exhausted.
  [[nodiscard]] result<> start_thread();
  /// `group`, if any, lives until it has been cancelled or the queue has stopped.
  timer_key add(steady::time_point when, std::unique_ptr<timed> what, timer_group* group = nullptr);
  /// At `first` and then every `period` (over 0). When it comes late, what was missed in between is left out, so that a
  /// process that stood still fires no storm.
  timer_key add_repeating(steady::time_point first, nanoseconds period, std::unique_ptr<timed> what,
                          timer_group* group = nullptr);
  /// True: it will not happen (again).
  bool cancel(const timer_key& which) noexcept;
  void cancel_all(timer_group& group) noexcept;
  /// Ends the thread and drops what is left. What is added afterwards is dropped.
  void stop() noexcept;

  /// For stepped systems: when the next one is due; fire those that are due at `now`.
  [[nodiscard]] std::optional<steady::time_point> next() const;
  void fire(steady::time_point now);

 private:
  void run();
  void link(timed& what, timer_group* group) noexcept;
  static void unlink(timed& what) noexcept;
  void insert(std::unique_ptr<timed> what);
  std::unique_ptr<timed> take(const timer_key& key) noexcept;
  std::unique_ptr<timed> take_due(steady::time_point now);
  void repeat(std::unique_ptr<timed> what, steady::time_point now);

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<timer_key, std::unique_ptr<timed>> waiting_;
  std::unordered_map<std::uint64_t, timed*> repeating_;  // by number; also while one of them is being fired
  std::uint64_t last_number_ = 0;
  steady::time_point wakes_at_ = steady::time_point::max();  // the thread, if nothing earlier is added
  bool stopped_ = false;
  std::thread thread_;
};

}  // namespace troupe::actors
