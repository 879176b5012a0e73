// sync/internal/channel_core.hpp - what is between the two ends of a channel.
// Threads: send from any; receive and receiver_left from one at a time.
#pragma once
#include <troupe/sync/internal/buffered.hpp>
#include <troupe/sync/internal/channel_outcome.hpp>
#include <troupe/sync/internal/rendezvous.hpp>

#include <tl/expected.hpp>

#include <atomic>
#include <cstddef>
#include <optional>
#include <utility>
#include <variant>

namespace troupe::sync::internal {

/// One of two kinds, told apart by a branch: where processors are kept from guessing the targets of virtual
/// calls, two of them would cost as much as all the rest of a value's way.
template <class T>
class channel_core {
 public:
  /// 0: nothing is held, sender and receiver meet.
  explicit channel_core(std::size_t capacity) {
    if (capacity == 0) {
      way_.template emplace<rendezvous<T>>();
    } else {
      way_.template emplace<buffered<T>>(capacity);
    }
  }

  /// Nothing: sent, and `value` moved from. Otherwise `value` is as it was.
  std::optional<send_refusal> send(T& value, patience until) {
    if (auto* const held = std::get_if<buffered<T>>(&way_)) return held->send(value, until);
    return std::get<rendezvous<T>>(way_).send(value, until);
  }
  tl::expected<T, recv_error> receive(patience until) {
    if (auto* const held = std::get_if<buffered<T>>(&way_)) return held->receive(until);
    return std::get<rendezvous<T>>(way_).receive(until);
  }
  /// Refuses from now on, ends waiting senders, destroys what is left.
  void receiver_left() noexcept {
    if (auto* const held = std::get_if<buffered<T>>(&way_)) return held->receiver_left();
    std::get<rendezvous<T>>(way_).receiver_left();
  }

  void sender_came() noexcept { senders_.fetch_add(1, std::memory_order_relaxed); }
  void sender_left() noexcept {
    if (senders_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    if (auto* const held = std::get_if<buffered<T>>(&way_)) return held->senders_left();
    std::get<rendezvous<T>>(way_).senders_left();
  }

 private:
  std::variant<std::monostate, buffered<T>, rendezvous<T>> way_;
  alignas(64) std::atomic<std::size_t> senders_ = 1;
};

}  // namespace troupe::sync::internal
