// runtime/node/turned_away_log.hpp - says why connections were turned away, without a line for each.
// Threads: its owner locks.
#pragma once
#include <troupe/base/clock.hpp>
#include <troupe/base/error.hpp>
#include <troupe/base/log.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <utility>

namespace troupe::runtime {

/// The first of a kind is said at once; then at most one of its kind in `interval`, with how many there were in
/// between. The rest is said at the end.
class turned_away_log {
 public:
  static constexpr auto interval = std::chrono::minutes(1);

  explicit turned_away_log(logger log) : log_(std::move(log)) {}
  turned_away_log(const turned_away_log&) = delete;
  turned_away_log& operator=(const turned_away_log&) = delete;
  ~turned_away_log() {
    for (const auto& [code, one] : kinds_)
      if (one.unsaid > 0)
        log_.warn("turned ", std::to_string(one.unsaid), " more connections away: ", sentence(code));
  }

  void note(const error& why, steady::time_point now) {
    auto& kind = kinds_[why.code];
    const bool first = kind.count++ == 0;
    if (!first && now - kind.said < interval) {
      ++kind.unsaid;
      return;
    }
    const auto unsaid = std::exchange(kind.unsaid, 0);
    kind.said = now;
    log_.warn("turned a connection away: ", why.message(),
              unsaid == 0 ? "" : " (and " + std::to_string(unsaid) + " more since the last such line)");
  }
  [[nodiscard]] std::uint64_t count(errc code) const {
    const auto found = kinds_.find(code);
    return found == kinds_.end() ? 0 : found->second.count;
  }

 private:
  struct tally {
    std::uint64_t count = 0, unsaid = 0;
    steady::time_point said;
  };
  const logger log_;
  std::map<errc, tally> kinds_;
};

}  // namespace troupe::runtime
