// A source, a slot that dies at any moment, and a sink; every step is chosen by a seed. The parties are the real state
// machines: what is simulated is the post between them, the user's stage and the disk.
#include <troupe/base/codec.hpp>
#include <troupe/runtime/delivery/outbox.hpp>
#include <troupe/runtime/delivery/slot_books.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace troupe::runtime::slot_simulation_test {
namespace {

constexpr member_id source_id = 1, slot_id = 2, sink_id = 3;
constexpr edge_id to_slot = 1, to_sink = 2;
constexpr std::uint64_t item_count = 40;
constexpr instance the_source{source_id, 0, 1}, the_sink{sink_id, 0, 1};

bytes number(std::uint64_t n) {
  byte_buffer out;
  encode(out, n);
  return out.take();
}

bytes text(const std::string& of) {
  return bytes::copy_of(std::as_bytes(std::span(of)));
}

struct message {
  instance from;
  item_header header;
  bytes payload;
};

/// Keeps for a channel what its sender said in that order.
using wire = std::deque<message>;
struct ack {
  instance from;
  std::uint64_t number = 0;
};

class sender final : public outbox_owner {
 public:
  sender(edge_id edge, member_id to, std::uint32_t items)
      : box({.edge = edge, .consumer = to, .from_slot = 0, .limit = {items, 1U << 20U}}, charges, *this) {}
  void carry(const instance& to, edge_id, const item_header& header, const bytes& payload) override {
    sent.push_back({to, header, payload});
  }
  void completed(edge_id, const kept_item& item) override { complete.push_back(item.token); }
  void hand_in(edge_id, const kept_item&) override { ADD_FAILURE() << "nothing fails here"; }
  std::vector<kept_item> split(edge_id, const kept_item& batch) override { return {batch}; }

  charge_table charges;
  outbox box;
  wire sent;  // `from` is whom it is for
  std::vector<std::uint64_t> complete;
};

/// One life of the slot. It gives one output for each third item, and at the end the sum of all.
struct life {
  explicit life(instance who) : own(who) { out.box.consumer_up(the_sink); }
  instance own;
  slot_books books{1};
  sender out{to_sink, sink_id, 3};
  wire in;
  std::vector<ack> due;
  std::uint64_t sum = 0, taken = 0;  // the state
  bool finished = false;
};

class world {
 public:
  explicit world(std::uint64_t seed) : random_(seed) { start(); }

