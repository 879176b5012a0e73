// chaos/between_talker.hpp - who talks in random patterns to the sinks of all other nodes.
// Threads: actors.
#pragma once
#include "between_ledger.hpp"
#include "between_sink.hpp"

#include <troupe/actors/actor_system.hpp>
#include <troupe/actors/task.hpp>
#include <troupe/runtime/remote/gateway.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iostream>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <utility>

namespace between {

inline std::string some_filler(std::mt19937_64& chance) {
  const auto kind = chance() % 500;
  if (kind == 0) return std::string(15'000 + chance() % 20'000, 'l');  // some of them no frame gathers
  return std::string(kind < 100 ? chance() % 200 : 0, 's');
}
inline std::size_t some_burst(std::mt19937_64& chance) {
  return chance() % 20 == 0 ? 1 + chance() % 2000 : 1 + chance() % 64;
}

/// One address, as long as it leads somewhere.
struct stream {
  sink_address to;
  stream_row row;
  std::uint64_t key = 0;  // of the talker's own pen
  std::uint64_t sent = 0;
};

struct write_some {
  sink_address to;
  stream_row row;
  std::uint64_t key = 0;
  std::size_t count = 0;
};
struct are_you_done {
  using reply = bool;
};

/// The second one who writes to the addresses of a talker.
class scribe {
 public:
  using receives = troupe::receives<write_some, are_you_done>;
  explicit scribe(std::uint64_t seed) : chance_(seed) {}
  void operator()(write_some order) {
    const word tried = order.row[column::tried_scribe], sent = order.row[column::sent_scribe];
    for (std::size_t i = 0; i < order.count; ++i) {
      const std::uint64_t number = sent.get() + 1;
      tried.set(number);
      if (order.to.send(numbered{order.key << 32U | number, some_filler(chance_)})) sent.set(number);
    }
  }
  bool operator()(are_you_done) { return true; }

 private:
  std::mt19937_64 chance_;
};

struct turn {};
struct calm {};
struct drain {};

/// Messages stay ordered and complete by the gateway; this one only decides at random, and writes down what it did.
class talker {
 public:
  static constexpr bool reentrant = true;  // it asks while it goes on
  using receives = troupe::receives<turn, calm, drain, troupe::down>;

  talker(troupe::context& self, const life& own, unsigned number, troupe::runtime::gateway& gate,
         std::function<void()> drained)
      : self_(self),
        own_(own),
        number_(number),
        gate_(gate),
        drained_(std::move(drained)),
        chance_(own.seed + own.epoch * 64 + own.node * 16 + number),
        out_(own.file("out", number)),
        asked_(own.file("ask", number)),
        scribe_(self.system().spawn<scribe>({.mailbox = {.capacity = 16}}, chance_())) {
    self_.after<talker>(std::chrono::nanoseconds(0), turn{});
  }

  troupe::task<> operator()(turn) {
    if (calm_) co_return;
    const unsigned node = (own_.node + 1 + chance_() % (nodes - 1)) % nodes;
    const auto target = node << 8U | static_cast<unsigned>(chance_() % sinks);
    const auto action = chance_() % 100;
    self_.after<talker>(
        action < 5 ? std::chrono::microseconds(chance_() % 5000) : std::chrono::microseconds(0), turn{});
    auto at = streams_.find(target);
    if (at == streams_.end()) {
      if (not_before_[target] > troupe::steady::now() || serial_ == most_streams) co_return;
      at = reach(target);
      if (at == streams_.end()) co_return;
    }
    if (action < 55) {
      say(at->second);
    } else if (action < 70) {
      try_to_say(at->second);
    } else if (action < 85) {
      auto& s = at->second;
      static_cast<void>(scribe_.try_send(write_some{s.to, s.row, s.key | 1U, some_burst(chance_)}));
    } else if (open_questions_ < 16) {
      const auto how = chance_() % 20;
      const query what{0, how == 0 ? answers::by_dropping : how < 4 ? answers::with_the_next : answers::now};
      const std::uint64_t record = begin_question(at->second);
      const std::uint64_t entry = (at->second.key | 2U) << 32U | at->second.row[column::questions].get();
      const std::chrono::milliseconds patience(1 + chance_() % 1000);
      asked_.at(record + 3).set(static_cast<std::uint64_t>(std::chrono::nanoseconds(patience).count()));
      auto answer = at->second.to.ask(query{entry, what.how}, patience);
      const auto got = co_await answer;
      end_question(record, entry, got);
    }
  }

