// runtime/members/outlets.hpp - all edges out of one member: what it made goes to every one of them.
// Threads: owned by one member.
// Source: docs/delivery.md.
#pragma once
#include <troupe/base/clock.hpp>
#include <troupe/runtime/delivery/charges.hpp>
#include <troupe/runtime/delivery/outbox.hpp>
#include <troupe/runtime/node/call_offs.hpp>
#include <troupe/runtime/node/courier.hpp>
#include <troupe/runtime/node/messages.hpp>
#include <troupe/runtime/plan/plan.hpp>
#include <troupe/runtime/registry.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace troupe::runtime {

/// Where a member's reports go: the director's actor, or the lifeline to it.
using reporter = std::function<void(report)>;

/// What every member is made from. References outlive the members of a node.
struct member_setting {
  const plan& of;
  const registry& stages;
  exchange& by;
  reporter tell_director;
  logger log;
  std::vector<verdict> charges;     // what is known when it starts
  running_page* page = nullptr;     // of worker processes
  call_offs* called_off = nullptr;  // where the items of an edge that returns can be called off
};

/// too_large when an output cannot travel, or all of them where they travel as one.
enum class size_of : std::uint8_t { each, all_together };
[[nodiscard]] result<> check_sizes(const std::vector<bytes>& outputs, size_of what = size_of::each);

/// Edges of which an item goes to one.
struct way_out {
  std::size_t first = 0;  // of the boxes
  std::size_t count = 1;
  std::optional<std::uint32_t> key_field;
  std::vector<field_is> when;
};

/// The outboxes of a member, and its view of the charges.
class outlets final : public outbox_owner {
 public:
  /// `on_complete` is called once per (item, edge) with the token it was pushed with and its lineage.
  using completion = std::function<void(std::uint64_t token, const lineage& item)>;
  outlets(const member_setting& setting, const member_plan& who, courier& post, completion on_complete);

  /// On every way out: the single item of a source, named (origin, seq, span).
  void push_own(const lineage& parent, const bytes& payload, std::uint64_t token) {
    push_one(parent, payload, 0, 1, token);
  }
  /// On every way out: all outputs of one call. Returns how many completions will follow.
  std::size_t push_all(const lineage& parent, const std::vector<bytes>& outputs, std::uint64_t token);

  void on(const answers& news);
  void on(const consumer_news& news);
  void on(const consumer_retires& news);
  void on(const death_notice& news);
  void on(const verdict_notice& news);

  /// True when every edge would send at once.
  [[nodiscard]] bool has_room() const noexcept;
  /// At the end of a turn: whether there is `more` to send. Where there is no room for it, the director may want to know.
  void note_waiting(bool more);
  /// In how many copies an item leaves.
  [[nodiscard]] std::size_t copies() const noexcept { return ways_.size(); }
  [[nodiscard]] const charge_table& charges() const noexcept { return charges_; }
  /// Since the last call.
  [[nodiscard]] std::uint64_t take_redelivered() noexcept;

  void carry(const instance& to, edge_id edge, const item_header& header, const bytes& payload) override;
  void completed(edge_id edge, const kept_item& item) override;
  void hand_in(edge_id edge, const kept_item& item) override;
  std::vector<kept_item> split(edge_id edge, const kept_item& batch) override;

 private:
  /// One that does not take a way is complete there.
  void push_one(const lineage& parent, const bytes& payload, std::uint32_t index, std::uint32_t count,
                std::uint64_t token);
  void report_released();

  const plan& plan_;
  const registry& stages_;
  const reporter tell_director_;
  const logger log_;
  courier& courier_;
  completion on_complete_;
  charge_table charges_;
  std::vector<outbox> boxes_;
  std::vector<way_out> ways_;
  std::vector<bool> blocked_;  // of each box, as the exchange knows it
  std::uint64_t told_redelivered_ = 0;
};

}  // namespace troupe::runtime
