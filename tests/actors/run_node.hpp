// tests/actors/run_node.hpp - several messages in one entry of a mailbox.
// Threads: as a node.
#pragma once
#include "probe.hpp"

#include <troupe/actors/internal/node.hpp>

namespace probe {

/// A run of numbers in one entry of the mailbox: what a frame from another process becomes.
class run_node final : public troupe::actors::node {
 public:
  explicit run_node(int count, int bad = -1) : count_(count), bad_(bad) {}
  bool visit(troupe::actors::behaviour& actor, troupe::actors::delivery& what) override {
    number one{at_};
    boom bad;
    const bool is_bad = at_ == bad_;
    what.type = is_bad ? &troupe::actors::message_type_of<boom> : &troupe::actors::message_type_of<number>;
    what.payload = is_bad ? static_cast<void*>(&bad) : &one;
    ++at_;
    actor.receive(what);
    return has_rest();
  }
  [[nodiscard]] bool has_rest() const noexcept override { return at_ < count_; }
  [[nodiscard]] std::size_t size() const noexcept override { return static_cast<std::size_t>(count_ - at_); }

 private:
  int count_;
  int bad_;  // which of them makes the receiver throw
  int at_ = 0;
};

}  // namespace probe
