// runtime/members/intake.hpp - what a terminal has taken: copies are recognised, and the order of the origin is restored.
// Threads: owned by one member.
// Source: docs/delivery.md, "Acknowledgement" and "Order".
#pragma once
#include <troupe/runtime/delivery/terminal_memory.hpp>
#include <troupe/runtime/members/outlets.hpp>
#include <troupe/runtime/node/messages.hpp>

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

namespace troupe::runtime {

/// Stands before the work of every terminal. On an edge that is ordered an item is held until all of its origin's items up
/// to it are complete: then nothing that belongs before it can come any more. What is held may be answered for.
class intake {
 public:
  /// `of` must outlive it; stages that turn out not to be deterministic are told of by `tell_director`.
  intake(const plan& of, const instance& own, reporter tell_director);

  /// The item when it is to be worked on now; nothing when it is held, or known already.
  [[nodiscard]] std::optional<arrival> take(arrival item);
  /// Forgets what is complete. Appends what was held and is next, in its order.
  void heard(const watermark_notice& news, std::deque<arrival>& next);

 private:
  using held_items = std::map<std::uint64_t, std::vector<arrival>>;  // by seq

  const plan& plan_;
  const instance own_;
  const reporter tell_director_;
  terminal_memory memory_;
  std::map<member_id, held_items> held_;  // by origin
};

}  // namespace troupe::runtime
