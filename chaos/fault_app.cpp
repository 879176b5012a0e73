// chaos/fault_app.cpp - the program that poison, mixed_faults and parent_death run: stages of worker processes whose
// items order what goes wrong (faults.hpp).
// Source: fault.toml and orphan.toml wire them; fault_judge.py knows every answer.
// FAULT_SABOTAGE="RULE ID" makes stage `work` break a rule for that item, to prove that the judge sees it.
#include "faults.hpp"

#include <troupe/app.hpp>

#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

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

/// Writes down that it begins, does as ordered, and writes down that it is done.
class player {
 public:
  explicit player(std::string stage) : stage_(std::move(stage)) { ledger_.add(stage_, "born", 0); }

  faults::order play(const std::string& line) const {
    auto what = faults::read_order(line);
    ledger_.add(stage_, "start", what.id);
    if (what.stage == stage_) faults::commit(what);
    ledger_.add(stage_, "done", what.id);
    return what;
  }

 private:
  std::string stage_;
  faults::ledger ledger_;
};

class work {
 public:
  work() {
    if (const char* order = std::getenv("FAULT_SABOTAGE")) std::istringstream(order) >> rule_ >> victim_;
  }

  std::vector<step> operator()(troupe::line item) {
    const bool is_victim = !rule_.empty() && faults::read_order(item.text).id == victim_;
    if (is_victim && rule_ == "spread") ::abort();
    if (is_victim && rule_ == "hang")
      while (true) ::pause();
    if (is_victim && rule_ == "mild") return {{item.text, victim_ * 48'271 % prime}};
    const step done{item.text, player_.play(item.text).id * 48'271 % prime};
    if (is_victim && rule_ == "drop-item") return {};
    if (is_victim && rule_ == "duplicate") return {done, done};
    return {done};
  }

 private:
  player player_{"work"};
  std::string rule_;
  std::uint64_t victim_ = 0;
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

int main(int argc, char** argv) {
  troupe::app app{argc, argv};
  app.stage<work>("work");
  app.stage<seal>("seal");
  app.stage<slow>("slow");
  return app.run();
}
