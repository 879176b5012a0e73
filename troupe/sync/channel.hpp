// sync/channel.hpp - values that move from many threads to one.
// Threads: a sender is copied for each thread; a receiver is used by one at a time.
// Source: std::sync::mpsc of Rust.
#pragma once
#include <troupe/base/clock.hpp>
#include <troupe/sync/internal/channel_core.hpp>
#include <troupe/sync/internal/channel_outcome.hpp>

#include <tl/expected.hpp>

#include <cassert>
#include <cstddef>
#include <iterator>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace troupe::sync {

/// A value that was not sent, and why. It is given back as it was.
template <class T>
struct [[nodiscard]] send_error {
  send_refusal why = send_refusal::closed;
  T value;
};

template <class T>
using send_result = tl::expected<void, send_error<T>>;
template <class T>
using recv_result = tl::expected<T, recv_error>;

template <class T>
struct channel_ends;
template <class T>
channel_ends<T> channel();
template <class T>
channel_ends<T> sync_channel(std::size_t capacity);

/// Where values enter. A copy is one more sender; when the last has gone, the receiver is told after the last
/// value. A moved-from sender may only be destroyed or assigned to.
template <class T>
class sender {
 public:
  sender(const sender& other) noexcept : core_(other.core_) {
    if (core_) core_->sender_came();
  }
  sender(sender&& other) noexcept = default;
  sender& operator=(sender other) noexcept {
    std::swap(core_, other.core_);
    return *this;
  }
  ~sender() {
    if (core_) core_->sender_left();
  }

  /// Blocks while a bounded channel is full; with capacity 0 until the value has been received. Gives it back
  /// when the receiver has gone. That it was sent does not say that it will be received.
  send_result<T> send(T value) { return send_until(std::move(value), deadline::never()); }
  /// Does not block: full or closed.
  send_result<T> try_send(T value) { return with(std::move(value), internal::no_patience); }
  /// timed_out or closed.
  send_result<T> send_until(T value, deadline until) { return with(std::move(value), until); }

 private:
  template <class U>
  friend channel_ends<U> join_ends(std::shared_ptr<internal::channel_core<U>> core);
  explicit sender(std::shared_ptr<internal::channel_core<T>> core) noexcept : core_(std::move(core)) {}

  send_result<T> with(T value, internal::patience until) {
    assert(core_ != nullptr);
    if (const auto refusal = core_->send(value, until))
      return tl::unexpected(send_error<T>{*refusal, std::move(value)});
    return {};
  }

  std::shared_ptr<internal::channel_core<T>> core_;
};

/// Where values leave, those of each sender in its order. Move-only. Its end closes the channel: values that
/// are in it are destroyed, senders that wait get theirs back.
template <class T>
class receiver {
 public:
  receiver(receiver&& other) noexcept = default;
  receiver& operator=(receiver&& other) noexcept {
    receiver old(std::move(other));
    std::swap(core_, old.core_);
    return *this;
  }
  ~receiver() {
    if (core_) core_->receiver_left();
  }

  /// Blocks until there is a value. closed: there is none and no sender, so none will come.
  [[nodiscard]] recv_result<T> recv() { return with(deadline::never()); }
  /// Does not block: empty or closed.
  [[nodiscard]] recv_result<T> try_recv() { return with(internal::no_patience); }
  /// timed_out or closed. What is there already is received whatever the deadline.
  [[nodiscard]] recv_result<T> recv_until(deadline until) { return with(until); }

  /// `for (auto& value : receiver)`: blocks for each value, ends when the channel is closed and empty.
  class iterator {
   public:
    using value_type = T;
    using difference_type = std::ptrdiff_t;
    explicit iterator(receiver& from) : from_(&from) { ++*this; }
    [[nodiscard]] T& operator*() const noexcept { return *now_; }
    iterator& operator++() {
      auto next = from_->recv();
      now_.reset();
      if (next) now_.emplace(std::move(*next));
      return *this;
    }
    void operator++(int) { ++*this; }
    friend bool operator==(const iterator& at, std::default_sentinel_t) noexcept { return !at.now_; }

   private:
    receiver* from_;
    mutable std::optional<T> now_;
  };
  [[nodiscard]] iterator begin() { return iterator(*this); }
  [[nodiscard]] std::default_sentinel_t end() const noexcept { return {}; }

 private:
  template <class U>
  friend channel_ends<U> join_ends(std::shared_ptr<internal::channel_core<U>> core);
  explicit receiver(std::shared_ptr<internal::channel_core<T>> core) noexcept : core_(std::move(core)) {}

  recv_result<T> with(internal::patience until) {
    assert(core_ != nullptr);
    return core_->receive(until);
  }

  std::shared_ptr<internal::channel_core<T>> core_;
};

/// `auto [send, receive] = channel<job>();`
template <class T>
struct channel_ends {
  sync::sender<T> sender;
  sync::receiver<T> receiver;
};

template <class T>
channel_ends<T> join_ends(std::shared_ptr<internal::channel_core<T>> core) {
  static_assert(std::is_nothrow_move_constructible_v<T>,
                "what goes through a channel is moved under its lock: moving it may not throw");
  return {sender<T>(core), receiver<T>(core)};
}

/// Holds any number of values: send() never blocks, but memory is the limit.
template <class T>
[[nodiscard]] channel_ends<T> channel() {
  return sync_channel<T>(internal::unbounded);
}

/// Holds up to `capacity` values that nobody has received; 0: each send meets a receive.
template <class T>
[[nodiscard]] channel_ends<T> sync_channel(std::size_t capacity) {
  return join_ends<T>(std::make_shared<internal::channel_core<T>>(capacity));
}

}  // namespace troupe::sync
