// A process comes to us while our own connection to its name, made for the life before, is still open: what becomes of that
// one says nothing about the new life.
#include "shop.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace crossing_test {
namespace {

using namespace far_shop;
namespace runtime = troupe::runtime;
namespace transport = troupe::transport;
using transport::link_id;

/// Links that the test itself moves.
struct recording_post final : transport::post {
  std::uint64_t last = 0;
  std::vector<link_id> closed;
  std::vector<std::pair<link_id, std::string>> sent;
  link_id connect(const std::string&, const transport::peer&, std::vector<transport::channel>) override {
    return link_id{++last};
  }
  void send(link_id link, std::uint32_t, troupe::byte_view header, troupe::bytes payload) override {
    troupe::byte_buffer all;
    all.append(header);
    all.append(payload.view());
    sent.emplace_back(link, std::string(reinterpret_cast<const char*>(all.data()), all.size()));
  }
  void dequeued(link_id, std::uint32_t, std::uint32_t, std::uint64_t) override {}
  void close(link_id link) override { closed.push_back(link); }
};

struct crossing : ::testing::Test {
  probe::journal journal;
  troupe::test_system stage;
  runtime::gateway gate{stage.system(), {.endpoint_of = [](const std::string& node) { return node; }}};
  recording_post post;
  shop_address local = stage.spawn<shop>({.name = "shop"}, journal);
  crossing() {
    gate.use(post);
    EXPECT_TRUE(gate.offer("shop", local));
  }
  ~crossing() override { gate.close(); }

