#include "two_nodes.hpp"

#include <troupe/runtime/node/link_keeper.hpp>

namespace troupe::runtime::link_keeper_test {
namespace {

using namespace std::chrono_literals;

class link_keeper_test : public two_nodes {
 protected:
  link_keeper_test() {
    on_lost = [this](const link_lost& what) { keeper.send(link_lost(what)); };
  }
  /// Long enough for any pause.
  void let_time_pass() {
    actors.advance(1h);
    settle();
  }
  std::vector<report> reports;
  const testimony& source = place(here.by, the_source);
  const address_of<link_keeper> keeper = actors.spawn<link_keeper>(
      {.name = "links"}, here.by, the_source, [this](report said) { reports.push_back(std::move(said)); });
};

TEST_F(link_keeper_test, opens_a_lost_link_again_after_a_pause) {
  reach_worker();
  here.post.cut(transport::link_id{1});
  settle();
  ASSERT_EQ(source.news.size(), 2U);
  EXPECT_FALSE(source.news.back().up) << "not at once";
  let_time_pass();
  ASSERT_EQ(source.news.size(), 3U);
  EXPECT_TRUE(source.news.back().up);
  EXPECT_TRUE(reports.empty());
}

TEST_F(link_keeper_test, tries_again_whatever_may_pass) {
  for (const auto code : {errc::end_of_file, errc::peer_lost, errc::not_found, errc::timed_out, errc::refused,
                          errc::malformed, errc::exhausted}) {
    const auto before = source.news.size();
    keeper.send(link_lost{way_to_worker(), {code, "test", 0}});
    let_time_pass();
    EXPECT_EQ(source.news.size(), before + 1) << sentence(code);
  }
  EXPECT_TRUE(reports.empty());
}

TEST_F(link_keeper_test, leaves_alone_what_we_closed_ourselves) {
  keeper.send(link_lost{way_to_worker(), {errc::closed, "test", 0}});
  let_time_pass();
  EXPECT_TRUE(source.news.empty());
  EXPECT_TRUE(reports.empty());
}

TEST_F(link_keeper_test, reports_what_no_second_try_can_mend) {
  for (const auto code : {errc::type_mismatch, errc::version_mismatch}) {
    reports.clear();
    keeper.send(link_lost{way_to_worker(), {code, "both sides", 0}});
    let_time_pass();
    EXPECT_TRUE(source.news.empty()) << sentence(code);
    ASSERT_EQ(reports.size(), 1U) << sentence(code);
    EXPECT_EQ(reports[0].from, the_source);
    const auto* said = std::get_if<trouble>(&reports[0].body);
    ASSERT_NE(said, nullptr);
    EXPECT_EQ(said->kind, trouble_kind::internal);
    EXPECT_EQ(said->what.rfind("link to work.0: both sides", 0), 0U) << said->what;
  }
}

TEST_F(link_keeper_test, reports_a_handshake_that_was_refused_over_types) {
  auto other = of;
  other.edges[0].shape = "str";
  exchange its(other, 1, log, [](const link_lost&) {});
  transport::memory_post post(network, transport::options_of("work.1", "work.1"), its, channels_of(other));
  here.by.reach({{"work.1", 1}, "work.1", {{stage_id, 1, 1}}});
  settle();
  ASSERT_EQ(reports.size(), 1U);
  const auto& said = std::get<trouble>(reports[0].body);
  EXPECT_NE(said.what.find("work.from -> work"), std::string::npos) << said.what;
}

TEST_F(link_keeper_test, reports_links_that_break_in_vain_again_and_again) {
  const auto lose = [&](link_use use, unsigned times) {
    for (unsigned i = 0; i < times; ++i) {
      keeper.send(link_lost{way_to_director(), {errc::peer_lost, "the connection broke", 0}, use});
      actors.run_until_idle();
    }
  };
  lose(link_use::up, link_keeper::most_in_vain - 1);
  lose(link_use::none, 1000);  // a neighbour that starts: it is waited for
  lose(link_use::answered, 1);
  lose(link_use::up, link_keeper::most_in_vain - 1);
  EXPECT_TRUE(reports.empty());
  lose(link_use::up, 1);
  ASSERT_EQ(reports.size(), 1U);
  const auto& said = std::get<trouble>(reports[0].body);
  EXPECT_EQ(said.kind, trouble_kind::internal);
  EXPECT_EQ(said.what.rfind("link to director: the connection broke", 0), 0U) << said.what;
  EXPECT_NE(said.what.find("100 times in a row"), std::string::npos) << said.what;
}

TEST_F(link_keeper_test, lets_the_dead_rest) {
  reach_worker();
  here.post.cut(transport::link_id{1});
  settle();
  here.by.forget(worker);  // the director has announced the death meanwhile
  let_time_pass();
  EXPECT_EQ(source.news.size(), 2U);
}

}  // namespace
}  // namespace troupe::runtime::link_keeper_test
