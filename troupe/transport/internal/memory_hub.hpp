// transport/internal/memory_hub.hpp - what is under way between posts in memory, and what happens to it there.
// Threads: one.
#pragma once
#include <troupe/base/clock.hpp>
#include <troupe/transport/internal/exchange.hpp>
#include <troupe/transport/memory_post.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace troupe::transport {

/// The wire of one post: connections are pairs of (node, id).
class memory_node final : public wire, public std::enable_shared_from_this<memory_node> {
 public:
  memory_node(memory_hub& hub, post_options options, link_events& events, std::vector<channel> accepted)
      : links(std::move(options), events, std::move(accepted), *this), late(events.late()), hub_(hub) {}

  struct far_end {
    std::weak_ptr<memory_node> to;
    link_id id{};
    steady::time_point last{};  // when what was sent last arrives: nothing overtakes it
  };

  [[nodiscard]] result<> open(link_id connection, const std::string& endpoint) override;
  void transmit(link_id connection, outgoing& what) override;
  void hang_up(link_id connection) override;
  void wake() override {}  // step() asks everybody for work

  exchange links;
  late_work* const late;
  std::map<link_id, far_end> ends;  // of connections that are whole
  std::set<link_id> hears;          // also those of which news or frames are still on their way

 private:
  memory_hub& hub_;
};

/// All posts of a network, and one queue of what is on its way, by the time it arrives.
class memory_hub {
 public:
  explicit memory_hub(const memory_faults& faults) : random_(faults.seed), faults_(faults) {}

  /// A frame leaves; chance decides what becomes of it.
  void carry(memory_node& from, link_id id, memory_node::far_end& to, bytes sent);
  /// The other side hears of the end behind what is on its way to it.
  void break_off(memory_node& from, link_id id, const error& why);
  /// Both sides hear of the end; what is on its way is lost.
  void cut(memory_node& from, link_id id);

  bool pump();
  bool deliver();
  /// When something happens next, by itself.
  [[nodiscard]] std::optional<steady::time_point> next() const;
  /// Lets those who waited too long know.
  void expire();
  void become(const memory_faults& faults);

  steady::time_point now{std::chrono::hours(1)};
  std::map<std::string, std::weak_ptr<memory_node>> nodes;  // by endpoint
  [[nodiscard]] std::size_t on_their_way() const noexcept { return queue_.size(); }
  [[nodiscard]] std::uint64_t trace() const noexcept { return trace_; }

 private:
  struct item {
    std::weak_ptr<memory_node> to;
    link_id id{};
    bytes frame;
    std::optional<error> lost;
  };

  void put(steady::time_point due, item what);
  void note(std::uint64_t what) noexcept;
  [[nodiscard]] std::uint64_t random() noexcept;
  [[nodiscard]] bool chance(std::uint32_t in_ten_thousand) noexcept;
  [[nodiscard]] steady::duration delay() noexcept;

  std::map<std::pair<steady::time_point, std::uint64_t>, item> queue_;
  std::uint64_t order_ = 0;  // of what arrives at the same time
  std::uint64_t random_;
  memory_faults faults_;
  std::uint64_t trace_ = 0xcbf29ce484222325;
};

}  // namespace troupe::transport
