// Who is blamed for a broken protocol, and how often.
#include "two_nodes.hpp"

#include <algorithm>

namespace troupe::runtime::faulty_peer_test {
namespace {

/// A worker's post in other hands: it says what the test says.
class faulty_peer : public two_nodes {
 protected:
  faulty_peer() {
    here.by.on_broken_protocol([this](broken_protocol what) { blamed.push_back(std::move(what)); });
  }
  void link_up(transport::post& from) {
    link = from.connect(director_node, {director_node, 1}, channels_of(of));
    settle();
  }
  [[nodiscard]] static transport::post_options its_options() {
    return transport::options_of("work.0", "elsewhere", 9);
  }
  std::vector<broken_protocol> blamed;
  transport::recorder events;
  transport::link_id link{};
};

TEST_F(faulty_peer, is_blamed_for_an_item_that_is_none) {
  place(here.by, the_sink);
  transport::memory_post post(network, its_options(), events, channels_of(of));
  link_up(post);
  post.send(link, to_sink, {}, encoded(std::string("no header")));
  settle();
  ASSERT_EQ(blamed.size(), 1U);
  EXPECT_EQ(blamed[0].by, (instance{stage_id, 0, 9}));
  EXPECT_NE(blamed[0].what.find("the header of an item"), std::string::npos) << blamed[0].what;
}

TEST_F(faulty_peer, is_blamed_when_the_post_says_that_a_link_it_opened_was_misused) {
  here.by.on_up(transport::link_id{70}, {"work.0", 9}, false);
  here.by.on_down(transport::link_id{70}, {errc::malformed, "a frame of unknown kind 99", 0});
  ASSERT_EQ(blamed.size(), 1U);
  EXPECT_EQ(blamed[0].by, (instance{stage_id, 0, 9}));
  EXPECT_TRUE(losses.empty()) << "it will open it again, if it lives";
}

TEST_F(faulty_peer, is_blamed_when_the_post_says_that_a_link_of_ours_was_misused) {
  here.by.reach(way_to_worker());
  here.by.on_down(transport::link_id{1}, {errc::malformed, "neither WELCOME nor REFUSE", 0});
  ASSERT_EQ(blamed.size(), 1U);
  EXPECT_EQ(blamed[0].by, worker);
  EXPECT_EQ(losses.size(), 1U) << "and the loss is told as any other";
}

TEST_F(faulty_peer, is_blamed_once_in_its_life) {
  for (const std::uint64_t epoch : {9U, 9U, 10U, 9U}) {
    here.by.on_up(transport::link_id{70}, {"work.0", epoch}, false);
    here.by.on_down(transport::link_id{70}, {errc::malformed, "noise", 0});
  }
  ASSERT_EQ(blamed.size(), 2U);
  EXPECT_EQ(blamed[1].by.epoch, 10U);
  EXPECT_EQ(std::count(logged.begin(), logged.end(), '\n'), 2);
}

TEST_F(faulty_peer, is_blamed_for_nothing_else) {
  for (const auto code : {errc::peer_lost, errc::end_of_file, errc::refused, errc::closed}) {
    here.by.on_up(transport::link_id{70}, {"work.0", 9}, false);
    here.by.on_down(transport::link_id{70}, {code, "as happens", 0});
  }
  EXPECT_TRUE(blamed.empty());
}

TEST_F(faulty_peer, that_is_no_worker_of_the_plan_is_logged_only) {
  for (const char* name : {"director", "work", "work.2", "work.x", "work.to.0", ""}) {
    here.by.on_up(transport::link_id{70}, {name, 9}, false);
    here.by.on_down(transport::link_id{70}, {errc::malformed, "noise", 0});
  }
  EXPECT_EQ(std::count(logged.begin(), logged.end(), '\n'), 6);
  EXPECT_TRUE(blamed.empty());
  EXPECT_EQ(worker_of(of, {"work.2", 9}), std::nullopt);
  EXPECT_EQ(worker_of(of, {"work.0", 9}), (instance{stage_id, 0, 9}));
}

TEST_F(faulty_peer, two_hundred_strangers_at_the_door_are_counted_in_one_line) {
  auto wrong = its_options();
  wrong.own.key.secret[0] ^= std::byte{1};
  transport::memory_post post(network, wrong, events, channels_of(of));
  for (int i = 0; i < 200; ++i) link_up(post);
  EXPECT_EQ(here.by.turned_away(errc::refused), 200U);
  EXPECT_EQ(std::count(logged.begin(), logged.end(), '\n'), 1) << logged;
}

}  // namespace
}  // namespace troupe::runtime::faulty_peer_test
