// actors/internal/topics.hpp - who wants to hear of which published messages.
// Threads: any.
#pragma once
#include <troupe/actors/internal/actor_class.hpp>
#include <troupe/actors/internal/cell_ref.hpp>

#include <shared_mutex>
#include <unordered_map>
#include <vector>

namespace troupe::actors {

class topics {
 public:
  /// False: it had subscribed before.
  bool add(const message_type& topic, cell& who);
  bool remove(const message_type& topic, const cell& who) noexcept;
  /// In the order in which they subscribed.
  [[nodiscard]] std::vector<cell_ref> listeners(const message_type& topic) const;

 private:
  mutable std::shared_mutex mutex_;
  std::unordered_map<const message_type*, std::vector<cell_ref>> listeners_;
};

}  // namespace troupe::actors
