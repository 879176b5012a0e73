// Invariants of docs/delivery.md, for every seed.
#include "delivery_world.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <string>

namespace troupe::runtime::delivery_simulation_test {
namespace {

using delivery_world::way;
using delivery_world::world;

class delivery_simulation : public ::testing::TestWithParam<way> {};

/// The suite's budget; TROUPE_SEEDS=1000000 looks further.
std::uint64_t seeds() {
  const char* asked = std::getenv("TROUPE_SEEDS");
  return asked == nullptr ? 3000 : std::strtoull(asked, nullptr, 10);
}

TEST_P(delivery_simulation, loses_nothing_and_counts_nothing_twice_whatever_dies) {
  for (std::uint64_t seed = 0; seed < seeds(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    world(seed, GetParam()).run();
    if (HasFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(items, delivery_simulation,
                         ::testing::Values(way{false, false}, way{true, false}, way{false, true},
                                           way{true, true}),
                         [](const auto& tested) {
                           return std::string(tested.param.batches ? "in_batches" : "one_by_one") +
                                  (tested.param.ordered ? "_in_order" : "");
                         });

}  // namespace
}  // namespace troupe::runtime::delivery_simulation_test
