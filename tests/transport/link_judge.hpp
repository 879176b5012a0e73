// tests/transport/link_judge.hpp - watches the links of several nodes and says which promise of post was broken.
// Threads: one.
#pragma once
#include "recorder.hpp"

#include <troupe/base/bytes.hpp>
#include <troupe/base/error.hpp>
#include <troupe/transport/post.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace troupe::transport {

/// What all nodes of a world share.
struct link_judge {
  bool wire_is_perfect = true;  // then no link ends but by close()
  std::string verdict;          // the first promise that was broken
  std::uint64_t trace = 0xcbf29ce484222325;

  void broken(std::string what) {
    if (verdict.empty()) verdict = std::move(what);
  }
  void note(std::uint64_t what) { trace = (trace ^ what) * 0x100000001b3; }
};

/// A node that sends numbered records and knows for each link what may come. Channel 0 and two others.
class judged_node final : public link_events {
 public:
  judged_node(link_judge& judge, std::size_t index, window receive)
      : judge_(judge), index_(index), receive_(receive) {}
  void use(post& own) { post_ = &own; }

  /// Links that came up or were asked for, the dead ones included.
  [[nodiscard]] const std::vector<link_id>& links() const { return links_; }
  void connected(link_id link) { (void)side_of(link); }
  void send(link_id link, std::size_t channel, std::size_t size) {
    auto& lane = side_of(link).lanes[channel];
    const std::array<std::uint32_t, 3> head{static_cast<std::uint32_t>(index_),
                                            static_cast<std::uint32_t>(link), lane.sent++};
    post_->send(link, static_cast<std::uint32_t>(channel), std::as_bytes(std::span(head)),
                bytes::adopt(std::vector<std::byte>(size)));
  }
  /// Takes up to so many records of those that wait; false when none does.
  bool dequeue(link_id link, std::uint32_t channel, std::uint32_t most) {
    auto& waiting = side_of(link).lanes[channel].waiting;
    const auto count = std::min<std::size_t>(most, waiting.size());
    if (count == 0) return false;
    std::uint64_t size = 0;
    for (std::size_t i = 0; i < count; ++i) size += waiting[i];
    waiting.erase(waiting.begin(), waiting.begin() + static_cast<std::ptrdiff_t>(count));
    post_->dequeued(link, channel, static_cast<std::uint32_t>(count), size);
    return true;
  }
  bool dequeue_all() {
    bool any = false;
    for (const auto link : links_) {
      for (const std::uint32_t channel : {1u, 2u}) any = dequeue(link, channel, ~0u) || any;
    }
    return any;
  }

  /// A link that is still up has delivered, and has been delivered, everything.
  void judge_deliveries(const std::vector<std::unique_ptr<judged_node>>& nodes) {
    for (const auto link : links_) {
      const auto& here = side_of(link);
      if (here.downs != 0) continue;
      if (!here.is_up || here.other == link_id{}) return broken(link, "neither came up nor ended");
      const auto& there = nodes[here.other_node]->sides_[static_cast<std::size_t>(here.other)];
      if (there.downs != 0) return broken(link, "is up here and down there");
      for (std::size_t channel = 0; channel < here.lanes.size(); ++channel) {
        if (here.lanes[channel].sent != there.lanes[channel].got)
          return broken(link, "stalled on channel " + std::to_string(channel));
      }
    }
  }
  void judge_endings() {
    for (const auto link : links_) {
      if (side_of(link).downs != 1) broken(link, "did not end");
    }
  }

  void on_up(link_id link, const peer& who, bool) override {
    auto& here = side_of(link);
    judge_.note(static_cast<std::uint64_t>(link) * 8 + index_);
    if (here.is_up || here.downs != 0) broken(link, "came up twice, or after its end");
    here.is_up = true;
    here.other_node = static_cast<std::size_t>(who.node.front() - 'a');
    send(link, control_channel, 0);  // so that both know which links belong together
  }
  void on_records(link_id link, std::vector<record>&& records) override {
    auto& here = side_of(link);
    if (!here.is_up || here.downs != 0)
      return broken(link, "got records before its beginning or after its end");
    for (const auto& one : records) take(link, here, one);
  }
  void on_down(link_id link, const error& why) override {
    auto& here = side_of(link);
    judge_.note(~(static_cast<std::uint64_t>(link) * 8 + index_));
    if (++here.downs != 1) broken(link, "ended twice");
    for (auto& lane : here.lanes) lane.waiting.clear();
    const bool closed = why.code == errc::closed || why.code == errc::end_of_file;
    const bool lost = why.code == errc::peer_lost || why.code == errc::timed_out;
    if (!closed && (judge_.wire_is_perfect || !lost)) broken(link, "ended for no reason: " + why.message());
  }
  void on_turned_away(const error& why) override {
    if (judge_.wire_is_perfect) judge_.broken("turned away: " + why.message());
  }

 private:
  struct lane_of_link {
    std::uint32_t sent = 0, got = 0;
    std::vector<std::uint64_t> waiting;  // sizes of records that were not yet dequeued
    std::uint64_t bytes_waiting() const {
      std::uint64_t all = 0;
      for (const auto size : waiting) all += size;
      return all;
    }
  };
  struct side {
    bool is_up = false, is_known = false;
    int downs = 0;
    std::size_t other_node = 0;
    link_id other{};
    std::array<lane_of_link, 3> lanes;
  };

  side& side_of(link_id link) {
    const auto at = static_cast<std::size_t>(link);
    if (sides_.size() <= at) sides_.resize(at + 1);
    if (!std::exchange(sides_[at].is_known, true)) links_.push_back(link);
    return sides_[at];
  }
  void broken(link_id link, const std::string& what) {
    judge_.broken("link " + std::to_string(static_cast<std::uint64_t>(link)) + " of node " +
                  std::string(1, static_cast<char>('a' + index_)) + " " + what);
  }
  void take(link_id link, side& here, const record& one) {
    std::array<std::uint32_t, 3> head{};
    if (one.payload.size() < sizeof(head) || one.channel >= here.lanes.size())
      return broken(link, "got what nobody sent");
    std::memcpy(head.data(), one.payload.data(), sizeof(head));
    auto& lane = here.lanes[one.channel];
    judge_.note((std::uint64_t{head[2]} << 32) + one.payload.size() * 4 + one.channel);
    if (here.other == link_id{}) here.other = link_id{head[1]};
    if (head[0] != here.other_node || link_id{head[1]} != here.other)
      return broken(link, "got a record of another link");
    if (head[2] != lane.got) {
      return broken(link, "got record " + std::to_string(head[2]) + " on channel " +
                              std::to_string(one.channel) + " where " + std::to_string(lane.got) +
                              " was due");
    }
    ++lane.got;
    if (one.channel == control_channel) return;
    lane.waiting.push_back(one.payload.size());
    if (lane.waiting.size() > receive_.items ||
        (lane.waiting.size() > 1 && lane.bytes_waiting() > receive_.bytes))
      broken(link, "got more than its window");
  }

  link_judge& judge_;
  const std::size_t index_;
  const window receive_;
  post* post_ = nullptr;
  std::vector<side> sides_;  // by link id
  std::vector<link_id> links_;
};

}  // namespace troupe::transport
