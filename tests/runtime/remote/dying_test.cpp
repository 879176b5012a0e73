// A process dies while somebody is just coming in: at whatever moment, it is its process that was lost.
#include "shop.hpp"

#include <string>

namespace dying_test {
namespace {

using namespace far_shop;

class dying : public remote, public ::testing::WithParamInterface<int> {};

TEST_P(dying, at_any_step_of_the_opening_is_a_lost_process) {
  const auto far = reach();
  mourn(far);
  far.send(deliver{"tea", 3});
  for (int steps = 0; steps < GetParam(); ++steps) network.step();
  back.reset();
  const auto said = last_words();
  EXPECT_TRUE(said.starts_with(end(ending::process_lost, "node 'back' was lost"))) << said;
}

INSTANTIATE_TEST_SUITE_P(steps, dying, ::testing::Range(0, 12));

}  // namespace
}  // namespace dying_test
