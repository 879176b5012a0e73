// actors/router.hpp - spreads messages over several actors that do the same.
// Threads: a value; any thread may send through it.
#pragma once
#include <troupe/actors/address.hpp>
#include <troupe/actors/future.hpp>
#include <troupe/base/error.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

namespace troupe {

enum class routing : std::uint8_t {
  round_robin,  // one after the other
  least_loaded  // to the shortest mailbox, give or take a 64th of its capacity; among equals one after the other
};

/// Passes each message to one of its members; those that have ended are left out. No actor of its own: what it costs
/// is the choice, O(1) for round_robin, else O(members). Its copies choose independently of each other.
template <class... Ms>
class router {
 public:
  /// Without members every send fails.
  router(std::vector<address<Ms...>> members, routing how) noexcept
      : members_(std::move(members)), how_(how) {}
  router(const router& other) : members_(other.members_), how_(other.how_), next_(other.position()) {}
  router(router&& other) noexcept
      : members_(std::move(other.members_)), how_(other.how_), next_(other.position()) {}
  router& operator=(router other) noexcept {
    members_.swap(other.members_);
    how_ = other.how_;
    next_.store(other.position(), std::memory_order_relaxed);
    return *this;
  }
  ~router() = default;

  [[nodiscard]] const std::vector<address<Ms...>>& members() const noexcept { return members_; }

  /// As address::send, to the member whose turn it is. Errors: those, and closed when all have ended,
  /// invalid_argument without members.
  template <class M>
  result<> send(M&& message, nanoseconds patience = actors::default_patience) const {
    const address<Ms...>* const to = choose();
    return to == nullptr ? nobody() : to->send(std::forward<M>(message), patience);
  }
  /// As address::ask. Without a living member the future has the error closed or, without any, invalid_argument.
  template <class Q>
  [[nodiscard]] auto ask(Q&& question, nanoseconds patience = actors::default_patience) const {
    const address<Ms...>* const to = choose();
    return (to == nullptr ? fallback() : *to).ask(std::forward<Q>(question), patience);
  }

  /// The member for a key: always the same one as long as it lives; when it ends, its keys are spread over the others,
  /// and no other key moves. Order among messages with one key is kept. Key needs a std::hash.
  template <class Key>
  [[nodiscard]] const address<Ms...>& of(const Key& key) const noexcept {
    const std::uint64_t hash = std::hash<Key>()(key);
    const address<Ms...>* best = nullptr;
    std::uint64_t most = 0;
    for (const auto& each : members_) {
      if (actors::ended(actors::address_access::cell(each))) continue;
      const std::uint64_t weight = mixed(hash ^ mixed(each.id().value));
      if (best == nullptr || weight > most) {
        best = &each;
        most = weight;
      }
    }
    return best == nullptr ? fallback() : *best;
  }

 private:
  [[nodiscard]] std::size_t position() const noexcept { return next_.load(std::memory_order_relaxed); }

  /// splitmix64's last step.
  static std::uint64_t mixed(std::uint64_t bits) noexcept {
    bits = (bits ^ (bits >> 30U)) * 0xbf58476d1ce4e5b9U;
    bits = (bits ^ (bits >> 27U)) * 0x94d049bb133111ebU;
    return bits ^ (bits >> 31U);
  }

  /// Null: nobody lives.
  const address<Ms...>* choose() const noexcept {
    const std::size_t count = members_.size();
    if (count == 0) return nullptr;
    const std::size_t start = next_.fetch_add(1, std::memory_order_relaxed);
    const address<Ms...>* best = nullptr;
    std::size_t least = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const auto& each = members_[(start + i) % count];
      const auto& cell = actors::address_access::cell(each);
      if (actors::ended(cell)) continue;
      if (how_ == routing::round_robin) return &each;
      const std::size_t queued = actors::queued(cell);
      if (best != nullptr && queued >= least) continue;
      best = &each;
      least = queued;
    }
    return best;
  }

  [[nodiscard]] result<> nobody() const {
    if (members_.empty()) return fail(errc::invalid_argument, "send through a router without members");
    return fail(errc::closed, "send through a router whose members have all ended");
  }
  /// Refuses whatever is sent to it, with the reason.
  [[nodiscard]] const address<Ms...>& fallback() const noexcept {
    static const address<Ms...> empty;
    return members_.empty() ? empty : members_.front();
  }

  std::vector<address<Ms...>> members_;
  routing how_;
  mutable std::atomic<std::size_t> next_ = 0;
};

}  // namespace troupe
