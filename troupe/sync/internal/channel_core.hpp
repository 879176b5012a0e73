// sync/internal/channel_core.hpp - what is between the two ends of a channel, as the ends see it.
// Threads: send from any; receive and receiver_left from one at a time.
#pragma once
#include <troupe/base/clock.hpp>

#include <tl/expected.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace troupe::sync {

enum class send_refusal : std::uint8_t {
  full,       // no room now; with capacity 0: the receiver does not wait now
  timed_out,  // no room until the deadline
  closed,     // the receiver has gone
};

enum class recv_error : std::uint8_t {
  empty,      // nothing there now
  timed_out,  // nothing came until the deadline
  closed,     // all values have been received and all senders have gone
};

}  // namespace troupe::sync

namespace troupe::sync::internal {

/// How long to wait: not at all, or until a deadline.
using patience = std::optional<deadline>;
inline constexpr patience no_patience = std::nullopt;

template <class T>
class channel_core {
 public:
  channel_core() = default;
  channel_core(const channel_core&) = delete;
  channel_core& operator=(const channel_core&) = delete;
  virtual ~channel_core() = default;

  /// Nothing: sent, and `value` moved from. Otherwise `value` is as it was.
  virtual std::optional<send_refusal> send(T& value, patience until) = 0;
  virtual tl::expected<T, recv_error> receive(patience until) = 0;
  /// Refuses from now on, ends waiting senders, destroys what is left.
  virtual void receiver_left() noexcept = 0;
  /// Called once, by the last.
  virtual void senders_left() noexcept = 0;

  void sender_came() noexcept { senders_.fetch_add(1, std::memory_order_relaxed); }
  void sender_left() noexcept {
    if (senders_.fetch_sub(1, std::memory_order_acq_rel) == 1) senders_left();
  }

 private:
  std::atomic<std::size_t> senders_ = 1;
};

}  // namespace troupe::sync::internal
