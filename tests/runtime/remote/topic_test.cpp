// What is published in one process is heard in others.
#include "shop.hpp"

#include <troupe/runtime/remote/topic_relay.hpp>

#include <optional>

namespace topic_test {
namespace {

using namespace far_shop;

struct price {
  std::string item;
  int pence = 0;
};

class reader {
 public:
  using receives = troupe::receives<price>;
  reader(troupe::context& self, probe::journal& journal) : journal_(journal) {
    self.subscribe<reader, price>();
  }
  void operator()(const price& p) { journal_.add(p.item + " " + std::to_string(p.pence)); }

 private:
  probe::journal& journal_;
};

struct topics : troupe::runtime::two_stages {
  probe::journal at_here, at_back, heard;
  topics() {
    here->stage.spawn<reader>({}, at_here);
    back->stage.spawn<reader>({}, at_back);
  }
  troupe::address<> hear(troupe::runtime::far_stage& who, const std::string& from) {
    auto inlet = troupe::runtime::hear_topic<price>(who.gate, from);
    EXPECT_TRUE(inlet) << inlet.error().message();
    return *inlet;
  }
};

TEST_F(topics, are_heard_in_order_in_both_directions_and_once) {
  for (auto* const each : {&here, &back}) ASSERT_TRUE(troupe::runtime::offer_topic<price>((*each)->gate));
  hear(*here, "back");
  hear(*back, "here");
  settle();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(here->stage.system().publish(price{"tea", i}), 2U);
  settle();
  EXPECT_EQ(at_here.lines(), (lines{"tea 0", "tea 1", "tea 2"}));
  EXPECT_EQ(at_back.lines(), (lines{"tea 0", "tea 1", "tea 2"}));
  back->stage.system().publish(price{"milk", 9});
  settle();
  EXPECT_EQ(at_here.lines().back(), "milk 9");
  EXPECT_EQ(at_here.lines().size(), 4U);
  EXPECT_EQ(at_back.lines().size(), 4U);
}

TEST_F(topics, are_no_longer_heard_when_the_listener_stops) {
  ASSERT_TRUE(troupe::runtime::offer_topic<price>(back->gate));
  const auto inlet = hear(*here, "back");
  settle();
  const auto before = back->stage.system().size();
  inlet.stop();
  settle();
  EXPECT_EQ(back->stage.system().size(), before - 2) << "the relay, and who stood for its listener";
  back->stage.system().publish(price{"tea", 1});
  settle();
  EXPECT_TRUE(at_here.lines().empty());
}

TEST_F(topics, end_with_their_node_and_say_why) {
  ASSERT_TRUE(troupe::runtime::offer_topic<price>(back->gate));
  const auto inlet = hear(*here, "back");
  here->stage.spawn<mourner>({}, heard, inlet);
  settle();
  back.reset();
  settle();
  ASSERT_EQ(heard.lines().size(), 1U);
  EXPECT_TRUE(heard.lines()[0].starts_with("topic price of back " +
                                           std::to_string(static_cast<int>(ending::failed)) +
                                           " topic price: node 'back' was lost: "))
      << heard.lines()[0];
}

TEST_F(topics, that_nobody_offers_are_an_end_that_says_so) {
  const auto inlet = hear(*here, "back");
  here->stage.spawn<mourner>({}, heard, inlet);
  settle();
  ASSERT_EQ(heard.lines().size(), 1U);
  EXPECT_TRUE(heard.lines()[0].ends_with("topic price: this node has no actor 'topic price'"))
      << heard.lines()[0];
}

TEST_F(topics, make_no_dead_letters_of_what_only_we_send) {
  using hear_price = troupe::runtime::hear<price>;
  const auto source = back->stage.spawn<troupe::runtime::topic_source<price>>({.name = "topic price"});
  ASSERT_TRUE(back->gate.offer("topic price", source));
  settle();
  const auto far = here->gate.reach<troupe::address<hear_price>>("back", "topic price");
  ASSERT_TRUE(far);
  source.send(hear_price{back->stage.spawn<reader>({}, at_back)});
  source.kill();
  settle();
  far->send(hear_price{here->stage.spawn<reader>({}, at_here)});
  source.send(hear_price{back->stage.spawn<reader>({}, at_back)});
  EXPECT_EQ(back->stage.system().dead_letters().total(), 0U);
  EXPECT_EQ(here->stage.system().dead_letters().total(), 0U);
}

TEST_F(topics, a_name_can_stand_for_an_actor_elsewhere) {
  probe::journal journal;
  const auto local = back->stage.spawn<shop>({.name = "shop"}, journal);
  ASSERT_TRUE(back->gate.offer("shop", local));
  {
    const auto far = here->gate.reach<shop_address>("back", "shop");
    ASSERT_TRUE(here->stage.system().enter_name("the shop", *far));
  }
  settle();
  const auto found = here->stage.system().find<troupe::address<deliver>>("the shop");
  ASSERT_TRUE(found) << found.error().message();
  found->send(deliver{"tea", 1});
  settle();
  EXPECT_EQ(journal.lines(), (lines{"tea 1"}));
  local.kill();
  settle();
  EXPECT_EQ(here->stage.system().find<troupe::address<deliver>>("the shop").error().code, errc::not_found);
}

}  // namespace
}  // namespace topic_test
