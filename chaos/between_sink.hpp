// chaos/between_sink.hpp - what the processes of between_app say to each other, and who hears it.
// Threads: an actor.
#pragma once
#include "between_ledger.hpp"

#include <troupe/actors/address.hpp>
#include <troupe/actors/promise.hpp>
#include <troupe/base/clock.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace between {

constexpr unsigned nodes = 4, sinks = 3, talkers = 3;

struct numbered {
  std::uint64_t entry = 0;  // of the ledger
  std::string filler;
};
enum class answers : std::uint8_t { now, with_the_next, by_dropping };
struct told {
  std::uint64_t entry = 0;
  std::uint64_t epoch = 0;  // of whoever answers
};
struct query {
  std::uint64_t entry = 0;  // 0: the last question of all, it stands in no ledger
  answers how = answers::now;
  using reply = told;
};

/// What every actor of this process knows.
struct life {
  std::string ledgers;
  unsigned node = 0;
  std::uint64_t epoch = 0;
  std::uint64_t seed = 0;
  std::string sabotage;
  std::string sockets;

  [[nodiscard]] std::string file(const char* kind, unsigned actor) const {
    return ledgers + "/" + std::to_string(node) + "." + std::to_string(epoch) + "." + kind + "." +
           std::to_string(actor);
  }
};

inline std::uint64_t now_ns() {
  return static_cast<std::uint64_t>(troupe::steady::now().time_since_epoch().count());
}

/// Writes down what it is told, before it does anything else.
class sink {
 public:
  using receives = troupe::receives<numbered, query>;
  sink(const life& own, unsigned number)
      : own_(own), ledger_(own.file("in", number)), count_(ledger_.at(0)) {}

  void operator()(const numbered& what) {
    write(what.entry);
    answer_held();
  }
  void operator()(query what, troupe::promise<told> answer) {
    if (what.entry != 0) write(what.entry);
    answer_held();
    const told reply{what.entry, own_.epoch};
    if (what.how == answers::now) answer.set(reply);
    if (what.how == answers::with_the_next) held_.emplace(std::move(answer), reply);
  }

 private:
  void write(std::uint64_t entry) {
    ++handled_;
    if (handled_ == 50 && own_.sabotage == "forget-message") return;
    ledger_.at(++written_).set(entry);
    if (handled_ == 50 && own_.sabotage == "repeat-message") ledger_.at(++written_).set(entry);
    count_.set(written_);
  }
  void answer_held() {
    if (!held_) return;
    held_->first.set(held_->second);
    held_.reset();
  }

  const life& own_;
  word_file ledger_;
  const word count_;
  std::uint64_t written_ = 0, handled_ = 0;
  std::optional<std::pair<troupe::promise<told>, told>> held_;
};
using sink_address = troupe::address_of<sink>;

}  // namespace between
