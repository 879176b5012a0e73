// Turns that a thread keeps for itself.
#include "probe.hpp"

#include <troupe/actors/own_turn.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <thread>

namespace own_turn_test {
namespace {

struct where {
  using reply = std::uint64_t;
};
std::uint64_t this_thread() {
  return std::hash<std::thread::id>()(std::this_thread::get_id());
}
class teller {
 public:
  using receives = troupe::receives<where>;
  std::uint64_t operator()(where) { return this_thread(); }
};
using teller_address = troupe::address_of<teller>;

struct own_turn : testing::Test {
  std::unique_ptr<troupe::actor_system> system = probe::started();
  teller_address one = born(), other = born();
  troupe::own_turn turn;

  /// It has handled a message: what is scheduled from now on is what the test sends.
  teller_address born() {
    auto made = system->spawn<teller>({});
    EXPECT_TRUE(made.ask(where{}).get());
    return made;
  }
  troupe::future<std::uint64_t> ask(const teller_address& whom) {
    const troupe::own_turn::watch here(turn);
    return whom.ask(where{});
  }
};

TEST_F(own_turn, is_the_first_that_this_thread_schedules) {
  auto kept = ask(one);
  auto handed = ask(other);
  ASSERT_TRUE(turn.waits());
  EXPECT_NE(handed.get().value_or(this_thread()), this_thread());
  EXPECT_FALSE(kept.ready());
  turn.run();
  EXPECT_FALSE(turn.waits());
  EXPECT_EQ(kept.get().value_or(0), this_thread());
}

TEST_F(own_turn, can_be_handed_on) {
  auto kept = ask(one);
  ASSERT_TRUE(turn.waits());
  turn.hand_on();
  EXPECT_NE(kept.get().value_or(this_thread()), this_thread());
}

TEST_F(own_turn, is_handed_on_when_nobody_runs_it) {
  troupe::future<std::uint64_t> kept;
  {
    troupe::own_turn forgotten;
    const troupe::own_turn::watch here(forgotten);
    kept = one.ask(where{});
  }
  EXPECT_TRUE(kept.get());
}

TEST_F(own_turn, leaves_to_others_what_comes_when_nobody_watches) {
  EXPECT_TRUE(one.ask(where{}).get());
  EXPECT_FALSE(turn.waits());
}

}  // namespace
}  // namespace own_turn_test
