// runtime/node/courier.hpp - what one member sends during a turn, gathered and let out at its end.
// Threads: owned by one member.
// Source: docs/delivery.md, "Acknowledgement".
#pragma once
#include <troupe/runtime/node/exchange.hpp>
#include <troupe/runtime/node/messages.hpp>

#include <map>
#include <vector>

namespace troupe::runtime {

/// Gathers answers into ranges and items for members of this node into one message each; items for other
/// nodes go to their link at once, which batches by itself. flush() at the end of every turn.
class courier {
 public:
  /// The exchange must outlive the courier.
  courier(exchange& by, const instance& own) : exchange_(by), own_(own) {}

  void item(const instance& to, edge_id edge, const item_header& header, const bytes& payload);
  void answer(const sender& to, std::uint64_t number);
  /// The same with what the item's execution gave; at once.
  void give_back(const sender& to, std::uint64_t number, packed_outputs outputs);
  /// This member has done with all items from there up to `number`, with this one in `took`; it may answer later.
  void worked(const sender& to, std::uint64_t number, std::uint64_t took_ns);
  /// Gives the link its credit for an arrival that has left the mailbox.
  void dequeued(const arrival& item);
  void flush();
  [[nodiscard]] const instance& own() const noexcept { return own_; }
  [[nodiscard]] exchange& by() noexcept { return exchange_; }

 private:
  struct answer_key {
    std::uint64_t link;
    edge_id edge;
    instance who;
    friend auto operator<=>(const answer_key&, const answer_key&) = default;
  };
  exchange& exchange_;
  const instance own_;
  std::map<instance, arrivals> items_;
  struct answer_gathered {
    std::vector<std::uint64_t> numbers;
    std::uint64_t worked = 0;   // up to this number
    std::uint64_t items = 0;    // in this turn
    std::uint64_t took_ns = 0;  // these
  };
  std::map<answer_key, answer_gathered> answers_;
};

/// Sorted runs of the numbers, which need not be sorted.
[[nodiscard]] std::vector<number_range> to_ranges(std::vector<std::uint64_t> numbers);

}  // namespace troupe::runtime
