// transport/refusal_counts.hpp - how many connections did not become links, by the kind of their failure.
// Threads: any.
#pragma once
#include <troupe/base/error.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace troupe::transport {

/// The kinds are those of link_events::on_turned_away.
class refusal_counts {
 public:
  void add(errc kind) noexcept { counts_[index(kind)].fetch_add(1, std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t of(errc kind) const noexcept {
    return counts_[index(kind)].load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t all() const noexcept {
    std::uint64_t sum = 0;
    for (const auto& one : counts_) sum += one.load(std::memory_order_relaxed);
    return sum;
  }

 private:
  static constexpr std::size_t index(errc kind) noexcept { return static_cast<std::size_t>(kind); }
  std::array<std::atomic<std::uint64_t>, static_cast<std::size_t>(errc::io_failed) + 1> counts_{};
};

}  // namespace troupe::transport
