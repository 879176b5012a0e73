// Every length and count that a frame can name has a limit, and is checked before memory is taken for it.
#include <troupe/transport/frame.hpp>
#include <troupe/transport/internal/little_endian.hpp>
#include <troupe/transport/limits.hpp>

#include <gtest/gtest.h>

#include <ostream>

namespace troupe::transport::limits_test {
namespace {

/// A frame of which one field claims more than is allowed, in as few bytes as can be.
struct claim {
  const char* what;
  std::vector<std::byte> whole;
  std::size_t at;     // of the length or count
  std::size_t width;  // of it, in bytes
  std::uint32_t most;
};

void PrintTo(const claim& which, std::ostream* out) {
  *out << which.what;
}

constexpr std::size_t versions = 4;
constexpr std::size_t count = 4;  // of a numbered frame, behind its kind and three zero bytes

std::vector<std::byte> numbered(std::vector<std::byte> frame) {
  stamp(frame, 1);
  return frame;
}

std::vector<claim> claims() {
  hello_frame hello;
  hello.system = "s";
  hello.from = {"f", 1};
  hello.to = {"t", 1};
  hello.channels = {{1, "c", 0, {}}};
  const auto greeting = encode(hello);
  const std::size_t system = 1 + limits::magic.size() + versions;
  const std::size_t from = system + 2 + 1 + 16;
  const std::size_t to = from + 2 + 1 + 8;
  const std::size_t channels = to + 2 + 1 + 8 + 8;

  const auto welcome = encode(welcome_frame{1, {"w", 1}, {{1, {}}}});
  const auto refuse = encode(refuse_frame{refusal::shape, 1, 1, {"r", 1}, "t", {{1, "c", "s"}}});
  const std::size_t refuser = 2 + versions;
  const std::size_t text = refuser + 2 + 1 + 8;
  const std::size_t shapes = text + 2 + 1;

  data_writer writer;
  writer.append(1, {}, as_bytes_view("x"));
  return {{"the system of a HELLO", greeting, system, 2, limits::max_name},
          {"the sender of a HELLO", greeting, from, 2, limits::max_name},
          {"the receiver of a HELLO", greeting, to, 2, limits::max_name},
          {"the channels of a HELLO", greeting, channels, 4, limits::max_channels},
          {"a channel's name in a HELLO", greeting, channels + 4 + 4, 2, limits::max_name},
          {"the sender of a WELCOME", welcome, 3, 2, limits::max_name},
          {"the channels of a WELCOME", welcome, 3 + 2 + 1 + 8, 4, limits::max_channels},
          {"the sender of a REFUSE", refuse, refuser, 2, limits::max_name},
          {"the text of a REFUSE", refuse, text, 2, limits::max_text},
          {"the shapes of a REFUSE", refuse, shapes, 4, limits::max_channels},
          {"a channel's name in a REFUSE", refuse, shapes + 4 + 4, 2, limits::max_name},
          {"a shape in a REFUSE", refuse, shapes + 4 + 4 + 2 + 1, 4, limits::max_shape},
          {"the records of a DATA", numbered(writer.finish()), count, 4, limits::max_records},
          {"the grants of a CREDIT", encode(credit_frame{{{1, {1, 1}}}, 1}), count, 4, limits::max_records}};
}

class frame_limits : public ::testing::TestWithParam<claim> {
 protected:
  static error refused(std::uint32_t claimed) {
    auto frame_bytes = GetParam().whole;
    for (std::size_t i = 0; i < GetParam().width; ++i)
      frame_bytes[GetParam().at + i] = std::byte(claimed >> (8 * i) & 0xff);
    const auto read = decode(bytes::adopt(std::move(frame_bytes)));
    EXPECT_FALSE(read.has_value());
    return read ? error{} : read.error();
  }
};

TEST_P(frame_limits, one_more_than_the_limit_is_too_large_and_the_limit_itself_only_too_short) {
  EXPECT_EQ(refused(GetParam().most + 1).code, errc::too_large);
  EXPECT_EQ(refused(GetParam().most).code, errc::malformed) << "the bytes for it are not there";
  EXPECT_EQ(refused(GetParam().width == 2 ? 0xffffu : 0xffffffffu).code, errc::too_large);
}

INSTANTIATE_TEST_SUITE_P(each, frame_limits, ::testing::ValuesIn(claims()));

TEST(limits, the_record_of_a_length_beyond_its_frame_is_malformed) {
  data_writer writer;
  writer.append(1, {}, as_bytes_view("x"));
  auto whole = numbered(writer.finish());
  for (std::size_t i = 0; i < 4; ++i) whole[limits::frame_head + 4 + i] = std::byte{0xff};
  const auto read = decode(bytes::adopt(std::move(whole)));
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().code, errc::malformed);
}

}  // namespace
}  // namespace troupe::transport::limits_test
