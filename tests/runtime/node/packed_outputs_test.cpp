#include <troupe/runtime/node/packed_outputs.hpp>

#include <gtest/gtest.h>

#include <string>

namespace troupe::runtime::packed_outputs_test {
namespace {

bytes of(std::string_view text) {
  return bytes::copy_of(std::as_bytes(std::span(text)));
}

TEST(packed_outputs, none_is_nothing) {
  const auto packed = pack({});
  EXPECT_EQ(packed.count, 0U);
  EXPECT_TRUE(packed.sizes.empty());
  EXPECT_TRUE(packed.payload.empty());
  EXPECT_TRUE(unpack(packed).empty());
}

TEST(packed_outputs, one_is_not_copied_and_needs_no_size) {
  const auto output = of("alone");
  const auto packed = pack({output});
  EXPECT_EQ(packed.count, 1U);
  EXPECT_TRUE(packed.sizes.empty());
  EXPECT_EQ(packed.payload.data(), output.data());
  const auto apart = unpack(packed);
  ASSERT_EQ(apart.size(), 1U);
  EXPECT_EQ(apart[0].data(), output.data());
  EXPECT_EQ(apart[0].text(), "alone");
}

TEST(packed_outputs, one_may_be_empty) {
  const auto apart = unpack(pack({bytes()}));
  ASSERT_EQ(apart.size(), 1U);
  EXPECT_TRUE(apart[0].empty());
}

TEST(packed_outputs, several_stand_one_behind_the_other) {
  const auto packed = pack({of("ab"), of(""), of("cde")});
  EXPECT_EQ(packed.count, 3U);
  EXPECT_EQ(packed.sizes, (std::vector<std::uint32_t>{2, 0, 3}));
  EXPECT_EQ(packed.payload.text(), "abcde");
}

TEST(packed_outputs, several_come_apart_as_slices_of_the_payload) {
  const auto packed = pack({of("ab"), of(""), of("cde")});
  const auto apart = unpack(packed);
  ASSERT_EQ(apart.size(), 3U);
  EXPECT_EQ(apart[0].text(), "ab");
  EXPECT_EQ(apart[1].text(), "");
  EXPECT_EQ(apart[2].text(), "cde");
  EXPECT_EQ(apart[2].data(), packed.payload.data() + 2);
}

}  // namespace
}  // namespace troupe::runtime::packed_outputs_test
