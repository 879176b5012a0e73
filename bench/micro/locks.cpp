// bench/micro/locks.cpp - locks and channels between threads, ours and the standard library's: wall seconds of one workload.
// Usage: locks ours|std mutex COUNT                 lock and unlock, by one thread
//        locks ours|std channel COUNT SENDERS       so many values in all, to one receiver
//        locks ours|std sync_channel COUNT SENDERS  the same; up to 1024 values are in the channel
// Prints "seconds check". std: a std::mutex beside the value; a std::deque behind a std::mutex, with a
// std::condition_variable for each side that may wait.

#include <troupe/sync/channel.hpp>
#include <troupe/sync/mutex.hpp>

#include <bench/workload.hpp>

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <future>
#include <limits>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace {

using bench::clock_type;
using std::uint64_t;

constexpr std::size_t room = 1024;
constexpr std::size_t endless = std::numeric_limits<std::size_t>::max();

/// A second thread, at rest: glibc locks without atomic operations as long as there is none, and nobody needs
/// a mutex then.
class company {
 public:
  ~company() {
    end_.set_value();
    thread_.join();
  }

 private:
  std::promise<void> end_;
  std::thread thread_{[end = end_.get_future()] { end.wait(); }};
};

struct ours {
  troupe::sync::mutex<uint64_t> value;
  void add(uint64_t what) {
    if (auto held = value.lock()) **held += what;
  }
  [[nodiscard]] uint64_t sum() { return **value.lock(); }
};

struct standard {
  std::mutex lock;
  uint64_t value = 0;
  void add(uint64_t what) {
    const std::lock_guard held(lock);
    value += what;
  }
  [[nodiscard]] uint64_t sum() const { return value; }
};

template <class Side>
int mutex(uint64_t count) {
  const company second;
  Side side;
  const auto began = clock_type::now();
  for (uint64_t i = 0; i < count; ++i) side.add(i);
  return bench::say_since(began, side.sum());
}

/// What people write who have no channel.
class standard_channel {
 public:
  explicit standard_channel(std::size_t capacity) : capacity_(capacity) {}
  void send(uint64_t value) {
    {
      std::unique_lock held(lock_);
      if (capacity_ != endless) room_.wait(held, [this] { return values_.size() < capacity_; });
      values_.push_back(value);
    }
    some_.notify_one();
  }
  void end_one() {
    {
      const std::lock_guard held(lock_);
      ++ended_;
    }
    some_.notify_one();
  }
  std::optional<uint64_t> recv(std::size_t senders) {
    std::optional<uint64_t> value;
    {
      std::unique_lock held(lock_);
      some_.wait(held, [&] { return !values_.empty() || ended_ == senders; });
      if (values_.empty()) return value;
      value = values_.front();
      values_.pop_front();
    }
    if (capacity_ != endless) room_.notify_one();
    return value;
  }

 private:
  const std::size_t capacity_;
  std::mutex lock_;
  std::condition_variable some_, room_;
  std::deque<uint64_t> values_;
  std::size_t ended_ = 0;
};

int ours_channel(uint64_t count, uint64_t senders, std::size_t capacity) {
  auto [to, from] = capacity == endless ? troupe::sync::channel<uint64_t>()
                                        : troupe::sync::sync_channel<uint64_t>(capacity);
  std::vector<std::thread> threads;
  const auto began = clock_type::now();
  for (uint64_t i = 0; i < senders; ++i)
    threads.emplace_back(
        [sender = to, first = count * i / senders, end = count * (i + 1) / senders]() mutable {
          for (uint64_t value = first; value < end; ++value) static_cast<void>(sender.send(value));
        });
  { const auto last = std::move(to); }
  uint64_t sum = 0;
  while (const auto value = from.recv()) sum += *value;
  const int status = bench::say_since(began, sum);
  for (auto& each : threads) each.join();
  return status;
}

int peer_channel(uint64_t count, uint64_t senders, std::size_t capacity) {
  standard_channel through(capacity);
  std::vector<std::thread> threads;
  const auto began = clock_type::now();
  for (uint64_t i = 0; i < senders; ++i)
    threads.emplace_back([&through, first = count * i / senders, end = count * (i + 1) / senders] {
      for (uint64_t value = first; value < end; ++value) through.send(value);
      through.end_one();
    });
  uint64_t sum = 0;
  while (const auto value = through.recv(senders)) sum += *value;
  const int status = bench::say_since(began, sum);
  for (auto& each : threads) each.join();
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view side = argc < 4 ? "" : argv[1];
  const std::string_view workload = argc < 4 ? "" : argv[2];
  const uint64_t count = argc < 4 ? 0 : bench::count_in(argv[3]);
  const uint64_t senders = argc < 5 ? 1 : bench::count_in(argv[4]);
  if ((side != "ours" && side != "std") || count == 0 || senders == 0)
    return std::fputs("usage: see the source\n", stderr), 2;
  const bool is_ours = side == "ours";
  if (workload == "mutex") return is_ours ? mutex<ours>(count) : mutex<standard>(count);
  if (workload == "channel" || workload == "sync_channel") {
    const std::size_t capacity = workload == "channel" ? endless : room;
    return is_ours ? ours_channel(count, senders, capacity) : peer_channel(count, senders, capacity);
  }
  return std::fprintf(stderr, "there is no workload '%s'\n", argv[2]), 2;
}
