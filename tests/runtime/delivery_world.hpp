// tests/runtime/delivery_world.hpp - a whole segment in memory: a source, stateless workers that die and come back, a
// terminal; every step of every party is chosen by a seed. The parties are the real state machines; what is simulated here
// is only the post between them and the user's stage.
// Threads: one.
// Source: docs/delivery.md, "Invariants".
#pragma once
#include "delivery_wires.hpp"

#include <troupe/runtime/delivery/charges.hpp>
#include <troupe/runtime/delivery/origin_ledger.hpp>
#include <troupe/runtime/delivery/outbox.hpp>
#include <troupe/runtime/members/intake.hpp>
#include <troupe/runtime/plan/plan.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <iterator>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace troupe::runtime::delivery_world {

class world;

/// Source or worker: whoever has an outbox.
class producer : public outbox_owner {
 public:
  producer(world& in, instance own, edge_id edge, member_id consumer, bool may_split);
  void carry(const instance& to, edge_id edge, const item_header& header, const bytes& payload) override;
  void completed(edge_id edge, const kept_item& item) override;
  void hand_in(edge_id edge, const kept_item& item) override;
  std::vector<kept_item> split(edge_id edge, const kept_item& batch) override;

  world& in_;
  instance own_;
  charge_table charges_;
  outbox box_;
};

struct worker final : producer {
  worker(world& in, instance own) : producer(in, own, to_sink, sink_id, false) {}
  std::deque<message> queue;
  std::map<std::uint64_t, std::pair<instance, std::uint64_t>> inputs;  // token: who, number
  std::uint64_t next_token = 0;
  // The page.
  std::optional<message> running;
  std::map<instance, std::uint64_t> marks;
  std::vector<message> unsent;  // outputs between the end of the call and the end of the turn
};

class world {
 public:
  world(std::uint64_t seed, const way& how)
      : random_(seed),
        batches_(how.batches),
        ordered_(how.ordered),
        plan_(plan_of(how)),
        source_(*this, {source_id, 0, 1}, to_work, work_id, how.batches) {
    for (std::uint64_t seq = 0; seq < item_count; ++seq) {
      if (pick(12) == 0) poison_.insert(seq);
      outputs_[seq] = static_cast<std::uint32_t>(pick(3));
    }
    for (std::uint32_t slot = 0; slot < workers; ++slot) start(slot, 1);
  }

