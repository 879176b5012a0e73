// Others come in before a gateway has been told of its post: it listens from the moment that the post starts.
#include "shop.hpp"

#include <vector>

namespace early_test {
namespace {

using namespace far_shop;
namespace transport = troupe::transport;

struct early : troupe::runtime::two_stages {
  probe::journal journal;
  troupe::test_system stage;
  troupe::runtime::gateway gate{stage.system(),
                                {.endpoint_of = [](const std::string& node) { return node; }}};
  transport::memory_post post{network,
                              {.own = {.self = {"late", 1}, .system = "company"}, .endpoint = "late"},
                              gate,
                              std::vector<transport::channel>{troupe::runtime::actors_channel}};
  early() { EXPECT_TRUE(gate.offer("shop", stage.spawn<shop>({.name = "shop"}, journal))); }
  ~early() override { gate.close(); }

  /// With the third process.
  void settle_all() {
    for (bool more = true; more;) {
      settle();
      more = stage.run_until_idle() > 0;
    }
  }
};

TEST_F(early, what_others_say_before_there_is_a_post_is_heard_when_there_is) {
  const auto far = *here->gate.reach<shop_address>("late", "shop");
  far.send(deliver{"tea", 3});
  settle_all();
  gate.use(post);
  settle_all();
  auto answer = far.ask(how_many{"tea"});
  settle_all();
  ASSERT_TRUE(answer.ready());
  EXPECT_EQ(answer.get().value_or(0), 3);
}

TEST_F(early, who_has_left_again_before_there_is_a_post_is_forgotten) {
  const auto far = *here->gate.reach<shop_address>("late", "shop");
  settle_all();
  here.reset();
  settle_all();
  gate.use(post);
  settle_all();
  EXPECT_EQ(journal.lines(), std::vector<std::string>());
}

}  // namespace
}  // namespace early_test
