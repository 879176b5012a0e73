// sync/internal/rendezvous.hpp - a channel that holds nothing: sender and receiver meet.
// Threads: as channel_core says.
#pragma once
#include <troupe/sync/internal/channel_outcome.hpp>
#include <troupe/sync/internal/futex.hpp>
#include <troupe/sync/internal/raw_lock.hpp>

#include <tl/expected.hpp>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

namespace troupe::sync::internal {

/// A sender that comes first leaves an offer, which points to its value, and sleeps; a receiver that comes
/// first says that it waits, and the next sender puts the value into its hand. A value in that hand is received
/// whatever its deadline.
template <class T>
class rendezvous {
 public:
  std::optional<send_refusal> send(T& value, patience until) {
    std::unique_lock held(lock_);
    if (receiver_gone_) return send_refusal::closed;
    if (receiver_waits_) {
      hand_.emplace(std::move(value));
      receiver_waits_ = false;
      wake_receiver();
      return std::nullopt;
    }
    if (!until) return send_refusal::full;
    offer mine{&value};
    offers_.push_back(&mine);
    held.unlock();
    while (mine.answer.load(std::memory_order_acquire) == open)
      if (!futex_wait(mine.answer, open, *until)) break;
    held.lock();  // whoever answers has then done with `mine`
    const std::uint32_t answer = mine.answer.load(std::memory_order_relaxed);
    if (answer == taken) return std::nullopt;
    if (answer == refused) return send_refusal::closed;
    offers_.erase(std::find(offers_.begin(), offers_.end(), &mine));
    return send_refusal::timed_out;
  }

  tl::expected<T, recv_error> receive(patience until) {
    std::unique_lock held(lock_);
    for (bool in_time = true;;) {
      if (hand_) {
        tl::expected<T, recv_error> value(std::move(*hand_));
        hand_.reset();
        return value;
      }
      receiver_waits_ = false;
      if (!offers_.empty()) return accept();
      if (senders_gone_) return tl::unexpected(recv_error::closed);
      if (!until) return tl::unexpected(recv_error::empty);
      if (!in_time) return tl::unexpected(recv_error::timed_out);
      receiver_waits_ = true;
      const std::uint32_t round = ready_round_.load(std::memory_order_relaxed);
      held.unlock();
      in_time = futex_wait(ready_round_, round, *until);
      held.lock();
    }
  }

  void receiver_left() noexcept {
    const std::lock_guard held(lock_);
    receiver_gone_ = true;
    for (offer* const each : offers_) answer(*each, refused);
    offers_.clear();
  }

  void senders_left() noexcept {
    const std::lock_guard held(lock_);
    senders_gone_ = true;
    wake_receiver();
  }

 private:
  static constexpr std::uint32_t open = 0, taken = 1, refused = 2;
  struct offer {  // on the stack of its sender
    T* value;
    futex_word answer = open;  // written under lock_
  };

  tl::expected<T, recv_error> accept() {
    offer& first = *offers_.front();
    offers_.pop_front();
    tl::expected<T, recv_error> value(std::move(*first.value));
    answer(first, taken);
    return value;
  }
  static void answer(offer& whom, std::uint32_t with) noexcept {
    whom.answer.store(with, std::memory_order_release);
    futex_wake(whom.answer, 1);
  }
  void wake_receiver() noexcept {
    ready_round_.fetch_add(1, std::memory_order_relaxed);
    futex_wake(ready_round_, 1);
  }

  raw_lock lock_;
  bool receiver_gone_ = false, senders_gone_ = false,
       receiver_waits_ = false;  // under lock_, as the two below
  std::deque<offer*> offers_;
  std::optional<T> hand_;
  futex_word ready_round_ = 0;
};

}  // namespace troupe::sync::internal