  void run() {
    std::uint64_t steps = 0;
    while (!done()) {
      ASSERT_LT(++steps, 200'000U) << "it does not end";
      step();
      if (::testing::Test::HasFatalFailure()) return;
    }
    check();
  }

  std::size_t pick(std::size_t n) { return random_() % n; }

  void send(message m) { wires_[{m.from, m.to}].push_back(std::move(m)); }
  void source_completed(const kept_item& item) { ledger_.complete(item.token, item.item.span); }
  void worker_output_completed(const instance& who, const kept_item& item) {
    auto& made = *workers_.at(who);
    const auto input = made.inputs.at(item.token);
    if (--open_[{who, item.token}] == 0) ack(who, input.first, to_work, input.second);
  }
  void handed_in(const kept_item& item) {
    for (std::uint32_t i = 0; i < item.item.span; ++i) quarantined_.insert(item.item.seq + i);
  }
  void ack(const instance& from, const instance& to, edge_id edge, std::uint64_t number) {
    send({message::kind::ack, from, to, edge, {}, {}, number});
  }

 private:
  [[nodiscard]] bool done() const { return next_ == item_count && ledger_.all_complete(); }

  void step() {
    switch (pick(9)) {
      case 0:
        return read();
      case 1:
      case 2:
      case 3:
        return deliver();
      case 4:
      case 5:
        return work();
      case 6:
        return flush();
      case 7:
        if (deaths_ < 12 && pick(6) == 0) return kill(random_worker(), false);
        return restart();
      default:
        if (cuts_ < 4 && pick(20) == 0) return cut();
        return prune();
    }
  }

  void read() {
    if (next_ == item_count || !source_.box_.has_room()) return;
    const auto span =
        batches_ ? std::min<std::uint32_t>(batch_size, static_cast<std::uint32_t>(item_count - next_)) : 1;
    const auto seq = ledger_.open(span, 1);
    ASSERT_EQ(seq, next_);
    next_ += span;
    source_.box_.push(
        {child_of({source_id, seq, span, {}}, to_work, 0, 1), payload_of(seq, span), seq, false});
  }

  void deliver() {
    std::vector<std::pair<instance, instance>> ready;
    for (const auto& [ends, wire] : wires_)
      if (!wire.empty()) ready.push_back(ends);
    if (ready.empty()) return;
    auto& wire = wires_[ready[pick(ready.size())]];
    message m = std::move(wire.front());
    wire.pop_front();
    if (m.what == message::kind::ack) return take_ack(m);
    if (m.edge == to_sink) return take_at_sink(m);
    if (const auto to = workers_.find(m.to); to != workers_.end()) to->second->queue.push_back(std::move(m));
  }

  void take_ack(const message& m) {
    const number_range range{m.number, m.number};
    const std::span<const number_range> numbers(&range, m.number == 0 ? 0 : 1);
    if (m.edge == to_work) return source_.box_.acknowledged(m.from, numbers, m.done);
    if (const auto to = workers_.find(m.to); to != workers_.end())
      to->second->box_.acknowledged(m.from, numbers);
  }

  void take_at_sink(const message& m) {
    if (const auto fresh = intake_.take({{m.from, to_sink, 0}, m.header, m.payload, 0})) write(*fresh);
    ack({sink_id, 0, 1}, m.from, to_sink, m.header.number);
  }

  void write(const arrival& taken) {
    const auto& item = taken.header.item;
    const auto index = item.path.back().index;
    const std::tuple place(item.seq, index);
    if (ordered_ && !order_.empty()) {
      EXPECT_LT(order_.back(), place) << "it was overtaken";
    }
    order_.push_back(place);
    ++taken_[{item.seq, item.span, index}];
    for (std::uint32_t i = 0; i < item.span; ++i) ++coverage_[{item.seq + i, item.span}];
  }

  /// A worker notes, calls, and clears; its outputs wait for flush(), so that a death may come in between.
  void work() {
    auto* who = random_worker();
    if (who == nullptr) return;
    if (who->running) return finish_call(*who);
    if (who->queue.empty()) return;
    message m = std::move(who->queue.front());
    who->queue.pop_front();
    const auto* held = who->charges_.find(work_id, m.header.item);
    if (held != nullptr && held->quarantined) return who->unsent.push_back(worked(*who, m, false));
    who->running = std::move(m);
    for (std::uint32_t i = 0; i < who->running->header.item.span; ++i)
      if (poison_.contains(who->running->header.item.seq + i)) return kill(who, true);
  }

  void finish_call(worker& who) {
    const message m = std::move(*who.running);
    who.running.reset();
    who.marks[m.from] = m.header.number;
    const auto token = who.next_token++;
    who.inputs[token] = {m.from, m.header.number};
    const auto outputs = m.header.item.span > 1 ? 1U : outputs_[m.header.item.seq];
    ++executions_;
    open_[{who.own_, token}] = outputs;
    who.unsent.push_back(worked(who, m, outputs == 0));
    for (std::uint32_t i = 0; i < outputs; ++i)
      who.box_.push({child_of(m.header.item, to_sink, i, outputs), m.payload, token, false});
  }

  message worked(const worker& who, const message& item, bool complete) {
    const auto number = item.header.number;
    const progress done{number, 1'000'000 * pick(60)};
    return {message::kind::ack, who.own_, item.from, to_work, {}, {}, complete ? number : 0, done};
  }

  void flush() {
    auto* who = random_worker();
    if (who == nullptr) return;
    for (auto& m : who->unsent) send(std::move(m));
    who->unsent.clear();
  }

  void kill(worker* who, bool crash) {
    if (who == nullptr) return;
    ++deaths_;
    const instance gone = who->own_;
    std::vector<verdict> verdicts;
    if (who->running) {
      const auto& item = who->running->header.item;
      const auto* held = director_.find(work_id, item);
      const charge after = weigh(held != nullptr ? *held : charge{}, crash ? failure::crash : failure::killed,
                                 item.span, {max_attempts, who->running->header.may_split});
      verdicts.push_back({work_id, item, after, gone, "died"});
      for (const auto& v : verdicts) director_.set(v);
    }
    const auto mark = who->marks.find({source_id, 0, 1});
    const auto completed = mark == who->marks.end() ? 0 : mark->second;
    down_.push_back(gone);
    workers_.erase(gone);
    // What was on its way out may still arrive; what was on its way in is lost.
    for (auto& [ends, wire] : wires_)
      if (ends.second == gone) wire.clear();
    for (const auto& v : verdicts) source_.charges_.set(v);
    source_.box_.consumer_lost(gone, completed);
    for (const auto& v : verdicts) source_.box_.judged(v);
    for (auto& [id, other] : workers_)
      for (const auto& v : verdicts) other->charges_.set(v);
  }

  void restart() {
    if (down_.empty()) return;
    const auto gone = down_.front();
    down_.erase(down_.begin());
    start(gone.slot, gone.epoch + 1);
  }

  void start(std::uint32_t slot, std::uint64_t epoch) {
    const instance own{work_id, slot, epoch};
    auto made = std::make_unique<worker>(*this, own);
    for (const auto& v : director_.all()) made->charges_.set(v);
    made->box_.consumer_up({sink_id, 0, 1});
    workers_[own] = std::move(made);
    source_.box_.consumer_up(own);
  }

  /// A link between two living parties breaks and comes back: what is on it is lost, both ways.
  void cut() {
    auto* who = random_worker();
    if (who == nullptr) return;
    ++cuts_;
    wires_[{source_.own_, who->own_}].clear();
    wires_[{who->own_, source_.own_}].clear();
    source_.box_.consumer_unreachable(who->own_);
    source_.box_.consumer_up(who->own_);
  }

  void prune() {
    std::deque<arrival> next;
    intake_.heard({source_id, ledger_.watermark()}, next);
    for (const auto& each : next) write(each);
  }

  worker* random_worker() {
    if (workers_.empty()) return nullptr;
    auto at = workers_.begin();
    std::advance(at, static_cast<std::ptrdiff_t>(pick(workers_.size())));
    return at->second.get();
  }

  void check() {
    prune();
    for (const auto& [key, times] : taken_) EXPECT_EQ(times, 1) << "taken twice: seq " << std::get<0>(key);
    for (std::uint64_t seq = 0; seq < item_count; ++seq) {
      if (poison_.contains(seq)) {
        EXPECT_TRUE(quarantined_.contains(seq)) << "poison " << seq << " is not in quarantine";
        continue;
      }
      // Neighbours of poison complete: a batch that has not been delivered is split. One that may have been
      // stays whole.
      if (quarantined_.contains(seq)) {
        EXPECT_TRUE(batches_ && cuts_ > 0) << "a harmless item is in quarantine: " << seq;
        continue;
      }
      const auto whole = coverage_.contains({seq, batch_size}) ? 1 : 0;
      const auto single = coverage_.contains({seq, 1}) ? 1 : 0;
      EXPECT_LE(whole + single, 1) << seq << " is counted in its batch and alone";
      const auto expected = whole != 0 ? 1U : outputs_[seq];
      if (whole == 0) {
        EXPECT_EQ((coverage_[{seq, 1}]), static_cast<int>(expected)) << "seq " << seq;
      }
    }
    EXPECT_TRUE(source_.box_.empty());
  }

  std::mt19937_64 random_;
  const bool batches_;
  const bool ordered_;
  const plan plan_;
  seq_set poison_;
  std::map<std::uint64_t, std::uint32_t> outputs_;
  producer source_;
  origin_ledger ledger_;
  std::uint64_t next_ = 0;
  std::map<instance, std::unique_ptr<worker>> workers_;
  std::vector<instance> down_;
  charge_table director_;
  intake intake_{plan_, {sink_id, 0, 1}, [](const report&) { ADD_FAILURE() << "not deterministic"; }};
  std::vector<std::tuple<std::uint64_t, std::uint32_t>> order_;  // in which they were written
  std::map<std::pair<instance, instance>, std::deque<message>> wires_;
  std::map<std::pair<instance, std::uint64_t>, std::uint32_t> open_;
  std::map<std::tuple<std::uint64_t, std::uint32_t, std::uint32_t>, int> taken_;
  std::map<std::pair<std::uint64_t, std::uint32_t>, int> coverage_;
  seq_set quarantined_;
  int deaths_ = 0;
  int cuts_ = 0;
  std::uint64_t executions_ = 0;
};

inline producer::producer(world& in, instance own, edge_id edge, member_id consumer, bool may_split)
    : in_(in),
      own_(own),
      box_({edge, consumer, own.slot, {.items = 3, .bytes = 1 << 20}, may_split, consumer == work_id},
           charges_, *this) {}

inline void producer::carry(const instance& to, edge_id edge, const item_header& header,
                            const bytes& payload) {
  message m;
  m.from = own_;
  m.to = to;
  m.edge = edge;
  m.header = header;
  m.payload = payload;
  if (auto* self = dynamic_cast<worker*>(this))
    self->unsent.push_back(std::move(m));
  else
    in_.send(std::move(m));
}

inline void producer::completed(edge_id edge, const kept_item& item) {
  if (edge == to_work)
    in_.source_completed(item);
  else
    in_.worker_output_completed(own_, item);
}

inline void producer::hand_in(edge_id, const kept_item& item) {
  in_.handed_in(item);
}

inline std::vector<kept_item> producer::split(edge_id, const kept_item& batch) {
  std::vector<kept_item> parts;
  for (std::uint32_t i = 0; i < batch.item.span; ++i) {
    kept_item part{batch.item, payload_of(batch.item.seq + i, 1), batch.token + i, batch.may_be_delivered};
    part.item.seq += i;
    part.item.span = 1;
    parts.push_back(std::move(part));
  }
  return parts;
}

}  // namespace troupe::runtime::delivery_world
