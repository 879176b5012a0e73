// Credit of far addresses: a slow actor holds back who sends to it, and no message is lost for want of room.
#include "shop.hpp"

namespace window_test {
namespace {

using namespace far_shop;
using namespace std::chrono_literals;

struct windowed : troupe::runtime::two_stages {
  probe::journal journal;
  windowed() {
    back.emplace(network, "back", 1, troupe::transport::window{8, 1U << 20U});
    EXPECT_TRUE(back->gate.offer("shop", back->stage.spawn<shop>({.name = "shop"}, journal)));
  }
  /// Everything but the actors over there.
  void settle_here() {
    while (network.run_until_idle() + here->stage.run_until_idle() > 0) {
    }
  }
};

TEST_F(windowed, a_slow_actor_holds_back_who_sends_and_loses_nothing) {
  const auto far =
      *here->gate.reach<shop_address>("back", "shop", {.capacity = 4, .overflow = troupe::overflow::reject});
  settle();
  int sent = 0;
  for (; sent < 100; ++sent) {
    settle_here();
    if (!far.send(deliver{"tea", sent})) break;
  }
  EXPECT_EQ(sent, 8 + 1 + 4) << "the window, the one that waits for room, the mailbox";
  EXPECT_EQ(back->stage.system().look().size(), 2U);
  EXPECT_EQ(far.ask(how_many{"tea"}, 1h).get().error().code, errc::full);
  settle();
  EXPECT_EQ(journal.lines().size(), 13U);
  EXPECT_EQ(journal.lines().back(), "tea 12");
  EXPECT_TRUE(far.send(deliver{"tea", 13}));
  settle();
  EXPECT_EQ(journal.lines().back(), "tea 13");
}

TEST_F(windowed, what_waits_for_room_is_a_dead_letter_when_the_actor_is_gone) {
  const auto far = *here->gate.reach<shop_address>("back", "shop");
  settle();
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(far.send(deliver{"tea", i}));
  settle_here();
  far.kill();
  settle();
  EXPECT_TRUE(here->stage.system().ended(far));
  EXPECT_EQ(here->stage.system().dead_letters().total() + back->stage.system().dead_letters().total() +
                journal.lines().size(),
            20U);
}

TEST_F(windowed, a_mailbox_that_drops_its_oldest_gives_back_the_room_of_what_it_dropped) {
  const auto forgetful = back->stage.spawn<shop>(
      {.name = "forgetful", .mailbox = {.capacity = 4, .overflow = troupe::overflow::drop_oldest}}, journal);
  ASSERT_TRUE(back->gate.offer("forgetful", forgetful));
  const auto far = *here->gate.reach<shop_address>("back", "forgetful");
  for (int round = 0; round < 10; ++round) {
    for (int i = 0; i < 8; ++i) far.send(deliver{"far", i});
    settle_here();
    for (int i = 0; i < 8; ++i) forgetful.send(deliver{"near", i});
    settle();
  }
  EXPECT_EQ(here->stage.system().look().front().queued + here->stage.system().look().back().queued, 0U);
  EXPECT_EQ(journal.lines().size() + back->stage.system().dead_letters().dropped, 160U);
}

TEST_F(windowed, an_actor_that_has_a_promise_outlives_the_gateway) {
  auto promising = back->stage.spawn<shop>({.name = "promising"}, journal);
  ASSERT_TRUE(back->gate.offer("promising", promising));
  auto open = here->gate.reach<shop_address>("back", "promising")->ask(promise_me{}, 1h);
  settle();
  EXPECT_FALSE(open.ready());
  back->gate.close();
  back->post.reset();
  promising.kill();
  back->stage.run_until_idle();
}

}  // namespace
}  // namespace window_test
