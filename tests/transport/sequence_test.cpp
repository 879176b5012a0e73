// The numbers of frames: what comes again is ignored, what is missing ends the link.
#include "one_side.hpp"

#include <troupe/transport/frame.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace troupe::transport::sequence_test {
namespace {

using sequence = one_side;

struct sequence_of_one_record : one_side {
  sequence_of_one_record() : one_side(with_a_window_of_one()) {}
  static post_options with_a_window_of_one() {
    auto own = options_of("own", "own");
    own.receive = {1, 100};  // so that each record is answered with credit
    return own;
  }
};

TEST_F(sequence_of_one_record, and_frames_of_all_kinds_count_together_from_one) {
  const auto link = connected();
  hear(link, encode(ping_frame{7, 1}));
  links.send(link, 1, {}, text("a"));
  links.pump();
  hear(link, data(2, "b"));
  links.dequeued(link, 1, {1, 1});
  links.pump();
  links.close(link);
  links.pump();
  ASSERT_EQ(said.size(), 4u) << "PONG, DATA, CREDIT, BYE";
  for (std::size_t i = 0; i < said.size(); ++i) EXPECT_EQ(sequence_of(said[i]), i + 1);
  EXPECT_TRUE(std::holds_alternative<pong_frame>(said[0]));
  EXPECT_TRUE(std::holds_alternative<bye_frame>(said[3]));
}

TEST_F(sequence, every_link_counts_for_itself) {
  for (const auto link : {connected(), accepted()}) {
    links.send(link, 1, {}, text("a"));
    links.pump();
    EXPECT_EQ(sequence_of(said.back()), 1u);
  }
}

TEST_F(sequence, a_frame_that_comes_again_is_ignored_and_counted) {
  const auto link = accepted();
  hear(link, data(1, "a"));
  hear(link, data(2, "b"));
  for (const auto& again : {data(1, "a"), data(2, "b"), data(1, "a")}) hear(link, again);
  hear(link, data(3, "c"));
  EXPECT_EQ(events.texts(), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(links.duplicates(), 3u);
  EXPECT_TRUE(events.downs.empty());
}

TEST_F(sequence, a_greeting_that_comes_again_is_ignored_and_counted) {
  const auto theirs = accepted();
  hear(theirs, hello(1));
  const auto ours = connected();
  hear(ours, encode(welcome_frame{limits::version_max, {"other", 1}, {{1, {}}}}));
  EXPECT_EQ(links.duplicates(), 2u);
  EXPECT_TRUE(said.empty());
  EXPECT_TRUE(events.downs.empty());
}

TEST_F(sequence, credit_that_comes_again_is_not_given_twice) {
  const auto link = connected({1, 100});
  for (const auto* record : {"a", "b", "c"}) links.send(link, 1, {}, text(record));
  links.pump();
  hear(link, encode(credit_frame{{{1, {1, 1}}}, 1}));
  links.pump();
  hear(link, encode(credit_frame{{{1, {1, 1}}}, 1}));
  links.pump();
  EXPECT_EQ(said.size(), 2u) << "the third record has no credit";
  EXPECT_EQ(links.duplicates(), 1u);
}

TEST_F(sequence, missing_frames_end_the_link_with_their_numbers_and_both_names) {
  const auto link = accepted();
  hear(link, data(1, "a"));
  hear(link, data(4, "d"));
  EXPECT_EQ(events.texts(), (std::vector<std::string>{"a"}));
  const auto why = events.wait_down();
  EXPECT_EQ(why.code, errc::peer_lost);
  EXPECT_NE(why.context.find("frames 2 to 3 from node 'other' to node 'own' did not come, frame 4 did"),
            std::string::npos)
      << why.message();
  EXPECT_EQ(last<refuse_frame>().reason, refusal::lost);
  hear(link, data(2, "b"));
  EXPECT_EQ(events.texts().size(), 1u) << "it is too late";
}

TEST_F(sequence, a_goodbye_behind_a_gap_is_no_clean_end) {
  const auto link = accepted();
  hear(link, encode(bye_frame{2}));
  EXPECT_EQ(events.wait_down().code, errc::peer_lost);
}

TEST_F(sequence, an_answer_behind_a_gap_flushes_nothing) {
  const auto link = connected();
  hear(link, encode(pong_frame{1, 2}));
  EXPECT_EQ(events.wait_down().code, errc::peer_lost);
}

TEST_F(sequence, a_frame_in_front_of_the_welcome_ends_the_link) {
  const auto link = links.connect("other", {"other", 1}, one_channel());
  links.pump();
  hear(link, data(1, "a"));
  const auto why = events.wait_down();
  EXPECT_EQ(why.code, errc::peer_lost);
  EXPECT_NE(why.context.find("the answer of node 'other' to the greeting of node 'own' is missing"),
            std::string::npos)
      << why.message();
  EXPECT_TRUE(events.records.empty());
}

TEST_F(sequence, a_refusal_for_missing_frames_is_a_lost_peer_for_the_other_side) {
  const auto link = connected();
  hear(link, encode(refuse_frame{refusal::lost, 1, 1, {"other", 1}, "frame 2 did not come", {}}));
  const auto why = events.wait_down();
  EXPECT_EQ(why.code, errc::peer_lost);
  EXPECT_NE(why.context.find("frame 2 did not come"), std::string::npos) << why.message();
}

}  // namespace
}  // namespace troupe::transport::sequence_test