  void run() {
    for (std::uint64_t steps = 0; !done(); ++steps) {
      ASSERT_LT(steps, 100'000U) << "it does not end";
      step();
      if (::testing::Test::HasFatalFailure()) return;
    }
    std::uint64_t expected = 0;
    for (std::uint64_t n = 0; n < item_count; ++n) expected += n;
    EXPECT_EQ(disk_->finished, true);
    EXPECT_EQ(written_.size(), item_count / 3 + 1);
    EXPECT_EQ(written_.count("sum " + std::to_string(expected)), 1U) << "an item was lost, or counted twice";
    for (std::uint64_t n = 1; n <= item_count / 3; ++n)
      EXPECT_EQ(written_.count("third " + std::to_string(n)), 1U);
  }

 private:
  std::size_t pick(std::size_t n) { return random_() % n; }

  bool done() {
    return slot_ && disk_ && disk_->finished && slot_->books.all_acknowledged() && ledger_.all_complete();
  }

  void step() {
    switch (pick(10)) {
      case 0:
        return read();
      case 1:
      case 2:
        return deliver();
      case 3:
      case 4:
        return work();
      case 5:
        return pick(2) == 0 ? write(pick(6) == 0) : void();
      case 6:
        return send();
      case 7:
        return take_at_sink();
      case 8:
        return pass_acks();
      default:
        if (deaths_ < 15 && pick(8) == 0) return kill();
        return pass_watermarks();
    }
  }

  void read() {
    if (ledger_.next() == item_count || !source_.box.has_room()) return;
    const auto seq = ledger_.open(1, 1);
    source_.box.push({child_of({source_id, seq, 1, {}}, to_slot, 0, 1), number(seq), seq, false});
  }

  void deliver() {
    if (source_.sent.empty()) return;
    auto m = std::move(source_.sent.front());
    source_.sent.pop_front();
    if (slot_ && m.from == slot_->own) slot_->in.push_back(std::move(m));
  }

  void work() {
    if (!slot_) return start();
    auto& own = *slot_;
    if (own.in.empty()) {
      if (ledger_.next() != item_count || !ledger_.all_complete() || own.finished) return;
      own.books.give(text("sum " + std::to_string(own.sum)));
      own.finished = true;
      return write(false);
    }
    const auto m = std::move(own.in.front());
    own.in.pop_front();
    own.due.push_back({own.own, m.header.number});
    if (own.books.take(m.header.item) != arrival_kind::fresh) return;
    own.sum += *decode<std::uint64_t>(m.payload);
    if (++own.taken % 3 == 0) own.books.give(text("third " + std::to_string(own.taken / 3)));
  }

  /// A death in between leaves the checkpoint, and nobody who was told.
  void write(bool dies) {
    if (!slot_) return;
    auto& own = *slot_;
    checkpoint next;
    next.state = number(own.sum << 32U | own.taken);
    next.finished = own.finished;
    own.books.write_down(next);
    EXPECT_LE(next.watermark, next.next);
    if (disk_) {
      EXPECT_GE(next.watermark, disk_->watermark) << "it fell";
    }
    byte_buffer file;
    encode(file, next);
    disk_ = *decode<checkpoint>(file.take());
    if (dies && deaths_ < 15) return kill();
    for (const auto& each : std::exchange(own.due, {})) acks_to_source_.push_back(each);
    release(own.books.committed());
  }

  void release(const owed_outputs& what) {
    for (const auto& each : what)
      slot_->out.box.push(
          {child_of({slot_id, each.seq, 1, {}}, to_sink, 0, 1), each.payload, each.seq, false});
  }

  void send() {
    if (!slot_ || slot_->out.sent.empty()) return;
    auto m = std::move(slot_->out.sent.front());
    slot_->out.sent.pop_front();
    m.from = slot_->own;
    to_sink_.push_back(std::move(m));
  }

  void take_at_sink() {
    if (to_sink_.empty()) return;
    const auto m = std::move(to_sink_.front());
    to_sink_.pop_front();
    if (sink_memory_.take(m.header.item) == arrival_kind::fresh) {
      EXPECT_TRUE(written_.insert(std::string(m.payload.text())).second)
          << "written twice: " << m.payload.text();
    }
    acks_to_slot_.push_back({m.from, m.header.number});
  }

  void pass_acks() {
    if (!acks_to_source_.empty()) {
      const auto one = acks_to_source_.front();
      acks_to_source_.pop_front();
      const number_range range{one.number, one.number};
      source_.box.acknowledged(one.from, {&range, 1});
      for (const auto seq : std::exchange(source_.complete, {})) ledger_.complete(seq, 1);
    }
    if (acks_to_slot_.empty()) return;
    const auto one = acks_to_slot_.front();
    acks_to_slot_.pop_front();
    if (!slot_ || one.from != slot_->own) return;
    const number_range range{one.number, one.number};
    slot_->out.box.acknowledged(the_sink, {&range, 1});
    for (const auto seq : std::exchange(slot_->out.complete, {})) slot_->books.acknowledged(seq);
  }

  void pass_watermarks() {
    if (!slot_) return;
    slot_->books.heard(source_id, ledger_.watermark());
    sink_memory_.prune(slot_id, slot_->books.watermark());
  }

  /// What was on its way out may still arrive; what was on its way in is lost.
  void kill() {
    if (!slot_) return;
    ++deaths_;
    if (pick(2) == 0)
      while (!slot_->out.sent.empty()) send();
    const auto gone = slot_->own;
    slot_.reset();
    source_.box.consumer_lost(gone, 0);
    if (pick(2) == 0) start();
  }

  void start() {
    slot_ = std::make_unique<life>(instance{slot_id, 0, ++epoch_});
    source_.box.consumer_up(slot_->own);
    if (!disk_) return;
    const auto state = *decode<std::uint64_t>(disk_->state);
    slot_->sum = state >> 32U;
    slot_->taken = state & 0xffff'ffffU;
    slot_->finished = disk_->finished;
    release(slot_->books.restore(*disk_));
  }

  std::mt19937_64 random_;
  sender source_{to_slot, slot_id, 5};
  origin_ledger ledger_;
  std::unique_ptr<life> slot_;
  std::optional<checkpoint> disk_;
  std::deque<ack> acks_to_source_, acks_to_slot_;
  wire to_sink_;
  terminal_memory sink_memory_;
  std::set<std::string> written_;
  std::uint64_t epoch_ = 0;
  int deaths_ = 0;
};

/// The suite's budget; TROUPE_SEEDS=1000000 looks further.
std::uint64_t seeds() {
  const char* asked = std::getenv("TROUPE_SEEDS");
  return asked == nullptr ? 3000 : std::strtoull(asked, nullptr, 10);
}

TEST(slot_simulation, counts_every_item_once_and_lets_every_output_out_once_whenever_the_slot_dies) {
  for (std::uint64_t seed = 0; seed < seeds(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    world(seed).run();
    if (::testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace troupe::runtime::slot_simulation_test
