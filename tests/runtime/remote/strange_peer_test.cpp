// What no gateway says, and what comes at a bad moment: the others are not hurt.
#include "quiet_post.hpp"

#include <troupe/runtime/remote/records.hpp>

#include <vector>

namespace strange_peer_test {
namespace {

using troupe::address;
using troupe::errc;
using troupe::transport::link_id;

struct strange : troupe::runtime::one_stage {
  address<probe::number> reach() {
    auto found = gate.reach<address<probe::number>>("peer", "far");
    EXPECT_TRUE(found) << found.error().message();
    return *found;
  }
  /// A frame of one record for the edge that was opened first.
  void say(const troupe::runtime::edge_news& news) {
    auto record = troupe::runtime::written(troupe::runtime::record_kind::news, 1, news);
    gate.on_records(link_id{1}, {{troupe::runtime::actors_channel.number, record.take()}});
  }
  bool ended(const address<probe::number>& whom) {
    stage.run_until_idle();
    return stage.system().ended(whom);
  }
};

TEST_F(strange, a_link_leads_to_whoever_answered_it_and_that_of_an_earlier_life_is_closed) {
  const auto far = reach();                    // link 1
  gate.on_up(link_id{9}, {"peer", 1}, false);  // it connects to us, too, and dies
  gate.on_up(link_id{1}, {"peer", 2}, true);   // where it listened another one does
  const auto next = reach();
  EXPECT_EQ(post.closed, (std::vector{link_id{9}}));
  EXPECT_EQ(post.links, 1U);
  gate.on_down(link_id{9}, {errc::closed, "", 0});
  EXPECT_FALSE(ended(far) || ended(next)) << "the end of the old link is not that of the new one";
  gate.on_down(link_id{1}, {errc::not_found, "", 0});
  EXPECT_TRUE(ended(far) && ended(next));
}

TEST_F(strange, an_edge_is_opened_once) {
  const auto far = reach();
  gate.on_up(link_id{1}, {"peer", 1}, true);
  say(troupe::runtime::edge_opened{5, "far", 8, 4096});
  EXPECT_TRUE(post.closed.empty());
  say(troupe::runtime::edge_opened{6, "far", 8, 4096});
  EXPECT_EQ(post.closed, (std::vector{link_id{1}}));
}

}  // namespace
}  // namespace strange_peer_test
