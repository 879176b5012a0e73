#include <troupe/transport/handshake.hpp>
#include <troupe/transport/limits.hpp>

#include <gtest/gtest.h>

namespace troupe::transport::handshake_test {
namespace {

using ::testing::Test;

identity id_of(const std::string& node, std::uint64_t epoch) {
  return {{node, epoch}, "run-1", {}};
}

const std::vector<channel> channels{{1, "parse -> count", "hit{url:str,bytes:u64}"}, {2, "spare", ""}};

struct handshake : Test {
  identity ours = id_of("parse", 3);
  peer expected{"count", 7};
  std::vector<channel> declared = channels;
  std::uint64_t link_epoch = 1;
  acceptor door{id_of("count", 7), channels, window{20, 2000}};

  [[nodiscard]] connector greeter() const { return {ours, expected, declared, window{10, 1000}, link_epoch}; }
  [[nodiscard]] hello_frame hello() const { return greeter().hello().value(); }
  [[nodiscard]] auto knock(const hello_frame& with) { return door.read(bytes::adopt(encode(with))); }

  /// The refusal that this hello earns.
  refuse_frame refused(const hello_frame& with) {
    auto judged = knock(with);
    EXPECT_TRUE(std::holds_alternative<acceptor::turned_away>(judged));
    return std::get<acceptor::turned_away>(judged).answer;
  }
  /// What the connector makes of it.
  error explained(const refuse_frame& refusal) {
    const auto sent = decode(bytes::adopt(encode(refusal)));
    const auto terms = greeter().read(sent.value());
    EXPECT_FALSE(terms.has_value());
    return terms.error();
  }
};

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_F(handshake, two_that_agree_know_each_other_and_their_windows) {
  auto judged = knock(hello());
  ASSERT_TRUE(std::holds_alternative<acceptor::accepted>(judged));
  const auto& accepted = std::get<acceptor::accepted>(judged);
  EXPECT_EQ(accepted.terms.other, (peer{"parse", 3}));
  EXPECT_EQ(accepted.terms.link_epoch, 1u);
  EXPECT_EQ(accepted.terms.channels,
            (std::vector<agreement::opened>{{1, {10, 1000}, {20, 2000}}, {2, {10, 1000}, {20, 2000}}}));

  const auto terms = greeter().read(accepted.answer);
  ASSERT_TRUE(terms.has_value()) << terms.error().message();
  EXPECT_EQ(terms->other, (peer{"count", 7}));
  EXPECT_EQ(terms->channels,
            (std::vector<agreement::opened>{{1, {20, 2000}, {10, 1000}}, {2, {20, 2000}, {10, 1000}}}));
}

TEST_F(handshake, any_life_of_a_node_will_do_when_epoch_0_is_expected) {
  expected.epoch = 0;
  auto judged = knock(hello());
  ASSERT_TRUE(std::holds_alternative<acceptor::accepted>(judged));
  EXPECT_TRUE(greeter().read(std::get<acceptor::accepted>(judged).answer).has_value());
}

TEST_F(handshake, bytes_that_are_no_greeting_are_refused) {
  auto judged = door.read(bytes::copy_of(as_bytes_view("GET / HTTP/1.1\r\n\r\n")));
  ASSERT_TRUE(std::holds_alternative<acceptor::turned_away>(judged));
  EXPECT_EQ(std::get<acceptor::turned_away>(judged).answer.reason, refusal::malformed);
  EXPECT_EQ(std::get<acceptor::turned_away>(judged).why.code, errc::malformed);
}

TEST_F(handshake, a_wrong_magic_is_refused) {
  auto encoded = encode(hello());
  encoded[3] ^= std::byte{0x20};
  auto judged = door.read(bytes::adopt(std::move(encoded)));
  ASSERT_TRUE(std::holds_alternative<acceptor::turned_away>(judged));
  EXPECT_EQ(std::get<acceptor::turned_away>(judged).answer.reason, refusal::malformed);
}

TEST_F(handshake, a_greeting_cut_short_is_refused) {
  auto encoded = encode(hello());
  encoded.pop_back();
  auto judged = door.read(bytes::adopt(std::move(encoded)));
  ASSERT_TRUE(std::holds_alternative<acceptor::turned_away>(judged));
  EXPECT_EQ(std::get<acceptor::turned_away>(judged).answer.reason, refusal::malformed);
}

TEST_F(handshake, versions_without_overlap_are_refused_and_both_are_named) {
  auto other = hello();
  other.version_min = limits::version_max + 1;
  other.version_max = limits::version_max + 2;
  const auto why = explained(refused(other));
  EXPECT_EQ(why.code, errc::version_mismatch);
  EXPECT_TRUE(contains(why.context, "version 1 here, version 2 to 3 there")) << why.context;
  EXPECT_TRUE(contains(why.context, "'count' epoch 7 refuses node 'parse' epoch 3")) << why.context;
}

TEST_F(handshake, the_side_that_refuses_a_version_names_both_as_well) {
  auto other = hello();
  other.version_min = other.version_max = limits::version_max + 1;
  auto judged = knock(other);
  ASSERT_TRUE(std::holds_alternative<acceptor::turned_away>(judged));
  const auto& why = std::get<acceptor::turned_away>(judged).why;
  EXPECT_EQ(why.code, errc::version_mismatch);
  EXPECT_TRUE(contains(why.context, "a peer at node 'count' epoch 7: version 1 here, version 2 there"))
      << why.context;
}

TEST_F(handshake, of_overlapping_versions_the_highest_common_one_is_chosen) {
  auto other = hello();
  other.version_max = limits::version_max + 2;
  auto judged = knock(other);
  ASSERT_TRUE(std::holds_alternative<acceptor::accepted>(judged));
  EXPECT_EQ(std::get<acceptor::accepted>(judged).answer.version, limits::version_max);
}

TEST_F(handshake, a_wrong_token_is_refused_whichever_byte_differs) {
  for (std::size_t i = 0; i < 16; ++i) {
    auto other = hello();
    other.key.secret[i] ^= std::byte{1};
    const auto refusal = refused(other);
    EXPECT_EQ(refusal.reason, refusal::token);
    EXPECT_TRUE(contains(explained(refusal).context, "token"));
  }
}

TEST_F(handshake, another_run_is_refused_and_both_are_named) {
  ours.system = "run-2";
  const auto refusal = refused(hello());
  EXPECT_EQ(refusal.reason, refusal::system);
  EXPECT_TRUE(contains(refusal.text, "'run-1' here, system 'run-2' there")) << refusal.text;
}

TEST_F(handshake, a_greeting_for_another_node_or_life_is_refused) {
  expected = {"totals", 7};
  EXPECT_EQ(refused(hello()).reason, refusal::node);
  expected = {"count", 6};
  const auto refusal = refused(hello());
  EXPECT_EQ(refusal.reason, refusal::node);
  EXPECT_TRUE(contains(refusal.text, "'count' epoch 6")) << refusal.text;
  EXPECT_TRUE(contains(refusal.text, "'count' epoch 7")) << refusal.text;
}

TEST_F(handshake, a_greeting_works_once) {
  ASSERT_TRUE(std::holds_alternative<acceptor::accepted>(knock(hello())));
  EXPECT_EQ(refused(hello()).reason, refusal::stale);
}

TEST_F(handshake, links_opened_at_once_may_arrive_in_any_order) {
  for (const std::uint64_t epoch : {5u, 3u, 70u, 8u, 69u, 4u + 64u}) {
    link_epoch = epoch;
    EXPECT_TRUE(std::holds_alternative<acceptor::accepted>(knock(hello()))) << epoch;
    EXPECT_EQ(refused(hello()).reason, refusal::stale) << epoch;
  }
  link_epoch = 2;  // too far below 70 to be remembered
  EXPECT_EQ(refused(hello()).reason, refusal::stale);
}

TEST_F(handshake, an_ended_life_is_refused_once_a_later_one_was_seen) {
  ours.self.epoch = 4;
  ASSERT_TRUE(std::holds_alternative<acceptor::accepted>(knock(hello())));
  ours.self.epoch = 3;
  link_epoch = 99;
  EXPECT_EQ(refused(hello()).reason, refusal::stale);
}

TEST_F(handshake, a_new_life_may_use_its_link_epochs_again) {
  ASSERT_TRUE(std::holds_alternative<acceptor::accepted>(knock(hello())));
  ours.self.epoch = 4;
  EXPECT_TRUE(std::holds_alternative<acceptor::accepted>(knock(hello())));
}

TEST_F(handshake, a_refused_greeting_does_not_use_up_its_epoch) {
  auto wrong = hello();
  wrong.key.secret[0] ^= std::byte{1};
  (void)refused(wrong);
  EXPECT_TRUE(std::holds_alternative<acceptor::accepted>(knock(hello())));
}

TEST_F(handshake, a_different_shape_is_explained_with_its_channel_and_field) {
  declared[0].shape = "hit{url:str,bytes:u32}";
  const auto why = explained(refused(hello()));
  EXPECT_EQ(why.code, errc::type_mismatch);
  EXPECT_TRUE(contains(why.context, "'parse -> count'")) << why.context;
  EXPECT_TRUE(contains(why.context, "u32")) << why.context;
  EXPECT_TRUE(contains(why.context, "u64")) << why.context;
  EXPECT_TRUE(contains(why.context, "'count' epoch 7 refuses node 'parse' epoch 3")) << why.context;
}

TEST_F(handshake, a_channel_unknown_to_the_acceptor_is_refused) {
  declared.push_back({3, "extra", ""});
  const auto refusal = refused(hello());
  EXPECT_EQ(refusal.reason, refusal::channel);
  EXPECT_TRUE(contains(refusal.text, "channel 3 'extra'")) << refusal.text;
}

TEST_F(handshake, a_channel_known_under_another_name_is_refused) {
  declared[1].name = "other";
  const auto refusal = refused(hello());
  EXPECT_EQ(refusal.reason, refusal::channel);
  EXPECT_TRUE(contains(refusal.text, "2 'other' there is channel 2 'spare' here")) << refusal.text;
}

TEST_F(handshake, a_subset_of_the_channels_will_do) {
  declared.pop_back();
  auto judged = knock(hello());
  ASSERT_TRUE(std::holds_alternative<acceptor::accepted>(judged));
  EXPECT_TRUE(greeter().read(std::get<acceptor::accepted>(judged).answer).has_value());
}

TEST_F(handshake, an_impostor_that_answers_is_refused_by_the_connector) {
  welcome_frame answer{limits::version_max, {"count", 8}, {{1, {}}, {2, {}}}};
  const auto terms = greeter().read(answer);
  ASSERT_FALSE(terms.has_value());
  EXPECT_EQ(terms.error().code, errc::refused);
  EXPECT_TRUE(contains(terms.error().context, "expected 'count' epoch 7, but 'count' epoch 8 answered"));
}

TEST_F(handshake, a_welcome_to_other_channels_is_malformed) {
  welcome_frame answer{limits::version_max, {"count", 7}, {{1, {}}}};
  const auto terms = greeter().read(answer);
  ASSERT_FALSE(terms.has_value());
  EXPECT_EQ(terms.error().code, errc::malformed);
}

TEST_F(handshake, a_welcome_in_a_version_nobody_offered_is_refused) {
  welcome_frame answer{limits::version_max + 1, {"count", 7}, {{1, {}}, {2, {}}}};
  const auto terms = greeter().read(answer);
  ASSERT_FALSE(terms.has_value());
  EXPECT_EQ(terms.error().code, errc::version_mismatch);
}

TEST_F(handshake, an_answer_that_is_no_answer_is_malformed) {
  const auto terms = greeter().read(bye_frame{});
  ASSERT_FALSE(terms.has_value());
  EXPECT_EQ(terms.error().code, errc::malformed);
}

struct limit_case {
  const char* what;
  std::vector<channel> declared;
  std::string node;
  errc code;
};

class handshake_limits : public ::testing::TestWithParam<limit_case> {};

TEST_P(handshake_limits, are_checked_before_anything_is_sent) {
  const auto& given = GetParam();
  const connector greeter(id_of("parse", 1), {given.node, 0}, given.declared, window{}, 1);
  const auto hello = greeter.hello();
  ASSERT_FALSE(hello.has_value()) << given.what;
  EXPECT_EQ(hello.error().code, given.code) << given.what;
}

INSTANTIATE_TEST_SUITE_P(
    each, handshake_limits,
    ::testing::Values(limit_case{"channel 0", {{0, "control", ""}}, "count", errc::invalid_argument},
                      limit_case{"twice", {{1, "a", ""}, {1, "b", ""}}, "count", errc::invalid_argument},
                      limit_case{"no node", {}, "", errc::invalid_argument},
                      limit_case{"node", {}, std::string(256, 'n'), errc::too_large},
                      limit_case{"channel name", {{1, std::string(256, 'c'), ""}}, "count", errc::too_large},
                      limit_case{
                          "shape", {{1, "a", std::string((1u << 20) + 1, 's')}}, "count", errc::too_large},
                      limit_case{"channels", std::vector<channel>(4097), "count", errc::too_large}));

}  // namespace
}  // namespace troupe::transport::handshake_test