  /// From now on it only waits for what has been said.
  void operator()(calm) {
    calm_ = true;
    self_.after<talker>(std::chrono::nanoseconds(0), drain{});
  }
  troupe::task<> operator()(drain) {
    if (!scribe_done_) {
      auto answer = scribe_.ask(are_you_done{}, std::chrono::seconds(60));
      const auto done = co_await answer;
      scribe_done_ = done.has_value();
    }
    std::optional<unsigned> open;
    for (const auto& [target, each] : streams_)
      if (each.row[column::fence].get() == 0) open = target;
    if (scribe_done_ && open_questions_ == 0 && !open) {
      sealed_ = true;
      drained_();
      co_return;
    }
    if (open && scribe_done_) {
      auto& last = streams_.at(*open);
      const auto row = last.row;
      auto answer = last.to.ask(query{}, std::chrono::seconds(10));
      const auto got = co_await answer;
      if (got) row[column::fence].set(got->epoch);
    }
    self_.after<talker>(std::chrono::milliseconds(2), drain{});
  }

  void operator()(const troupe::down& news) {
    const auto at = reached_.find(news.actor.value);
    if (at == reached_.end() || sealed_) return;
    const auto [target, row] = at->second;
    if (row[column::ending].get() != 0) return row[column::ending].set(heard_twice);
    if (!(own_.sabotage == "forget-down" && downs_++ == 0)) {
      row[column::ended].set(now_ns());
      row[column::ending].set(static_cast<std::uint64_t>(news.reason.how) + 1);
    }
    if (news.reason.how != troupe::ending::process_lost)
      std::cerr << own_.node << '.' << own_.epoch << " lost " << target << ": " << news.reason.text
                << std::endl;
    not_before_[target] = troupe::steady::now() + std::chrono::milliseconds(5 + chance_() % 40);
    streams_.erase(target);
  }

 private:
  using streams = std::map<unsigned, stream>;

  streams::iterator reach(unsigned target) {
    constexpr std::size_t capacities[] = {4, 64, 512, 4096};
    const troupe::mailbox_options mailbox{
        .capacity = capacities[chance_() % 4],
        .overflow = chance_() % 4 == 0 ? troupe::overflow::reject : troupe::overflow::wait};
    stream made{.row = stream_row(out_, serial_),
                .key = key_of(own_.node, own_.epoch, number_, serial_, pen::talker)};
    ++serial_;
    made.row[column::to].set(target);
    made.row[column::reached].set(now_ns());
    made.row[column::used].set(1);
    auto found =
        gate_.reach<sink_address>(std::to_string(target >> 8U), std::to_string(target & 0xFFU), mailbox);
    if (!found) {
      std::cerr << "reach: " << found.error().message() << std::endl;
      return streams_.end();
    }
    made.to = std::move(*found);
    self_.monitor<talker>(made.to);
    reached_.emplace(made.to.id().value, std::pair(target, made.row));
    return streams_.emplace(target, std::move(made)).first;
  }

  void say(stream& over) {
    for (std::size_t left = some_burst(chance_); left > 0; --left) {
      over.row[column::tried_talker].set(over.sent + 1);
      if (!over.to.send(numbered{over.key << 32U | (over.sent + 1), some_filler(chance_)})) return;
      over.row[column::sent_talker].set(++over.sent);
    }
  }
  void try_to_say(stream& over) {
    for (std::size_t left = some_burst(chance_); left > 0; --left) {
      over.row[column::tried_talker].set(over.sent + 1);
      if (!over.to.try_send(numbered{over.key << 32U | (over.sent + 1), some_filler(chance_)})) return;
      over.row[column::sent_talker].set(++over.sent);
    }
  }

  /// Its place in the ledger.
  std::uint64_t begin_question(const stream& over) {
    const std::uint64_t record = 5 * questions_++;
    over.row[column::questions].count();
    ++open_questions_;
    asked_.at(record + 1).set(over.sent);
    asked_.at(record + 2).set(now_ns());
    asked_.at(record).set((over.key | 2U) << 32U | over.row[column::questions].get());
    return record;
  }
  void end_question(std::uint64_t record, std::uint64_t entry, const troupe::result<told>& got) {
    --open_questions_;
    if (own_.sabotage == "forget-answer" && record == 0) return;
    std::uint64_t verdict = answered_error;
    if (!got)
      verdict += static_cast<std::uint64_t>(got.error().code);
    else
      verdict = got->entry == entry ? answered_right : answered_wrong;
    const word ended = asked_.at(record + 4);
    if (ended.get() != 0) verdict = answered_twice;
    ended.set((now_ns() - asked_.at(record + 2).get()) << 8U | verdict);
  }

  troupe::context& self_;
  const life& own_;
  const unsigned number_;
  troupe::runtime::gateway& gate_;
  const std::function<void()> drained_;
  std::mt19937_64 chance_;
  word_file out_, asked_;
  const troupe::address_of<scribe> scribe_;
  streams streams_;                                                   // by target
  std::map<std::uint64_t, std::pair<unsigned, stream_row>> reached_;  // all so far, by the id of the address
  std::map<unsigned, troupe::steady::time_point> not_before_;
  std::uint64_t serial_ = 0, questions_ = 0, downs_ = 0;
  unsigned open_questions_ = 0;
  bool calm_ = false, scribe_done_ = false, sealed_ = false;
};

}  // namespace between
