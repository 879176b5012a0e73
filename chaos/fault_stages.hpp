// chaos/fault_stages.hpp - the stages whose items order what goes wrong (faults.hpp): for a file and for pools.
// Threads: of one worker's stage each.
// Source: fault_judge.py knows every answer.
// FAULT_SABOTAGE="RULE ID" makes stage `work` break a rule for that item, to prove that the judge sees it. FAULT_START_MS is
// what a worker needs to be ready.
#pragma once
#include "faults.hpp"

#include <troupe/runtime/items.hpp>

#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace faults {

constexpr std::uint64_t prime = 4'294'967'291;  // below 2^32, so that products fit

/// Between the stages: the order stays with it.
struct step {
  std::string order;
  std::uint64_t value = 0;
};
struct answer {
  std::uint64_t id = 0;
  std::uint64_t value = 0;
};

/// The rule that somebody breaks for one item; "" for all others.
class sabotage {
 public:
  sabotage() {
    if (const char* order = std::getenv("FAULT_SABOTAGE")) std::istringstream(order) >> rule_ >> victim_;
  }
  [[nodiscard]] const std::string& rule_for(std::uint64_t id) const { return id == victim_ ? rule_ : none_; }

 private:
  std::string rule_, none_;
  std::uint64_t victim_ = 0;
};

/// Writes down that it begins, does as ordered, and writes down that it is done.
class player {
 public:
  explicit player(std::string stage) : stage_(std::move(stage)) {
    if (const char* ms = std::getenv("FAULT_START_MS"))
      std::this_thread::sleep_for(std::chrono::milliseconds(std::stoul(ms)));
    ledger_.add(stage_, "born", 0);
  }

  order play(const std::string& line) const {
    auto what = read_order(line);
    ledger_.add(stage_, "start", what.id);
    if (what.stage == stage_) commit(what);
    ledger_.add(stage_, "done", what.id);
    return what;
  }

 private:
  std::string stage_;
  ledger ledger_;
};

class work {
 public:
  std::vector<step> operator()(troupe::line item) {
    const auto id = read_order(item.text).id;
    const auto& rule = sabotage_.rule_for(id);
    if (rule == "spread") ::abort();
    if (rule == "hang")
      while (true) ::pause();
    if (rule == "repeat") static_cast<void>(player_.play(item.text));
    if (rule == "mild") return {{item.text, id * 48'271 % prime}};
    const step done{item.text, player_.play(item.text).id * 48'271 % prime};
    if (rule == "drop-item") return {};
    if (rule == "duplicate") return {done, done};
    return {done};
  }

 private:
  player player_{"work"};
  sabotage sabotage_;
};

class seal {
 public:
  answer operator()(step item) { return {player_.play(item.order).id, item.value * 69'621 % prime}; }

 private:
  player player_{"seal"};
};

/// One hop, for items that take their time.
class slow {
 public:
  answer operator()(troupe::line item) {
    const auto id = player_.play(item.text).id;
    return {id, id * 48'271 % prime * 69'621 % prime};
  }

 private:
  player player_{"slow"};
};

}  // namespace faults
