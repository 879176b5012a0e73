// actors/internal/topics.hpp - who wants to hear of which published messages.
// Threads: any.
#pragma once
#include <troupe/actors/internal/actor_class.hpp>
#include <troupe/actors/internal/cell_ref.hpp>

#include <atomic>
#include <shared_mutex>
#include <unordered_map>
#include <vector>

namespace troupe::actors {

class topics {
 public:
  /// False: it had subscribed before.
  bool add(const message_type& topic, cell& who);
  bool remove(const message_type& topic, const cell& who) noexcept;
  /// False: there is no listener to anything. Without a lock.
  [[nodiscard]] bool has_any() const noexcept { return has_any_.load(std::memory_order_acquire); }
  /// In the order in which they subscribed.
  [[nodiscard]] std::vector<cell_ref> listeners(const message_type& topic) const;

 private:
  mutable std::shared_mutex mutex_;
  std::atomic<bool> has_any_ = false;
  std::unordered_map<const message_type*, std::vector<cell_ref>> listeners_;
};

}  // namespace troupe::actors
