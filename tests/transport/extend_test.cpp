// Pieces that share a record of the open frame.
#include <troupe/transport/internal/link.hpp>
#include <troupe/transport/limits.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace extend_test {
namespace {

using namespace troupe::transport;
using troupe::as_bytes_view;
using troupe::bytes;

constexpr std::uint32_t talk = 1, other = 2;

struct extended : ::testing::Test {
  troupe::transport::link link{link_id{1}, {{talk, {8, 4096}}, {other, {8, 4096}}}};

  void up(window send = {8, 4096}) {
    agreement terms;
    for (const auto number : {talk, other}) terms.channels.push_back({.number = number, .send = send});
    static_cast<void>(link.up(terms));
    static_cast<void>(records());
  }
  bool extend(std::uint64_t key, const std::string& more, std::uint32_t channel = talk) {
    return link.extend(channel, key, as_bytes_view("head:"), as_bytes_view(more)) ==
           troupe::transport::link::attention::yes;
  }
  /// All that would leave now: "1 head:abc".
  std::vector<std::string> records() {
    std::vector<outgoing> frames;
    static_cast<void>(link.take(frames));
    std::vector<std::string> all;
    std::uint64_t sequence = 0;
    for (auto& each : frames) {
      stamp(each.head, ++sequence);
      each.head.insert(each.head.end(), each.tail.data(), each.tail.data() + each.tail.size());
      const auto read = decode(bytes::copy_of(each.head));
      EXPECT_TRUE(read) << read.error().message();
      if (const auto* data = read ? std::get_if<data_frame>(&*read) : nullptr)
        for (const auto& record : data->records)
          all.push_back(std::to_string(record.channel) + " " + std::string(record.payload.text()));
    }
    return all;
  }
};
using lines = std::vector<std::string>;

TEST_F(extended, pieces_of_one_key_are_one_record_and_call_once) {
  up();
  EXPECT_TRUE(extend(7, "a"));
  EXPECT_FALSE(extend(7, "b"));
  EXPECT_FALSE(extend(7, "c"));
  EXPECT_EQ(records(), (lines{"1 head:abc"}));
}

TEST_F(extended, another_key_or_another_channel_begins_a_record) {
  up();
  static_cast<void>(extend(7, "a"));
  static_cast<void>(extend(8, "b"));
  static_cast<void>(extend(8, "c", other));
  static_cast<void>(extend(8, "d"));
  EXPECT_EQ(records(), (lines{"1 head:a", "1 head:b", "2 head:c", "1 head:d"}));
}

TEST_F(extended, a_record_behind_it_and_a_frame_that_left_end_it) {
  up();
  static_cast<void>(extend(7, "a"));
  static_cast<void>(link.send(talk, as_bytes_view("x"), {}));
  static_cast<void>(extend(7, "b"));
  EXPECT_EQ(records(), (lines{"1 head:a", "1 x", "1 head:b"}));
  EXPECT_TRUE(extend(7, "c")) << "the last frame has left: somebody has to come again";
  EXPECT_EQ(records(), (lines{"1 head:c"}));
}

TEST_F(extended, it_takes_credit_for_its_bytes_and_one_item_per_record) {
  up({2, 40});
  static_cast<void>(extend(7, std::string(20, 'a')));  // 25
  static_cast<void>(extend(7, std::string(15, 'b')));  // 40
  static_cast<void>(extend(7, "c"));                   // waits
  static_cast<void>(extend(7, "d"));                   // behind it
  EXPECT_EQ(records(), (lines{"1 head:" + std::string(20, 'a') + std::string(15, 'b')}));
  troupe::transport::link::attention wake{};
  ASSERT_TRUE(link.granted({{{talk, {1, 40}}}, 1}, wake));
  EXPECT_EQ(records(), (lines{"1 head:c", "1 head:d"}));
}

TEST_F(extended, nothing_overtakes_a_record_that_waits_for_credit) {
  up({4, 40});
  static_cast<void>(extend(7, "a"));
  static_cast<void>(link.send(talk, as_bytes_view(std::string(39, 'x')), {}));
  static_cast<void>(extend(7, "b"));
  EXPECT_EQ(records(), lines{"1 head:a"});
  troupe::transport::link::attention wake{};
  ASSERT_TRUE(link.granted({{{talk, {1, 6}}}, 1}, wake));
  EXPECT_EQ(records(), (lines{"1 " + std::string(39, 'x')}));
  ASSERT_TRUE(link.granted({{{talk, {1, 39}}}, 1}, wake));
  EXPECT_EQ(records(), lines{"1 head:b"});
}

TEST_F(extended, more_than_a_frame_holds_begins_another_one) {
  up({100, 1U << 20U});
  const std::string eighth(limits::target_frame / 8, 'b');
  for (int i = 0; i < 9; ++i) static_cast<void>(extend(7, eighth));
  const auto all = records();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].size(), 7 + 7 * eighth.size());
  EXPECT_EQ(all[1].size(), 7 + 2 * eighth.size());
}

TEST_F(extended, before_the_handshake_it_waits_and_after_the_end_nothing_leaves) {
  EXPECT_FALSE(extend(7, "a"));
  EXPECT_FALSE(extend(7, "b"));
  agreement terms;
  for (const auto number : {talk, other}) terms.channels.push_back({.number = number, .send = {8, 4096}});
  static_cast<void>(link.up(terms));
  EXPECT_EQ(records(), (lines{"1 head:a", "1 head:b"}));
  static_cast<void>(extend(7, "c"));
  link.down();
  EXPECT_FALSE(extend(7, "d"));
  EXPECT_TRUE(records().empty());
}

TEST_F(extended, a_channel_that_nobody_declared_takes_the_link_down) {
  up();
  EXPECT_TRUE(extend(7, "a", 9));
  std::vector<outgoing> frames;
  const auto gathered = link.take(frames);
  ASSERT_TRUE(gathered.broken);
  EXPECT_EQ(gathered.broken->code, troupe::errc::invalid_argument);
}

}  // namespace
}  // namespace extend_test
