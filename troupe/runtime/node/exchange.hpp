// runtime/node/exchange.hpp - where the members of a node meet those of others: items in, answers out.
// Threads: every function from any thread; link events on the post's thread.
// Source: docs/delivery.md, "Links".
#pragma once
#include <troupe/base/log.hpp>
#include <troupe/runtime/node/member.hpp>
#include <troupe/runtime/node/messages.hpp>
#include <troupe/runtime/node/turned_away_log.hpp>
#include <troupe/runtime/plan/plan.hpp>
#include <troupe/transport/post.hpp>

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace troupe::runtime {

/// What a link has done in its life.
enum class link_use : std::uint8_t {
  none,  // it never came up
  up,    // it came up, and nothing was acknowledged over it
  answered
};

/// Another node and the members that live there.
struct neighbour {
  transport::peer node;
  std::string endpoint;
  std::vector<instance> hosts;
};

/// The end of a link that we had opened.
struct link_lost {
  neighbour whom;
  error why;
  link_use use = link_use::none;
};

/// "count.0" for slot 0 of stage count, whether that is a worker like any other or keeps a part of the state.
[[nodiscard]] std::string node_name(const plan& of, const instance& worker);
/// The socket of a worker. The epoch is part of it: a predecessor's socket may still stand there.
[[nodiscard]] std::string socket_name(const plan& of, const instance& worker);
/// The worker process that a node is. nullopt: it is none of that plan.
[[nodiscard]] std::optional<instance> worker_of(const plan& of, const transport::peer& node);
/// A channel per edge, with its shape: what every node of the run declares and accepts.
[[nodiscard]] std::vector<transport::channel> channels_of(const plan& of);

/// Knows the way to every instance: an actor of this node, or a link. Items and answers to somebody who is
/// gone are dropped: delivery sends them again or needs them no more.
class exchange final : public transport::link_events {
 public:
  /// Called on the post's thread when a link to a neighbour that was not forgotten is lost; reach() it again
  /// later.
  using lost_link = std::function<void(link_lost)>;

  /// Called on the post's thread, once for each life of a worker that broke the protocol on a link with us.
  using broken_by = std::function<void(broken_protocol)>;

  /// `of` must outlive the exchange. `own_epoch` is that of every instance hosted here.
  exchange(const plan& of, std::uint64_t own_epoch, logger log, lost_link on_lost);
  /// Once, before the first link; the post must outlive all calls.
  void use(transport::post& post);
  /// Called on the post's thread with the number of an item that was sent to us and is not wanted any more.
  using called_off = std::function<void(std::uint64_t number)>;
  /// Before use().
  void on_called_off(called_off tell) { tell_called_off_ = std::move(tell); }
  /// Before use().
  void on_broken_protocol(broken_by tell) { tell_broken_ = std::move(tell); }

  void attach(const instance& who, member_address address);
  /// Opens a link to a node that hosts consumers of ours; its consumers are announced to our members when it
  /// is up.
  void reach(neighbour whom);
  /// The node is dead: close what leads there and do not reach it again.
  void forget(const instance& who);

  /// To every member of this node.
  template <class M>
  void tell_all(const M& message) {
    const std::lock_guard lock(mutex_);
    for (auto& [who, address] : members_) address.send(M(message));
  }
  template <class M>
  void tell(const instance& who, M message) {
    const std::lock_guard lock(mutex_);
    if (const auto found = members_.find(who); found != members_.end())
      found->second.send(std::move(message));
  }

  /// A member of this node has more for that edge than there is room, or no longer.
  void note_blocked(edge_id edge, bool is) {
    blocked_[edge].fetch_add(is ? 1U : ~0U, std::memory_order_relaxed);
  }
  [[nodiscard]] bool is_blocked(edge_id edge) const {
    return blocked_[edge].load(std::memory_order_relaxed) != 0;
  }
  /// Items that came over links, in all.
  [[nodiscard]] std::uint64_t arrived() const noexcept { return arrived_.load(std::memory_order_relaxed); }
  /// From now on connections may break off anywhere: that is nothing to tell of.
  void note_ending();
  /// True when it lives in this node.
  [[nodiscard]] bool is_local(const instance& who) const;
  /// To another node.
  void send_item(const instance& to, edge_id edge, const item_header& header, const bytes& payload);
  void send_answers(const sender& to, answers news);
  void send_return(const sender& to, const instance& own, std::uint64_t number, packed_outputs outputs);
  /// To the consumer that an item was sent to under that number.
  void call_off(const instance& consumer, edge_id edge, std::uint64_t number);
  /// The receiver has taken these items out of its mailbox.
  void dequeued(const sender& from, std::uint32_t items, std::uint64_t bytes);

  void on_up(transport::link_id link, const transport::peer& who, bool we_connected) override;
  void on_records(transport::link_id link, std::vector<transport::record>&& records) override;
  void on_down(transport::link_id link, const error& why) override;
  void on_turned_away(const error& why) override;
  /// How many connections of that kind were turned away.
  [[nodiscard]] std::uint64_t turned_away(errc kind) const;

 private:
  using link_id = transport::link_id;
  struct outgoing_link {
    neighbour whom;
    link_use use = link_use::none;
  };
  [[nodiscard]] result<> take_item(link_id link, std::uint64_t epoch, transport::record& record,
                                   std::map<instance, arrivals>& into);
  [[nodiscard]] result<> take_control(std::uint64_t epoch, const transport::record& record,
                                      std::map<instance, returns>& into);
  void take(std::uint64_t epoch, const edge_plan& edge, answer_record&& note);
  [[nodiscard]] static result<returned> take(std::uint64_t epoch, const edge_plan& edge, return_record&& note,
                                             bytes payload);
  void blame(const transport::peer& whom, const error& why);
  void announce(const std::vector<instance>& hosts, bool up);  // under mutex_

  const plan& plan_;
  const std::uint64_t own_epoch_;
  const logger log_;
  const lost_link on_lost_;
  broken_by tell_broken_;
  called_off tell_called_off_;
  transport::post* post_ = nullptr;
  std::vector<std::atomic<std::uint32_t>> blocked_;  // members, by edge
  std::atomic<std::uint64_t> arrived_{0};

  mutable std::mutex mutex_;
  std::map<instance, member_address> members_;
  std::map<std::pair<member_id, std::uint32_t>, std::uint64_t>
      gone_;  // the last life of a slot that is dead for good: it and those before are never reached again
  std::unordered_map<instance, link_id, instance_hash> ways_;  // to consumers elsewhere
  std::map<link_id, outgoing_link> outgoing_;                  // links that we opened
  std::map<link_id, transport::peer> peers_;                   // of every link that is up
  std::set<transport::peer> blamed_;                           // have broken the protocol
  turned_away_log turned_away_;
  bool ending_ = false;  // under mutex_
};

}  // namespace troupe::runtime
