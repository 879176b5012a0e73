// actors/async/channel.hpp - a bounded queue between coroutines: many send, many receive.
// Threads: a value that shares one channel; any thread may use it. Plain threads wait with .get().
// Source: tokio's mpsc, Go's channels.
#pragma once
#include <troupe/actors/actor_system.hpp>
#include <troupe/actors/future.hpp>
#include <troupe/actors/internal/blocking.hpp>
#include <troupe/actors/internal/sweep.hpp>
#include <troupe/actors/sendable.hpp>
#include <troupe/base/error.hpp>

#include <algorithm>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace troupe {

/// Items leave in the order in which they were sent. Copies are the same channel. It must not be waited for when its
/// system is gone.
/// Caveat: an item that has been handed to a future which is then dropped is gone with it, as a message is with the actor
/// that was killed over it. An item whose send() ended in an error is destroyed; try_send gives it back.
template <sendable T>
class async_channel {
 public:
  /// `capacity` items wait at most, at least 1.
  async_channel(actor_system& system, std::size_t capacity)
      : core_(&actors::system_access::core_of(system)), state_(std::make_shared<state>()) {
    state_->capacity = std::max<std::size_t>(capacity, 1);
  }

  /// Done when the item is in the channel. Errors: closed, timed_out, invalid_argument (a negative patience).
  [[nodiscard]] future<void> send(T item, nanoseconds patience = actors::default_patience) const {
    auto answer = actors::wait_for<void>(*core_, "to send into a full channel", patience);
    std::deque<sender> gone;
    settle([&] {
      const auto over = [](const sender& each) { return gave_up(each.answer); };
      state_->senders_left(state_->senders, over, gone);
      if (state_->closed)
        answer->fail({errc::closed, "send into a channel that has been closed"});
      else
        state_->senders.push_back({std::move(item), answer});
    });
    return future<void>(std::move(answer));
  }
  /// Never waits; gives the item back when there is no room, or the channel is closed.
  [[nodiscard]] tl::expected<void, rejected<T>> try_send(T item) const {
    std::optional<rejected<T>> back;
    settle([&] {
      if (state_->closed)
        back.emplace(rejected<T>{rejection::closed, std::move(item)});
      else if (state_->items.size() >= state_->capacity)
        back.emplace(rejected<T>{rejection::full, std::move(item)});
      else
        state_->items.push_back(std::move(item));
    });
    if (!back) return {};
    return tl::unexpected<rejected<T>>(std::move(*back));
  }

  /// The next item. Errors: end_of_file (closed, and all items have been received), timed_out, invalid_argument (a
  /// negative patience).
  [[nodiscard]] future<T> receive(nanoseconds patience = actors::default_patience) const {
    auto answer = actors::wait_for<T>(*core_, "for an item of a channel", patience);
    std::vector<receiver> gone;
    settle([&] {
      state_->receivers_left(state_->receivers, gave_up<receiver>, gone);
      state_->receivers.push_back(answer);
    });
    return future<T>(std::move(answer));
  }
  /// Nothing when there is no item now.
  [[nodiscard]] std::optional<T> try_receive() const {
    std::optional<T> item;
    settle([&] {
      if (state_->items.empty()) return;
      item.emplace(std::move(state_->items.front()));
      state_->items.pop_front();
    });
    return item;
  }

  /// No more is sent; what is in it can still be received. Sends that wait fail with closed.
  void close() const {
    settle([&] { state_->closed = true; });
  }
  [[nodiscard]] std::size_t size() const {
    const std::lock_guard lock(state_->mutex);
    return state_->items.size();
  }

 private:
  using receiver = std::shared_ptr<actors::answer_of<T>>;
  struct sender {
    T item;
    std::shared_ptr<actors::answer_of<void>> answer;
  };
  struct state {
    std::mutex mutex;
    std::size_t capacity = 1;
    bool closed = false;
    std::deque<T> items;
    std::deque<sender> senders;
    std::deque<receiver> receivers;
    actors::sweep senders_left, receivers_left;
  };

  template <class Answer>
  static bool gave_up(const Answer& answer) noexcept {
    return answer->is_claimed() || answer.use_count() == 1;
  }

  /// Changes something and then brings items and those that wait together. Whoever is answered is told under the lock, by
  /// a flag of its own only: no code of others runs there.
  template <class Change>
  void settle(Change&& change) const {
    std::vector<sender> gone;  // destroyed without the lock
    const std::lock_guard lock(state_->mutex);
    change();
    state& now = *state_;
    for (;;) {
      while (!now.senders.empty() && (now.closed || gave_up(now.senders.front().answer))) {
        now.senders.front().answer->fail({errc::closed, "send into a channel that has been closed"});
        gone.push_back(std::move(now.senders.front()));
        now.senders.pop_front();
      }
      while (!now.receivers.empty() && gave_up(now.receivers.front())) now.receivers.pop_front();
      if (now.items.size() < now.capacity && !now.senders.empty()) {
        if (now.senders.front().answer->set({})) now.items.push_back(std::move(now.senders.front().item));
        gone.push_back(std::move(now.senders.front()));
        now.senders.pop_front();
      } else if (!now.items.empty() && !now.receivers.empty()) {
        hand_over();
      } else {
        break;
      }
    }
    if (now.closed && now.items.empty())
      for (; !now.receivers.empty(); now.receivers.pop_front())
        now.receivers.front()->fail({errc::end_of_file, "receive from a channel that has been closed"});
  }

  /// The first item to the first that waits; it stays when that one has given up at this moment.
  void hand_over() const {
    const receiver to = std::move(state_->receivers.front());
    state_->receivers.pop_front();
    if (to->give(state_->items.front())) state_->items.pop_front();
  }

  actors::core* core_;
  std::shared_ptr<state> state_;
};

}  // namespace troupe