  /// The other process opens an edge and sends over it.
  void hear_from(link_id link) {
    const std::vector<runtime::type_line> types{
        {"deliver", troupe::actors::remote_types(static_cast<shop_address*>(nullptr))[0].shape()}};
    auto open = runtime::written(runtime::record_kind::order, 1,
                                 runtime::edge_order(runtime::open_edge{"shop", 0, types}));
    troupe::byte_buffer tea;
    put(tea, runtime::record_head{runtime::record_kind::message, 0, 1});
    encode(tea, deliver{"tea", 3});
    std::vector<transport::record> records;
    records.push_back({runtime::actors_channel.number, open.take()});
    records.push_back({runtime::actors_channel.number, tea.take()});
    gate.on_records(link, std::move(records));
    stage.run_until_idle();
  }
};

TEST_F(crossing, a_connection_that_fails_takes_no_link_of_the_new_life_with_it) {
  const auto far = *gate.reach<shop_address>("back", "shop");
  constexpr link_id out{1}, in{7};
  gate.on_up(in, {"back", 2}, false);
  hear_from(in);
  gate.on_down(out, {errc::not_found, "nobody listened there"});
  stage.run_until_idle();
  EXPECT_TRUE(stage.system().ended(far));
  EXPECT_EQ(post.closed, std::vector<link_id>{out});
  EXPECT_EQ(journal.lines(), lines{"tea 3"});
  ASSERT_FALSE(post.sent.empty());
  EXPECT_EQ(post.sent.back().first, in) << "where its answers go";
}

TEST_F(crossing, a_connection_that_comes_up_carries_what_is_said_to_the_new_life) {
  const auto far = *gate.reach<shop_address>("back", "shop");
  constexpr link_id out{1}, in{7};
  gate.on_up(in, {"back", 2}, false);
  hear_from(in);
  gate.on_up(out, {"back", 2}, true);
  stage.run_until_idle();
  EXPECT_FALSE(stage.system().ended(far));
  EXPECT_EQ(post.closed, std::vector<link_id>());
  EXPECT_EQ(journal.lines(), lines{"tea 3"});
  EXPECT_EQ(post.sent.back().first, out);
}

/// A process that lost its links to us and comes again, before we hear that they are lost.
struct begun_anew : crossing {
  static constexpr link_id first{7}, second{8};
  const troupe::error broke{troupe::errc::peer_lost, "the connection broke"};
  begun_anew() {
    come(first);
    hear_from(first);
  }
  void come(link_id link) { gate.on_up(link, {"back", 2}, false); }
};

TEST_F(begun_anew, it_is_served_where_it_speaks) {
  come(second);
  hear_from(second);
  EXPECT_EQ(post.closed, std::vector<link_id>{first});
  EXPECT_EQ(post.sent.back().first, second);
  gate.on_down(first, broke);
  EXPECT_EQ(post.closed, std::vector<link_id>{first}) << "what was lost before hurts nobody";
  EXPECT_EQ(journal.lines(), (lines{"tea 3", "tea 3"}));
}

TEST_F(begun_anew, the_link_on_which_it_has_not_spoken_yet_outlives_the_other) {
  come(second);
  gate.on_down(first, broke);
  EXPECT_EQ(post.closed, std::vector<link_id>{first});
  hear_from(second);
  EXPECT_EQ(journal.lines(), (lines{"tea 3", "tea 3"}));
  EXPECT_EQ(post.closed, std::vector<link_id>{first});
  EXPECT_EQ(post.last, 0U) << "nobody connected";
}

TEST_F(begun_anew, addresses_that_led_over_the_lost_link_end_and_the_next_one_leads_over_the_new) {
  const auto lost = *gate.reach<shop_address>("back", "shop");
  EXPECT_EQ(post.sent.back().first, first);
  come(second);
  hear_from(second);
  constexpr link_id ours{1};  // to see whether its process lives
  gate.on_up(ours, {"back", 2}, true);
  stage.run_until_idle();
  EXPECT_TRUE(stage.system().ended(lost));
  EXPECT_EQ(journal.lines(), (lines{"tea 3", "tea 3"}));
  const auto next = *gate.reach<shop_address>("back", "shop");
  stage.run_until_idle();
  EXPECT_FALSE(stage.system().ended(next));
  EXPECT_EQ(post.sent.back().first, ours);
}

TEST_F(begun_anew, a_link_that_is_still_up_does_not_say_that_a_dead_process_lives) {
  const auto far = *gate.reach<shop_address>("back", "shop");
  probe::journal heard;
  stage.spawn<mourner>({}, heard, troupe::address<>(far));
  come(second);
  gate.on_down(first, broke);
  gate.on_down(link_id{1}, {troupe::errc::not_found, "nobody listens there"});
  stage.run_until_idle();
  ASSERT_EQ(heard.lines().size(), 1U);
  EXPECT_TRUE(heard.lines()[0].ends_with("its process has died")) << heard.lines()[0];
  gate.on_down(second, broke);
}

TEST_F(begun_anew, a_link_that_goes_before_anybody_has_spoken_on_it_takes_nothing_with_it) {
  const auto far = *gate.reach<shop_address>("back", "shop");
  come(second);
  gate.on_down(second, broke);
  stage.run_until_idle();
  EXPECT_FALSE(stage.system().ended(far));
  EXPECT_EQ(post.closed, std::vector<link_id>());
}

TEST_F(begun_anew, links_of_a_life_that_is_over_are_all_closed) {
  come(second);
  gate.on_up(link_id{9}, {"back", 3}, false);
  EXPECT_EQ(post.closed, (std::vector{first, second}));
}

TEST_F(crossing, when_it_speaks_anew_on_our_link_what_we_say_there_goes_on) {
  const auto far = *gate.reach<shop_address>("back", "shop");
  constexpr link_id out{1}, in{7};
  gate.on_up(out, {"back", 2}, true);
  gate.on_up(in, {"back", 2}, false);
  hear_from(in);
  hear_from(out);
  EXPECT_EQ(post.closed, std::vector<link_id>{in});
  EXPECT_FALSE(stage.system().ended(far));
  EXPECT_EQ(journal.lines(), (lines{"tea 3", "tea 3"}));
}

}  // namespace
}  // namespace crossing_test
