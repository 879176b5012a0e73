// sync/internal/buffered.hpp - a channel that holds values: any number of them, or up to a capacity.
// Threads: as channel_core says.
#pragma once
#include <troupe/sync/internal/channel_core.hpp>
#include <troupe/sync/internal/futex.hpp>
#include <troupe/sync/internal/raw_lock.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <mutex>
#include <utility>

namespace troupe::sync::internal {

inline constexpr std::size_t unbounded = std::numeric_limits<std::size_t>::max();
/// Looks of a receiver, or of a sender without room, before it sleeps.
inline constexpr int looks_before_sleep = 200;

/// Senders push under a lock; the receiver takes all that is there at once, and then needs no lock until it
/// has received that. So in a busy channel senders meet each other only.
template <class T>
class buffered final : public channel_core<T> {
 public:
  explicit buffered(std::size_t capacity) : capacity_(capacity) {}

  std::optional<send_refusal> send(T& value, patience until) override {
    if (const auto first = try_send(value); !first || *first == send_refusal::closed || !until) return first;
    return send_slowly(value, *until);
  }

  tl::expected<T, recv_error> receive(patience until) override {
    if (taken_.empty())
      if (const auto none = refill(until)) return tl::unexpected(*none);
    tl::expected<T, recv_error> value(std::move(taken_.front()));
    taken_.pop_front();
    if (capacity_ != unbounded) make_room();
    return value;
  }

  void receiver_left() noexcept override {
    std::deque<T> left;
    {
      const std::lock_guard held(lock_);
      receiver_gone_ = true;
      left.swap(incoming_);
    }
    room_round_.fetch_add(1);
    futex_wake(room_round_, wake_all);
    taken_.clear();  // these destructors run without the lock: they may drop senders of this very channel
  }

  void senders_left() noexcept override {
    {
      const std::lock_guard held(lock_);
      senders_gone_ = true;
      something_.store(true, std::memory_order_relaxed);
    }
    ready_round_.fetch_add(1);
    futex_wake(ready_round_, 1);
  }

 private:
  std::optional<send_refusal> try_send(T& value) {
    bool wake = false;
    {
      const std::lock_guard held(lock_);
      if (receiver_gone_) return send_refusal::closed;
      if (capacity_ != unbounded) {
        if (sent_ - received_.load() >= capacity_) return send_refusal::full;
        ++sent_;
      }
      incoming_.push_back(std::move(value));
      something_.store(true, std::memory_order_relaxed);
      wake = std::exchange(receiver_sleeps_, false);
      if (wake) ready_round_.fetch_add(1, std::memory_order_relaxed);
    }
    if (wake) futex_wake(ready_round_, 1);
    return std::nullopt;
  }

  std::optional<send_refusal> send_slowly(T& value, deadline until) {
    const std::size_t before = received_.load(std::memory_order_relaxed);
    for (int look = 0; look < looks_before_sleep && received_.load(std::memory_order_relaxed) == before;
         ++look)
      relax();
    const counted waiting(senders_waiting_);  // said before we look: see make_room
    for (bool in_time = true;;) {
      const std::uint32_t round = room_round_.load();
      // Tried once more after the deadline: whoever was woken for room and left it would leave others asleep.
      if (const auto now = try_send(value); !now || *now == send_refusal::closed) return now;
      if (!in_time) return send_refusal::timed_out;
      in_time = futex_wait(room_round_, round, until);
    }
  }

  /// Receiver: fills taken_, or says why not.
  std::optional<recv_error> refill(patience until) {
    if (until)
      for (int look = 0; look < looks_before_sleep && !something_.load(std::memory_order_relaxed); ++look)
        relax();
    for (bool in_time = true;;) {
      std::uint32_t round = 0;
      {
        const std::lock_guard held(lock_);
        if (!incoming_.empty()) {
          taken_.swap(incoming_);
          something_.store(senders_gone_, std::memory_order_relaxed);
          receiver_sleeps_ = false;
          return std::nullopt;
        }
        receiver_sleeps_ = until && in_time;
        if (senders_gone_) return recv_error::closed;
        if (!until) return recv_error::empty;
        if (!in_time) return recv_error::timed_out;
        round = ready_round_.load(std::memory_order_relaxed);
      }
      in_time = futex_wait(ready_round_, round, *until);
    }
  }

  void make_room() noexcept {
    // In sequential order, as are the looks in send_slowly: it sees the room, or we see it waiting.
    received_.store(received_.load(std::memory_order_relaxed) + 1);
    if (senders_waiting_.load() == 0) return;
    room_round_.fetch_add(1);
    futex_wake(room_round_, 1);
  }

  class counted {
   public:
    explicit counted(std::atomic<std::uint32_t>& in) noexcept : in_(in) { in_.fetch_add(1); }
    ~counted() { in_.fetch_sub(1); }
    counted(const counted&) = delete;
    counted& operator=(const counted&) = delete;

   private:
    std::atomic<std::uint32_t>& in_;
  };

  // The senders' side.
  alignas(64) raw_lock lock_;
  bool receiver_gone_ = false, senders_gone_ = false, receiver_sleeps_ = false;  // under lock_
  const std::size_t capacity_;
  std::size_t sent_ = 0;    // under lock_; counted in bounded channels only
  std::deque<T> incoming_;  // under lock_
  // What both sides look at.
  alignas(64) std::atomic<bool> something_ = false;  // a hint
  futex_word ready_round_ = 0, room_round_ = 0;
  std::atomic<std::uint32_t> senders_waiting_ = 0;
  // The receiver's side.
  alignas(64) std::atomic<std::size_t> received_ = 0;  // counted in bounded channels only
  std::deque<T> taken_;
};

}  // namespace troupe::sync::internal
