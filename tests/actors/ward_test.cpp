// Actors whose supervisor is in another process: what is told of them, and that they do nothing without being told.
#include "supervised.hpp"

#include <troupe/actors/ward.hpp>

#include <algorithm>

namespace ward_test {
namespace {

using namespace supervised;
using namespace std::chrono_literals;
using troupe::ending;
namespace actors = troupe::actors;

/// Cannot be made as often as is said.
class reluctant : public worker {
 public:
  using receives = worker::receives;
  reluctant(troupe::context& self, std::reference_wrapper<probe::journal> journal,
            std::reference_wrapper<int> refusals)
      : worker(self, journal) {
    if (refusals.get()-- > 0) throw std::runtime_error("not today");
  }
};

/// One ward, and what is told of it.
struct nursery {
  probe::journal journal;
  lines told;
  troupe::test_system stage;
  troupe::supervisor guardian;
  worker_address ward;
  troupe::reserved<ref_worker> place;

  explicit nursery(troupe::restart_when policy = troupe::restart_when::on_failure)
      : guardian(actors::guardian_for(
            stage.system(), {.name = "guardian", .restart = {.policy = policy}},
            [this](const troupe::end_reason& why, bool for_good) { told.push_back(words(why, for_good)); })),
        place(guardian.reserve<ref_worker>({.name = "w"})) {
    ward = place.address();
  }
  static std::string words(const troupe::end_reason& why, bool for_good) {
    return std::to_string(static_cast<int>(why.how)) + why.text + (for_good ? ", for good" : "");
  }
  void begin() { place.start(std::ref(journal)); }
  void live_again() { actors::live_again(cell()); }
  void end() { actors::end_ward(cell()); }
  [[nodiscard]] const actors::cell_ref& cell() const { return actors::address_access::cell(ward); }
  /// A long time, in which nobody may start it.
  lines run() {
    stage.advance(1h);
    return journal.lines();
  }
  [[nodiscard]] bool is_over() {
    return stage.system().ended(ward) && stage.system().ended(guardian.address());
  }
};

std::string said(ending how, const std::string& text = "") {
  return nursery::words({how, text}, false);
}
std::string said_for_good(ending how, const std::string& text = "") {
  return nursery::words({how, text}, true);
}

TEST(ward, that_throws_stays_down_with_its_mailbox_and_is_told_of) {
  nursery n;
  n.begin();
  n.ward.send(fail_now{});
  n.ward.send(number{1});
  EXPECT_EQ(n.run(), (lines{"+w", "-w"}));
  EXPECT_EQ(n.told, lines{said(ending::failed, "no more paper")});
  n.ward.send(number{2});
  EXPECT_EQ(n.run(), (lines{"+w", "-w"}));
  EXPECT_FALSE(n.is_over());
  EXPECT_EQ(n.stage.system().dead_letters().total(), 0U);
}

TEST(ward, that_lives_again_has_fresh_state_and_handles_what_was_queued) {
  nursery n;
  n.begin();
  n.ward.send(number{1});
  n.ward.send(fail_now{});
  n.ward.send(number{2});
  n.run();
  n.live_again();
  n.ward.send(number{3});
  EXPECT_EQ(n.run(), (lines{"+w", "w 1", "-w", "+w", "w 2", "w 3"}));
  EXPECT_EQ(n.ward.ask(how_many{}).get(), 2) << "in this life";
  EXPECT_EQ(n.told.size(), 1U);
}

TEST(ward, is_told_of_once_for_each_life) {
  nursery n;
  n.begin();
  for (int i = 0; i < 20; ++i) {  // more often than any supervisor would have it
    n.ward.send(fail_now{});
    n.run();
    n.live_again();
    n.run();
  }
  EXPECT_EQ(n.told, lines(20, said(ending::failed, "no more paper")));
  EXPECT_EQ(n.ward.ask(how_many{}).get(), 0);
}

TEST(ward, that_is_killed_has_lost_that_life_only) {
  nursery n;
  n.begin();
  n.ward.kill();
  n.run();
  EXPECT_EQ(n.told, lines{said(ending::killed)});
  n.live_again();
  n.ward.send(number{1});
  EXPECT_EQ(n.run(), (lines{"+w", "-w", "+w", "w 1"}));
}

TEST(ward, that_lives_is_not_made_again_by_the_word_to_live) {
  nursery n;
  n.begin();
  n.live_again();
  EXPECT_EQ(n.run(), lines{"+w"});
  EXPECT_TRUE(n.told.empty());
}

TEST(ward, that_is_stopped_has_ended_for_good_and_so_has_its_guardian) {
  nursery n;
  n.begin();
  n.ward.send(number{1});
  n.ward.stop();
  EXPECT_EQ(n.run(), (lines{"+w", "w 1", "-w"}));
  EXPECT_EQ(n.told, lines{said_for_good(ending::stopped)});
  EXPECT_TRUE(n.is_over());
  EXPECT_EQ(n.stage.system().size(), 0U);
}

TEST(ward, that_is_to_be_started_always_has_lost_a_life_when_it_is_stopped) {
  nursery n(troupe::restart_when::always);
  n.begin();
  n.ward.send(number{1});
  n.ward.stop();
  EXPECT_EQ(n.run(), (lines{"+w", "w 1", "-w"}));
  EXPECT_EQ(n.told, lines{said(ending::stopped)});
  n.ward.send(number{2});
  EXPECT_EQ(n.run().size(), 3U);
  n.live_again();
  EXPECT_EQ(n.run(), (lines{"+w", "w 1", "-w", "+w", "w 2"}));
  EXPECT_FALSE(n.is_over());
}

TEST(ward, that_is_down_ends_at_once_when_it_is_to_live_no_more) {
  nursery n;
  n.begin();
  n.ward.send(fail_now{});
  n.ward.send(number{1});
  n.run();
  n.end();
  EXPECT_EQ(n.run(), (lines{"+w", "-w"}));
  EXPECT_TRUE(n.is_over());
  EXPECT_EQ(n.told,
            (lines{said(ending::failed, "no more paper"), said_for_good(ending::failed, "no more paper")}));
  EXPECT_EQ(n.stage.system().dead_letters().abandoned, 1U);
}

TEST(ward, that_runs_ends_when_it_is_to_live_no_more) {
  nursery n;
  n.begin();
  n.ward.send(number{1});
  n.end();
  EXPECT_EQ(n.run(), (lines{"+w", "-w"})) << "before what is queued";
  EXPECT_TRUE(n.is_over());
  EXPECT_EQ(n.told, lines{said_for_good(ending::killed)});
}

TEST(ward, that_has_not_been_made_ends_when_it_is_to_live_no_more) {
  nursery n;
  n.ward.send(number{1});
  n.run();
  EXPECT_TRUE(n.told.empty());
  n.end();
  n.run();
  EXPECT_TRUE(n.is_over());
  EXPECT_EQ(n.told, lines{said_for_good(ending::killed)});
  n.begin();  // too late
  n.live_again();
  EXPECT_EQ(n.run(), lines());
}

TEST(ward, whose_constructor_throws_stays_down_and_may_be_tried_again) {
  nursery n;
  int refusals = 2;
  auto second = actors::guardian_for(n.stage.system(), {}, [&](const troupe::end_reason& why, bool for_good) {
    n.told.push_back(nursery::words(why, for_good));
  });
  auto place = second.reserve<reluctant>({.name = "r"});
  const auto ward = place.address();
  ward.send(number{1});
  place.start(std::ref(n.journal), std::ref(refusals));
  EXPECT_EQ(n.run(), (lines{"+r", "-r"}));
  EXPECT_EQ(n.told, lines{said(ending::failed, "not today")});
  actors::live_again(actors::address_access::cell(ward));
  n.run();
  EXPECT_EQ(n.told, lines(2, said(ending::failed, "not today")));
  actors::live_again(actors::address_access::cell(ward));
  EXPECT_EQ(n.run(), (lines{"+r", "-r", "+r", "-r", "+r", "r 1"}));
}

TEST(ward, that_is_down_does_not_hold_up_the_end_of_its_system) {
  for (const bool down : {true, false}) {
    nursery n;
    n.begin();
    if (down) n.ward.send(fail_now{});
    n.run();
    ASSERT_TRUE(n.stage.system().shutdown(1h)) << (down ? "down" : "up");
    EXPECT_TRUE(n.is_over());
    EXPECT_EQ(n.stage.system().size(), 0U);
  }
}

TEST(ward, lives_and_falls_alike_whoever_runs_first) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    probe::journal journal;
    int told = 0;
    troupe::test_system stage(seed);
    auto guardian =
        actors::guardian_for(stage.system(), {}, [&](const troupe::end_reason&, bool) { ++told; });
    auto place = guardian.reserve<ref_worker>({.name = "w"});
    const auto ward = place.address();
    place.start(std::ref(journal));
    ward.send(number{1});
    ward.kill();
    ward.send(number{2});
    stage.run_until_idle();
    ASSERT_EQ(told, 1) << "seed " << seed;
    actors::live_again(actors::address_access::cell(ward));
    stage.run_until_idle();
    const auto seen = journal.lines();
    EXPECT_EQ(std::ranges::count(seen, "+w"), 2) << "seed " << seed;
    EXPECT_EQ(seen.back(), "w 2");
  }
}

}  // namespace
}  // namespace ward_test
