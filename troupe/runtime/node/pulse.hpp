// runtime/node/pulse.hpp - a worker's sign of life: an actor beside its stage that writes into the page.
// Threads: an actor; the stage may keep another thread for as long as it likes.
// Source: docs/delivery.md, "Running, and the page".
#pragma once
#include <troupe/actors/context.hpp>
#include <troupe/runtime/delivery/running_page.hpp>
#include <troupe/runtime/node/exchange.hpp>

#include <algorithm>
#include <atomic>
#include <vector>

namespace troupe::runtime {

struct pulse_beat {};

/// Beats as long as the worker's scheduler, its timers and its memory allocator work.
class pulse {
 public:
  using receives = troupe::receives<pulse_beat>;
  static constexpr milliseconds period{100};
  static constexpr std::size_t most_edges = 64;

  /// `out` are the edges out of the stage, in the order of the plan; of those beyond the 64th nothing is said.
  pulse(context& self, running_page& page, const exchange& by, std::vector<edge_id> out)
      : page_(page), exchange_(by), out_(std::move(out)), timer_(self.every<pulse>(period, pulse_beat{})) {}

  void operator()(pulse_beat) {
    std::uint64_t blocked = 0;
    for (std::size_t i = 0; i < std::min(out_.size(), most_edges); ++i)
      if (exchange_.is_blocked(out_[i])) blocked |= std::uint64_t{1} << i;
    page_.blocked.store(blocked, std::memory_order_relaxed);
    page_.arrived.store(exchange_.arrived(), std::memory_order_relaxed);
    page_.beats.fetch_add(1, std::memory_order_relaxed);
  }

 private:
  running_page& page_;
  const exchange& exchange_;
  const std::vector<edge_id> out_;
  timer timer_;
};

}  // namespace troupe::runtime
