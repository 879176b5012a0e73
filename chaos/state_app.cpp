// chaos/state_app.cpp - the program that kill_storm_state runs: totals by key, kept in slots of worker processes.
// Source: state.toml wires the stages; totals_judge.py knows every answer. STATE_SABOTAGE="RULE NUMBER" breaks a rule at that
// number, to prove that the judge sees it; the product itself does not read it.
#include <troupe/app.hpp>

#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <map>
#include <optional>
#include <sstream>
#include <string>

namespace {

constexpr std::uint64_t keys = 1'000;
constexpr std::uint64_t spread = 7'919;  // prime to `keys`

struct numbered {
  std::uint64_t key = 0, number = 0;
};
/// Sums are modulo 2^64.
struct total {
  std::uint64_t key = 0, count = 0, sum = 0, squares = 0;
};

/// Whether a rule is to be broken at that number.
bool breaks(const std::string& rule, std::uint64_t number) {
  static const auto [broken, victim] = [] {
    std::pair<std::string, std::uint64_t> order;
    if (const char* text = std::getenv("STATE_SABOTAGE"))
      std::istringstream(text) >> order.first >> order.second;
    return order;
  }();
  return broken == rule && number == victim;
}

std::optional<numbered> part(std::uint64_t number) {
  if (breaks("drop-item", number)) return std::nullopt;
  return numbered{number * spread % keys, number};
}

class totals {
 public:
  void operator()(numbered one) {
    if (breaks("drop-ack", one.number))
      while (true) ::pause();  // taken, never answered
    auto& mine = by_key_[one.key];
    if (breaks("forget", one.number)) mine = {};  // as if a checkpoint had not held it
    for (int times = breaks("duplicate", one.number) ? 2 : 1; times > 0; --times) {
      mine.key = one.key;
      ++mine.count;
      mine.sum += one.number;
      mine.squares += one.number * one.number;
    }
  }
  void finish(troupe::emitter<total>& out) {
    for (const auto& [key, mine] : by_key_) out(mine);
  }
  auto& state() { return by_key_; }

 private:
  std::map<std::uint64_t, total> by_key_;
};

}  // namespace

int main(int argc, char** argv) {
  troupe::app app{argc, argv};
  app.stage("part", part);
  app.stage<totals>("totals");
  return app.run();
}
