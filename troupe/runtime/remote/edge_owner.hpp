// runtime/remote/edge_owner.hpp - what edges and messages of a gateway ask of it, as long as it is there.
// Threads: every function from any thread.
#pragma once
#include <troupe/actors/remote_types.hpp>
#include <troupe/transport/post.hpp>

#include <cstdint>
#include <mutex>
#include <span>

namespace troupe::runtime {

struct arrived_card;

/// The gateway, to them.
class edge_events {
 public:
  /// A stand-in has ended.
  virtual void left(transport::link_id out, std::uint32_t edge) = 0;
  /// The address of the actor that the card means, for messages of these types. Empty: it does not take them. One call
  /// at a time.
  [[nodiscard]] virtual actors::cell_ref meet(const arrived_card& whom,
                                              std::span<const actors::remote_type> types,
                                              const actors::actor_class& stand_in) = 0;

 protected:
  ~edge_events() = default;
};

class edge_owner {
 public:
  explicit edge_owner(edge_events& who) noexcept : who_(&who) {}
  void left(transport::link_id out, std::uint32_t edge) {
    const std::lock_guard lock(mutex_);
    if (who_ != nullptr) who_->left(out, edge);
  }
  /// Also empty when the gateway takes part no more.
  [[nodiscard]] actors::cell_ref meet(const arrived_card& whom, std::span<const actors::remote_type> types,
                                      const actors::actor_class& stand_in) {
    const std::lock_guard meeting(meeting_);
    edge_events* who = nullptr;
    {
      const std::lock_guard lock(mutex_);  // not for longer: a stand-in may end at once
      who = who_;
    }
    return who == nullptr ? actors::cell_ref() : who->meet(whom, types, stand_in);
  }
  /// Returns when nobody is in it any more.
  void leave() {
    const std::lock_guard meeting(meeting_);
    const std::lock_guard lock(mutex_);
    who_ = nullptr;
  }

 private:
  std::mutex meeting_;  // before mutex_: two who get the same address get the same stand-in
  std::mutex mutex_;
  edge_events* who_;
};

}  // namespace troupe::runtime
