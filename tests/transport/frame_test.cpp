#include <troupe/transport/frame.hpp>
#include <troupe/transport/limits.hpp>

#include <gtest/gtest.h>

#include <random>

namespace troupe::transport::frame_test {
namespace {

bytes as_received(std::vector<std::byte> encoded) {
  return bytes::adopt(std::move(encoded));
}

template <class Frame>
Frame round_trip(const Frame& from) {
  auto read = decode(as_received(encode(from)));
  EXPECT_TRUE(read.has_value()) << read.error().message();
  return std::get<Frame>(read.value());
}

hello_frame a_hello() {
  hello_frame hello;
  hello.version_min = 1;
  hello.version_max = 3;
  hello.system = "run-17";
  hello.key.secret[3] = std::byte{9};
  hello.from = {"parse-1", 4};
  hello.to = {"count-0", 0};
  hello.link_epoch = 77;
  hello.channels = {{1, "parse -> count", 0xfeed, {10, 1000}}, {9, "", 0, {0, 0}}};
  return hello;
}

welcome_frame a_welcome() {
  return {2, {"count-0", 5}, {{1, {10, 1000}}, {9, {1, 2}}}};
}

refuse_frame a_refusal() {
  return {refusal::shape, 1, 1, {"count-0", 5}, "types differ", {{1, "parse -> count", "hit{url:str}"}}};
}

std::vector<std::byte> a_data() {
  data_writer writer;
  writer.append(1, as_bytes_view("head"), as_bytes_view("payload"));
  writer.append(control_channel, {}, {});
  writer.append(70'000, as_bytes_view("x"), {});
  auto whole = writer.finish();
  stamp(whole, 11);
  return whole;
}

std::vector<std::vector<std::byte>> one_of_each() {
  return {encode(a_hello()),
          encode(a_welcome()),
          encode(a_refusal()),
          a_data(),
          encode(credit_frame{{{1, {2, 3}}, {4, {5, 6}}}, 1}),
          encode(ping_frame{1, 2}),
          encode(pong_frame{2, 3}),
          encode(bye_frame{4})};
}

TEST(frame, hello_comes_back_as_it_was) {
  const auto read = round_trip(a_hello());
  EXPECT_EQ(read.version_min, 1);
  EXPECT_EQ(read.version_max, 3);
  EXPECT_EQ(read.system, "run-17");
  EXPECT_TRUE(read.key.same(a_hello().key));
  EXPECT_EQ(read.from, (peer{"parse-1", 4}));
  EXPECT_EQ(read.to, (peer{"count-0", 0}));
  EXPECT_EQ(read.link_epoch, 77u);
  EXPECT_EQ(read.channels, a_hello().channels);
}

TEST(frame, welcome_comes_back_as_it_was) {
  const auto read = round_trip(a_welcome());
  EXPECT_EQ(read.version, 2);
  EXPECT_EQ(read.from, (peer{"count-0", 5}));
  EXPECT_EQ(read.channels, a_welcome().channels);
}

TEST(frame, refuse_comes_back_as_it_was) {
  const auto read = round_trip(a_refusal());
  EXPECT_EQ(read.reason, refusal::shape);
  EXPECT_EQ(read.text, "types differ");
  EXPECT_EQ(read.shapes, a_refusal().shapes);
}

TEST(frame, credit_ping_and_pong_come_back_as_they_were) {
  const credit_frame credit{{{1, {2, 3}}, {4, {5, 6}}}, 1};
  EXPECT_EQ(round_trip(credit).grants, credit.grants);
  EXPECT_EQ(round_trip(ping_frame{42, 1}).nonce, 42u);
  EXPECT_EQ(round_trip(pong_frame{43, 1}).nonce, 43u);
}

TEST(frame, those_behind_the_handshake_keep_their_sequence) {
  constexpr std::uint64_t last = ~std::uint64_t{0};
  EXPECT_EQ(round_trip(credit_frame{{}, last}).sequence, last);
  EXPECT_EQ(round_trip(ping_frame{1, last}).sequence, last);
  EXPECT_EQ(round_trip(pong_frame{1, last}).sequence, last);
  EXPECT_EQ(round_trip(bye_frame{last}).sequence, last);
  for (const auto& encoded : one_of_each()) {
    auto numbered = encoded;
    const auto read = decode(as_received(encoded));
    if (sequence_of(*read) == 0) continue;
    stamp(numbered, 77);
    EXPECT_EQ(sequence_of(*decode(as_received(numbered))), 77u);
  }
  EXPECT_EQ(sequence_of(frame(a_hello())), 0u);
}

TEST(frame, one_without_a_sequence_is_malformed) {
  for (const auto& encoded : one_of_each()) {
    auto numbered = encoded;
    if (sequence_of(*decode(as_received(encoded))) == 0) continue;
    stamp(numbered, 0);
    const auto read = decode(as_received(numbered));
    ASSERT_FALSE(read.has_value());
    EXPECT_EQ(read.error().code, errc::malformed);
    EXPECT_NE(read.error().context.find("sequence"), std::string::npos) << read.error().message();
  }
}

TEST(frame, data_joins_header_and_payload_of_each_record) {
  const auto read = decode(as_received(a_data()));
  ASSERT_TRUE(read.has_value());
  const auto& records = std::get<data_frame>(*read).records;
  ASSERT_EQ(records.size(), 3u);
  EXPECT_EQ(records[0].channel, 1u);
  EXPECT_EQ(records[0].payload.text(), "headpayload");
  EXPECT_EQ(records[1].channel, control_channel);
  EXPECT_TRUE(records[1].payload.empty());
  EXPECT_EQ(records[2].channel, 70'000u);
  EXPECT_EQ(records[2].payload.text(), "x");
}

TEST(frame, records_are_slices_of_the_received_frame) {
  const auto received = as_received(a_data());
  const auto read = decode(received);
  ASSERT_TRUE(read.has_value());
  const auto& payload = std::get<data_frame>(*read).records[0].payload;
  EXPECT_EQ(payload.data(), received.data() + limits::frame_head + limits::record_head);
}

TEST(frame, a_record_head_lets_its_payload_follow_from_elsewhere) {
  data_writer writer;
  writer.append_head(5, as_bytes_view("ab"), 3);
  auto whole = writer.finish();
  stamp(whole, 1);
  for (const char c : {'c', 'd', 'e'}) whole.push_back(std::byte(c));
  const auto read = decode(as_received(std::move(whole)));
  ASSERT_TRUE(read.has_value()) << read.error().message();
  EXPECT_EQ(std::get<data_frame>(*read).records[0].payload.text(), "abcde");
}

TEST(frame, a_writer_starts_anew_after_finish) {
  data_writer writer;
  writer.append(1, {}, as_bytes_view("a"));
  auto first = writer.finish();
  EXPECT_TRUE(writer.empty());
  writer.append(2, {}, as_bytes_view("b"));
  auto second = writer.finish(std::move(first));
  stamp(second, 1);
  const auto read = decode(as_received(second));
  ASSERT_TRUE(read.has_value());
  ASSERT_EQ(std::get<data_frame>(*read).records.size(), 1u);
  EXPECT_EQ(std::get<data_frame>(*read).records[0].channel, 2u);
}

TEST(frame, every_kind_cut_short_at_any_byte_is_malformed) {
  for (const auto& whole : one_of_each()) {
    for (std::size_t length = 0; length < whole.size(); ++length) {
      const auto read =
          decode(as_received({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length)}));
      ASSERT_FALSE(read.has_value()) << "kind " << int(whole[0]) << " cut to " << length;
      EXPECT_EQ(read.error().code, errc::malformed);
    }
  }
}

TEST(frame, every_kind_with_a_byte_too_many_is_malformed) {
  for (auto whole : one_of_each()) {
    whole.push_back(std::byte{0});
    const auto read = decode(as_received(whole));
    ASSERT_FALSE(read.has_value()) << "kind " << int(whole[0]);
    EXPECT_EQ(read.error().code, errc::malformed);
  }
}

// Must neither crash nor allocate by an unchecked length (the sanitizers look); what still reads is fine.
TEST(frame, any_byte_may_be_garbage) {
  for (const auto& whole : one_of_each()) {
    for (std::size_t at = 0; at < whole.size(); ++at) {
      for (int value = 0; value < 256; ++value) {
        auto garbled = whole;
        garbled[at] = std::byte(value);
        const auto read = decode(as_received(std::move(garbled)));
        EXPECT_TRUE(read.has_value() || !read.error().context.empty());
      }
    }
  }
}

TEST(frame, noise_is_refused_or_read_but_never_trusted) {
  std::mt19937_64 random(11);
  for (int run = 0; run < 20'000; ++run) {
    std::vector<std::byte> noise(random() % 80);
    for (auto& byte : noise) byte = std::byte(random());
    if (!noise.empty()) noise[0] = std::byte(random() % 10);
    (void)decode(as_received(std::move(noise)));
  }
}

TEST(frame, counts_are_checked_before_anything_is_reserved) {
  auto data = a_data();
  for (const std::size_t at : {4u, 5u, 6u, 7u}) data[at] = std::byte{0xff};
  const auto read = decode(as_received(data));
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().code, errc::too_large);
}

TEST(frame, names_over_the_limit_are_too_large) {
  auto hello = encode(a_hello());
  const std::size_t length_of_system = 1 + limits::magic.size() + 4;
  hello[length_of_system + 1] = std::byte{0xff};
  const auto read = decode(as_received(hello));
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().code, errc::too_large);
  EXPECT_NE(read.error().context.find("system id"), std::string::npos) << read.error().message();
}

TEST(frame, a_frame_over_the_limit_is_too_large) {
  const auto read = decode(as_received(std::vector<std::byte>(limits::max_frame + 1)));
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().code, errc::too_large);
}

TEST(frame, an_unknown_kind_is_malformed) {
  const auto read = decode(as_received({std::byte{200}}));
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().context, "a frame of unknown kind 200");
}

TEST(frame, the_greeting_of_any_version_can_be_read) {
  auto hello = a_hello();
  hello.version_min = 8;
  hello.version_max = 9;
  auto encoded = encode(hello);
  encoded.resize(20);  // whatever version 8 puts behind it
  const auto read = read_greeting(encoded);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->version_min, 8);
  EXPECT_EQ(read->version_max, 9);
}

TEST(token, two_random_ones_differ) {
  const auto one = token::random();
  const auto other = token::random();
  ASSERT_TRUE(one && other);
  EXPECT_FALSE(one->same(*other));
  EXPECT_TRUE(one->same(*one));
}

}  // namespace
}  // namespace troupe::transport::frame_test
