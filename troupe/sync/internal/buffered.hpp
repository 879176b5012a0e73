// sync/internal/buffered.hpp - a channel that holds values: any number of them, or up to a capacity.
// Threads: as channel_core says.
#pragma once
#include <troupe/sync/internal/channel_outcome.hpp>
#include <troupe/sync/internal/futex.hpp>
#include <troupe/sync/internal/raw_lock.hpp>

#include <tl/expected.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <mutex>
#include <utility>

namespace troupe::sync::internal {

inline constexpr std::size_t unbounded = std::numeric_limits<std::size_t>::max();
/// Pauses of the processor between two looks of a receiver: the first, and the last before it sleeps.
inline constexpr int first_pauses = 32, last_pauses = 256;
/// Looks of a sender without room before it sleeps.
inline constexpr int looks_before_sleep = 200;

/// Senders push under a lock; the receiver takes all that is there at once, and then needs no lock until it
/// has received that. So in a busy channel senders meet each other only.
template <class T>
class buffered {
 public:
  explicit buffered(std::size_t capacity) : capacity_(capacity) {}

  std::optional<send_refusal> send(T& value, patience until) {
    if (const auto first = try_send(value); !first || *first == send_refusal::closed || !until) return first;
    return send_slowly(value, *until);
  }

  tl::expected<T, recv_error> receive(patience until) {
    if (taken_.empty())
      if (const auto none = refill(until)) return tl::unexpected(*none);
    tl::expected<T, recv_error> value(std::move(taken_.front()));
    taken_.pop_front();
    if (capacity_ != unbounded) make_room();
    return value;
  }

  void receiver_left() noexcept {
    std::deque<T> left;
    {
      const std::lock_guard held(lock_);
      receiver_gone_ = true;
      left.swap(incoming_);
      while (!waiters_.empty()) call_first();
    }
    taken_.clear();  // these destructors run without the lock: they may drop senders of this very channel
  }

  void senders_left() noexcept {
    {
      const std::lock_guard held(lock_);
      senders_gone_ = true;
      something_.store(true, std::memory_order_relaxed);
    }
    ready_round_.fetch_add(1);
    futex_wake(ready_round_, 1);
  }

 private:
  /// A sender that sleeps until there is room; on its stack.
  struct waiter {
    bool listed = false;    // under lock_
    futex_word called = 0;  // written under lock_
  };

  std::optional<send_refusal> try_send(T& value) {
    bool wake = false;
    std::optional<send_refusal> refusal;
    {
      const std::lock_guard held(lock_);
      refusal = put(value, wake);
    }
    if (wake) futex_wake(ready_round_, 1);
    return refusal;
  }

  /// Under lock_. `wake`: the receiver is to be woken, once the lock is given back.
  std::optional<send_refusal> put(T& value, bool& wake) {
    if (receiver_gone_) return send_refusal::closed;
    if (capacity_ != unbounded) {
      if (sent_ - received_.load() >= capacity_) return send_refusal::full;
      ++sent_;
    }
    incoming_.push_back(std::move(value));
    if (!something_.load(std::memory_order_relaxed)) something_.store(true, std::memory_order_relaxed);
    wake = std::exchange(receiver_sleeps_, false);
    if (wake) ready_round_.fetch_add(1, std::memory_order_relaxed);
    return std::nullopt;
  }

  std::optional<send_refusal> send_slowly(T& value, deadline until) {
    const std::size_t before = received_.load(std::memory_order_relaxed);
    for (int look = 0; look < looks_before_sleep && received_.load(std::memory_order_relaxed) == before;
         ++look)
      relax();
    bool wake = false;
    std::optional<send_refusal> refusal;
    waiter mine;
    for (bool in_time = true;;) {
      std::unique_lock held(lock_);
      if (!mine.listed) list(mine);  // before we look for room: see make_room
      // Looked for once more after the deadline: who was called and left the room would leave others asleep.
      refusal = put(value, wake);
      if (refusal != send_refusal::full || !in_time) {
        unlist(mine);
        break;
      }
      held.unlock();
      in_time = futex_wait(mine.called, 0, until);
    }
    if (wake) futex_wake(ready_round_, 1);
    return refusal == send_refusal::full ? send_refusal::timed_out : refusal;
  }

  // All under lock_.
  void list(waiter& whom) {
    waiters_.push_back(&whom);
    whom.listed = true;
    whom.called.store(0, std::memory_order_relaxed);
    waiting_.store(waiters_.size());
  }
  void unlist(waiter& whom) noexcept {
    if (!std::exchange(whom.listed, false)) return;
    waiters_.erase(std::find(waiters_.begin(), waiters_.end(), &whom));
    waiting_.store(waiters_.size());
  }
  void call_first() noexcept {
    waiter& first = *waiters_.front();
    unlist(first);
    first.called.store(1, std::memory_order_relaxed);
    futex_wake(first.called, 1);  // under the lock, which it needs before it may leave its stack
  }

  /// Receiver: fills taken_, or says why not.
  std::optional<recv_error> refill(patience until) {
    if (until) look_ahead();
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

  /// Receiver: looks more and more rarely until there is something, before it sleeps. The first pause lets
  /// senders get ahead: to take values one by one costs both sides more than to take some at once.
  void look_ahead() const noexcept {
    for (int pauses = first_pauses; pauses <= last_pauses; pauses *= 2) {
      for (int i = 0; i < pauses; ++i) relax();
      if (something_.load(std::memory_order_relaxed)) return;
    }
  }

  void make_room() noexcept {
    // In sequential order, as what a sender does that lists itself and looks: it sees the room, or we see it.
    received_.store(received_.load(std::memory_order_relaxed) + 1);
    if (waiting_.load() == 0) return;
    const std::lock_guard held(lock_);
    if (!waiters_.empty()) call_first();  // each is called once, for however long it takes to run
  }

  const std::size_t capacity_;  // read by both sides each time, so on a line that nobody writes
  // The senders' side.
  alignas(64) raw_lock lock_;
  bool receiver_gone_ = false, senders_gone_ = false, receiver_sleeps_ = false;  // under lock_
  std::size_t sent_ = 0;         // under lock_; counted in bounded channels only
  std::deque<T> incoming_;       // under lock_
  std::deque<waiter*> waiters_;  // under lock_, in order of arrival
  // What both sides look at.
  alignas(64) std::atomic<bool> something_ = false;  // a hint
  futex_word ready_round_ = 0;
  std::atomic<std::size_t> waiting_ = 0;  // waiters_.size()
  // The receiver's side.
  alignas(64) std::atomic<std::size_t> received_ = 0;  // counted in bounded channels only
  std::deque<T> taken_;
};

}  // namespace troupe::sync::internal
