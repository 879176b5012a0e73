// Signs of life, in virtual time: the test is the clock, and the other node.
#include "one_side.hpp"

#include <troupe/base/clock.hpp>
#include <troupe/transport/frame.hpp>
#include <troupe/transport/limits.hpp>
#include <troupe/transport/zmq_post.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>

namespace troupe::transport::heartbeat_test {
namespace {

using std::chrono::hours;

/// Silent for a second: asked. Five more: given up.
class heartbeat : public one_side {
 protected:
  heartbeat() { at(milliseconds(0)); }

  [[nodiscard]] auto pings() const {
    return std::count_if(said.begin(), said.end(),
                         [](const frame& one) { return std::holds_alternative<ping_frame>(one); });
  }
};

TEST_F(heartbeat, an_idle_peer_is_asked_after_the_interval) {
  connected();
  run_until(milliseconds(999));
  EXPECT_TRUE(said.empty());
  run_until(milliseconds(1000));
  ASSERT_EQ(said.size(), 1u);
  EXPECT_EQ(last<ping_frame>().nonce, 0u);
}

TEST_F(heartbeat, a_peer_that_answers_lives_for_ever) {
  const auto link = connected();
  std::uint64_t answered = 0;
  for (milliseconds time{0}; time < std::chrono::minutes(10); time += milliseconds(250)) {
    run_until(time);
    for (auto due = static_cast<std::uint64_t>(pings()); answered < due;)
      hear(link, encode(pong_frame{0, ++answered}));
  }
  EXPECT_TRUE(events.downs.empty());
  EXPECT_GE(pings(), 450) << "one for each second and what its answer took";
}

TEST_F(heartbeat, a_peer_that_is_asked_and_stays_silent_is_given_up_by_name) {
  milliseconds start{0};
  for (const bool ours : {true, false}) {
    at(start);
    hear(ours ? connected() : accepted(), encode(ping_frame{5, 1}));
    const auto before = events.downs.size();
    run_until(start + milliseconds(5999));
    EXPECT_EQ(events.downs.size(), before);
    run_until(start + milliseconds(6000));
    ASSERT_EQ(events.downs.size(), before + 1);
    const auto& why = events.downs.back().why;
    EXPECT_EQ(why.code, errc::timed_out);
    EXPECT_NE(why.context.find("node 'other' said nothing to node 'own' for 6000 ms"), std::string::npos)
        << why.message();
    EXPECT_NE(why.context.find("heartbeat.patience"), std::string::npos) << "what to do";
    EXPECT_EQ(pings(), 1);
    EXPECT_EQ(last<refuse_frame>().reason, refusal::lost) << "it learns so when it runs again";
    start += hours(1);
  }
}

TEST_F(heartbeat, whatever_arrives_is_a_sign_of_life) {
  const auto link = connected();
  std::uint64_t sequence = 0;
  for (milliseconds time{0}; time < milliseconds(20'000); time += milliseconds(900)) {
    run_until(time);
    hear(link, data(++sequence, "a"));
  }
  EXPECT_EQ(pings(), 0) << "nobody who speaks is asked";
  run_until(milliseconds(25'000));
  hear(link, data(sequence, "a"));  // even what comes again
  run_until(milliseconds(30'000));
  EXPECT_TRUE(events.downs.empty());
  EXPECT_EQ(links.duplicates(), 1u);
}

TEST_F(heartbeat, a_peer_that_sends_all_the_time_hears_from_us_without_asking) {
  const auto link = connected();
  std::uint64_t sequence = 0;
  for (milliseconds time{0}; time < milliseconds(10'500); time += milliseconds(100)) {
    run_until(time);
    hear(link, data(++sequence, "a"));
  }
  EXPECT_EQ(said.size(), 10U) << "one a second, as nothing else is said";
  EXPECT_EQ(last<pong_frame>().nonce, 0U) << "which answers nothing";
}

TEST_F(heartbeat, who_says_something_anyway_says_nothing_more) {
  const auto link = connected({1000, 1000});
  std::uint64_t sequence = 0;
  for (milliseconds time{0}; time < milliseconds(10'000); time += milliseconds(100)) {
    run_until(time);
    hear(link, data(++sequence, "a"));
    links.send(link, 1, {}, text("a"));
    links.pump();
  }
  EXPECT_TRUE(
      std::ranges::none_of(said, [](const frame& one) { return std::holds_alternative<pong_frame>(one); }));
}

TEST_F(heartbeat, our_own_sending_is_no_sign_of_life_of_the_other_side) {
  const auto link = connected({1000, 1000});
  for (milliseconds time{0}; time <= milliseconds(6000); time += milliseconds(100)) {
    run_until(time);
    links.send(link, 1, {}, text("a"));
    links.pump();
  }
  EXPECT_EQ(events.wait_down().code, errc::timed_out);
}

TEST_F(heartbeat, a_pause_of_ours_is_charged_to_nobody) {
  const auto link = connected();
  run_until(milliseconds(5900));
  EXPECT_EQ(pings(), 1) << "unanswered, and the patience nearly at its end";
  at(hours(3));
  EXPECT_TRUE(events.downs.empty());
  EXPECT_EQ(pings(), 2) << "it is asked again";
  run_until(hours(3) + milliseconds(4999));
  EXPECT_TRUE(events.downs.empty()) << "and has all the patience";
  hear(link, encode(pong_frame{0, 1}));
  run_until(hours(3) + milliseconds(5500));
  EXPECT_TRUE(events.downs.empty());
}

TEST_F(heartbeat, who_stays_silent_after_a_pause_of_ours_is_given_up) {
  connected();
  at(hours(3));
  run_until(hours(3) + milliseconds(5000));
  const auto why = events.wait_down();
  EXPECT_EQ(why.code, errc::timed_out);
  EXPECT_NE(why.context.find("for 5000 ms"), std::string::npos) << "not for hours: " << why.message();
}

TEST_F(heartbeat, pauses_that_hide_between_two_wakeups_do_not_use_up_the_patience) {
  connected();
  run_until(milliseconds(1000));
  ASSERT_EQ(pings(), 1);
  milliseconds asleep{0};
  while (events.downs.empty() && asleep < milliseconds(20'000)) {
    // As long as could be without being seen as a pause.
    at(std::chrono::duration_cast<milliseconds>(*links.next_deadline() - steady::time_point(hours(1))) +
       milliseconds(1250));
    asleep += milliseconds(2500);
  }
  EXPECT_EQ(asleep, milliseconds(5000)) << "two such pauses in a row: then it had two chances to answer";
}

TEST_F(heartbeat, a_pause_of_ours_costs_no_handshake) {
  const auto link = links.connect("other", {"other", 1}, one_channel());
  links.pump();
  run_until(milliseconds(4900));
  at(hours(3));
  run_until(hours(3) + milliseconds(4999));
  EXPECT_TRUE(events.downs.empty());
  hear(link, encode(welcome_frame{limits::version_max, {"other", 1}, {{1, {}}}}));
  EXPECT_EQ(events.ups.size(), 1u);
}

TEST_F(heartbeat, a_handshake_without_an_answer_ends_with_its_timeout) {
  (void)links.connect("other", {"other", 1}, one_channel());
  links.pump();
  run_until(milliseconds(4999));
  EXPECT_TRUE(events.downs.empty());
  run_until(milliseconds(5000));
  EXPECT_EQ(events.wait_down().code, errc::timed_out);
}

class without_heartbeat : public one_side {
 protected:
  without_heartbeat() : one_side(never()) {}

 private:
  static post_options never() {
    auto own = options_of("own", "own");
    own.heartbeat.interval = milliseconds(0);
    return own;
  }
};

TEST_F(without_heartbeat, silence_is_no_reason_to_end) {
  const auto link = connected();
  run_until(hours(1));
  at(hours(3));
  hear(link, data(1, "a"));
  run_until(hours(4));
  EXPECT_TRUE(said.empty());
  EXPECT_TRUE(events.downs.empty());
}

TEST_F(heartbeat, times_that_cannot_be_are_refused) {
  const auto checked = [&](milliseconds interval, milliseconds patience, milliseconds handshake) {
    auto wrong = options_of("own", "own");
    wrong.heartbeat = {interval, patience};
    wrong.handshake_timeout = handshake;
    return zmq_post::start(wrong, events, {});
  };
  const milliseconds some(5), none(0), negative(-1);
  EXPECT_EQ(checked(negative, some, some).error().code, errc::invalid_argument);
  EXPECT_EQ(checked(some, none, some).error().code, errc::invalid_argument);
  EXPECT_EQ(checked(some, some, none).error().code, errc::invalid_argument);
}

}  // namespace
}  // namespace troupe::transport::heartbeat_test
