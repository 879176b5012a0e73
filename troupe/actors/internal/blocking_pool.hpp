// actors/internal/blocking_pool.hpp - threads for calls that block, apart from those that run actors.
// Threads: any thread hands in; the calls run on the pool's.
#pragma once
#include <troupe/actors/internal/blocking_call.hpp>
#include <troupe/base/error.hpp>

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace troupe::actors {

/// Starts a thread when a call comes and none is idle, up to its limit; what is over that waits in a queue. Threads stay
/// until close().
class blocking_pool {
 public:
  /// 0 threads: a call runs at once, on the thread that hands it in (stepped systems).
  explicit blocking_pool(std::size_t most_threads) noexcept : most_(most_threads) {}
  blocking_pool(const blocking_pool&) = delete;
  blocking_pool& operator=(const blocking_pool&) = delete;
  ~blocking_pool() { close(); }

  /// Takes `what` over. Errors, which leave it: closed, exhausted (there is no thread and none can be had), full
  /// (10,000 calls wait).
  [[nodiscard]] result<> run(std::unique_ptr<blocking_call>& what);
  /// Drops what has not begun; returns when what has begun is done.
  void close() noexcept;

 private:
  void work() noexcept;

  const std::size_t most_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::unique_ptr<blocking_call>> waiting_;
  std::vector<std::thread> threads_;
  std::size_t idle_ = 0;
  bool closed_ = false;
};

}  // namespace troupe::actors
