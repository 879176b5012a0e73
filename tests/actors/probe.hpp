// tests/actors/probe.hpp - what the tests of actors share: a journal, a gate that holds an actor, messages
// that count.
// Threads: any.
#pragma once
#include <troupe/actors/actor_system.hpp>
#include <troupe/actors/test_system.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace probe {

/// How long a test waits for an event before it fails.
inline troupe::deadline watchdog() {
  return troupe::deadline::after(std::chrono::seconds(60));
}

inline std::unique_ptr<troupe::actor_system> started(std::size_t threads = 2) {
  auto system = troupe::actor_system::start({.threads = threads});
  EXPECT_TRUE(system) << system.error().message();
  return std::move(*system);
}

/// What happened, in order, written by actors.
class journal {
 public:
  void add(std::string line) {
    const std::lock_guard lock(mutex_);
    lines_.push_back(std::move(line));
    changed_.notify_all();
  }
  [[nodiscard]] std::vector<std::string> lines() const {
    const std::lock_guard lock(mutex_);
    return lines_;
  }
  /// False: the watchdog bit first.
  bool wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_until(lock, watchdog().when(), [&] { return lines_.size() >= count; });
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> lines_;
};

/// Closed at first; whoever waits goes on when it is open.
class gate {
 public:
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  bool wait() {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    return changed_.wait_until(lock, watchdog().when(), [&] { return open_; });
  }
  /// Until somebody stands before it.
  bool wait_for_visitor() {
    std::unique_lock lock(mutex_);
    return changed_.wait_until(lock, watchdog().when(), [&] { return waiting_ > 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
  int waiting_ = 0;
};

/// Counts its copies in *count; moving is free.
class copy_counting {
 public:
  explicit copy_counting(std::shared_ptr<const std::atomic<int>> count) : count_(std::move(count)) {}
  copy_counting(const copy_counting& other) : count_(other.count_) {
    ++const_cast<std::atomic<int>&>(*count_);
  }
  copy_counting(copy_counting&&) noexcept = default;
  copy_counting& operator=(const copy_counting&) = delete;
  copy_counting& operator=(copy_counting&&) noexcept = default;
  ~copy_counting() = default;

 private:
  std::shared_ptr<const std::atomic<int>> count_;
};

// Messages and actors that several tests use.

struct number {
  int value = 0;
};
struct hold {};  // blocks its receiver before the gate
struct boom {};
struct double_it {
  int value = 0;
  using reply = int;
};

/// Writes what it gets into a journal; stands still before a gate; fails; answers.
class recorder {
 public:
  using receives = troupe::receives<number, hold, boom, double_it>;
  recorder(journal& to, gate& before) : journal_(to), gate_(before) {}
  void operator()(number n) { journal_.add(std::to_string(n.value)); }
  void operator()(hold) { gate_.wait(); }
  void operator()(boom) { throw std::runtime_error("boom in the recorder"); }
  int operator()(double_it q) { return 2 * q.value; }

 private:
  journal& journal_;
  gate& gate_;
};

/// "0" … "count - 1".
inline std::vector<std::string> numbers(int count) {
  std::vector<std::string> all;
  for (int i = 0; i < count; ++i) all.push_back(std::to_string(i));
  return all;
}

}  // namespace probe
