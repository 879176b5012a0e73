#include <troupe/base/text.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace text_test {
namespace {

using namespace std::chrono_literals;
using troupe::errc;
using troupe::is_utf8;
using troupe::nearest;
using troupe::parse_duration;
using troupe::parse_size;

/// The table of RFC 3629, section 4, word by word.
bool by_the_table(std::string_view s) {
  const auto in = [&](std::size_t i, unsigned low, unsigned high) {
    const auto byte = static_cast<unsigned char>(s[i]);
    return byte >= low && byte <= high;
  };
  const auto tail = [&](std::size_t i) { return in(i, 0x80, 0xBF); };
  if (s.empty()) return true;
  if (in(0, 0x00, 0x7F)) return by_the_table(s.substr(1));
  if (s.size() >= 2 && in(0, 0xC2, 0xDF) && tail(1)) return by_the_table(s.substr(2));
  if (s.size() >= 3 && tail(2)) {
    const bool three = (in(0, 0xE0, 0xE0) && in(1, 0xA0, 0xBF)) || (in(0, 0xE1, 0xEC) && tail(1)) ||
                       (in(0, 0xED, 0xED) && in(1, 0x80, 0x9F)) || (in(0, 0xEE, 0xEF) && tail(1));
    if (three) return by_the_table(s.substr(3));
  }
  if (s.size() >= 4 && tail(2) && tail(3)) {
    const bool four = (in(0, 0xF0, 0xF0) && in(1, 0x90, 0xBF)) || (in(0, 0xF1, 0xF3) && tail(1)) ||
                      (in(0, 0xF4, 0xF4) && in(1, 0x80, 0x8F));
    if (four) return by_the_table(s.substr(4));
  }
  return false;
}

TEST(utf8, agrees_with_rfc_3629_on_every_first_byte_and_every_edge_behind_it) {
  for (unsigned first = 0; first < 256; ++first) {
    const std::string one(1, static_cast<char>(first));
    ASSERT_EQ(is_utf8(one), by_the_table(one)) << first;
    for (const char second :
         {'\x00', '\x7F', '\x80', '\x8F', '\x90', '\x9F', '\xA0', '\xBF', '\xC0', '\xFF'}) {
      const std::string two = one + second;
      ASSERT_EQ(is_utf8(two), by_the_table(two)) << testing::PrintToString(two);
      for (const char third : {'\x7F', '\x80', '\xBF', '\xC0'}) {
        const std::string three = two + third;
        ASSERT_EQ(is_utf8(three), by_the_table(three)) << testing::PrintToString(three);
        for (const char fourth : {'\x7F', '\x80', '\xBF', '\xC0'}) {
          const std::string four = three + fourth;
          ASSERT_EQ(is_utf8(four), by_the_table(four)) << testing::PrintToString(four);
        }
      }
    }
  }
}

TEST(utf8, a_fault_is_found_at_every_position_of_a_long_text) {
  const std::string plain(200, 'a');
  EXPECT_TRUE(is_utf8(plain));
  for (std::size_t at = 0; at < plain.size(); ++at) {
    for (const std::string_view part : {"\xff", "\xc3", "\xe2\x82", "\x80", "\xed\xa0\x80"}) {
      std::string text = plain;
      text.replace(at, std::min(part.size(), text.size() - at), part);
      ASSERT_FALSE(is_utf8(text)) << at;
    }
    std::string fine = plain;
    fine.insert(at, "\xe2\x82\xac");
    ASSERT_TRUE(is_utf8(fine)) << at;
  }
}

TEST(utf8, a_sequence_has_its_length) {
  EXPECT_EQ(troupe::utf8_sequence(""), 0U);
  EXPECT_EQ(troupe::utf8_sequence("a"), 1U);
  EXPECT_EQ(troupe::utf8_sequence(std::string_view("\0", 1)), 1U);
  EXPECT_EQ(troupe::utf8_sequence("\u00e9x"), 2U);
  EXPECT_EQ(troupe::utf8_sequence("\u20ac"), 3U);
  EXPECT_EQ(troupe::utf8_sequence("\U0001F600"), 4U);
  EXPECT_EQ(troupe::utf8_sequence("\x80"), 0U);
}

const std::vector<std::string> keys = {"workers", "timeout", "max_attempts", "batch", "to", "from"};

TEST(nearest, finds_what_was_meant) {
  EXPECT_EQ(nearest("worker", keys), "workers");
  EXPECT_EQ(nearest("wrokers", keys), "workers");
  EXPECT_EQ(nearest("tiemout", keys), "timeout");
  EXPECT_EQ(nearest("max-attempts", keys), "max_attempts");
  EXPECT_EQ(nearest("form", keys), "from");
  EXPECT_EQ(nearest("workers", keys), "workers");
}

TEST(nearest, gives_nothing_when_nothing_is_near) {
  EXPECT_EQ(nearest("colour", keys), std::nullopt);
  EXPECT_EQ(nearest("", keys), std::nullopt);
  EXPECT_EQ(nearest("ab", keys), std::nullopt) << "two letters with one wrong share too little";
  EXPECT_EQ(nearest("x", {}), std::nullopt);
}

TEST(nearest, takes_the_nearest_and_of_equals_the_first) {
  const std::vector<std::string> names = {"count2", "count", "court"};
  EXPECT_EQ(nearest("coun", names), "count");
  const std::vector<std::string> equals = {"stage_a", "stage_b"};
  EXPECT_EQ(nearest("stage_c", equals), "stage_a");
}

TEST(format_bytes, has_one_digit_and_binary_units) {
  const std::pair<std::uint64_t, std::string> table[] = {
      {0, "0 B"},
      {1023, "1023 B"},
      {1024, "1 KiB"},
      {1536, "1.5 KiB"},
      {1048575, "1 MiB"},
      {1'572'864, "1.5 MiB"},
      {1ULL << 30, "1 GiB"},
      {UINT64_MAX, "16 EiB"},
      {10'240, "10 KiB"},
      {1023ULL << 20, "1023 MiB"},
  };
  for (const auto& [size, text] : table) EXPECT_EQ(troupe::format_bytes(size), text);
}

TEST(format_duration, is_short_and_rounded) {
  const std::pair<troupe::nanoseconds, std::string> table[] = {
      {0ns, "0s"},
      {850ns, "850ns"},
      {1200ns, "1.2us"},
      {250ms, "250ms"},
      {2500ms, "2.5s"},
      {59s, "59s"},
      {60s, "1m"},
      {90s, "1m30s"},
      {59'990ms, "1m"},
      {3600s, "1h"},
      {2h + 5min, "2h5m"},
      {100h, "100h"},
      {-3s, "-3s"},
      {999'999ns, "1ms"},
      {3'599'600ms, "1h"},
      {troupe::nanoseconds::max(), "2562047h47m"},
      {troupe::nanoseconds::min(), "-2562047h47m"},
  };
  for (const auto& [duration, text] : table) EXPECT_EQ(troupe::format_duration(duration), text);
}

TEST(parse_duration, takes_every_unit) {
  const std::pair<std::string_view, troupe::nanoseconds> table[] = {
      {"5ns", 5ns},
      {"5us", 5us},
      {"5µs", 5us},
      {"250ms", 250ms},
      {"2s", 2s},
      {"1.5s", 1500ms},
      {"1m", 1min},
      {"1h", 1h},
      {"2d", 48h},
      {"0", 0s},
      {"0s", 0s},
      {"0.25ms", 250us},
      {"100000000000000001ns", 100000000000000001ns},
  };
  for (const auto& [text, duration] : table) EXPECT_EQ(parse_duration(text), duration) << text;
}

TEST(parse_duration, refuses_the_rest_and_says_what_is_accepted) {
  for (const std::string_view text : {"",
                                      "s",
                                      "5",
                                      "-1s",
                                      "+1s",
                                      "1 s",
                                      "1,5s",
                                      "1.s",
                                      ".5s",
                                      "1.2.3s",
                                      "1x",
                                      "1S",
                                      "1s ",
                                      "1e3s",
                                      "0x1s",
                                      "400000d",
                                      "99999999999999999999s",
                                      "1sec",
                                      "inf",
                                      "nan"}) {
    const auto got = parse_duration(text);
    ASSERT_FALSE(got) << text;
    EXPECT_EQ(got.error().code, errc::invalid_argument);
    EXPECT_NE(got.error().context.find("'" + std::string(text) + "'"), std::string::npos);
    EXPECT_NE(got.error().context.find("write a number and ns, us, ms, s, m, h or d"), std::string::npos);
  }
}

TEST(parse_duration, reads_back_what_format_duration_writes_below_a_minute) {
  for (const troupe::nanoseconds each : {1ns, 999ns, 1200ns, 37'500'000ns, 2'500'000'000ns})
    EXPECT_EQ(parse_duration(troupe::format_duration(each)), each);
}

TEST(parse_size, takes_every_unit) {
  const std::pair<std::string_view, std::uint64_t> table[] = {
      {"0", 0},
      {"4096", 4096},
      {"1K", 1024},
      {"1k", 1024},
      {"1KB", 1024},
      {"1KiB", 1024},
      {"64MiB", 64ULL << 20},
      {"1G", 1ULL << 30},
      {"1.5G", 3ULL << 29},
      {"2T", 2ULL << 40},
      {"10B", 10},
      {"18446744073709551615", UINT64_MAX},
  };
  for (const auto& [text, size] : table) EXPECT_EQ(parse_size(text), size) << text;
}

TEST(parse_size, refuses_the_rest_and_says_what_is_accepted) {
  for (const std::string_view text : {"", "K", "-1", "1 K", "1X", "1KK", "1KiBB", "1.5", "1.5B", "16777216T",
                                      "1iB", "1ib", "99999999999999999999", "1P"}) {
    const auto got = parse_size(text);
    ASSERT_FALSE(got) << text;
    EXPECT_EQ(got.error().code, errc::invalid_argument);
    EXPECT_NE(got.error().context.find("write bytes, or a number and K, M, G or T"), std::string::npos);
  }
}

TEST(excerpt, shows_what_is_printable_and_escapes_the_rest) {
  using troupe::excerpt;
  EXPECT_EQ(excerpt(""), "''");
  EXPECT_EQ(excerpt("plain, with spaces"), "'plain, with spaces'");
  EXPECT_EQ(excerpt("naïve 漢字 🎭"), "'naïve 漢字 🎭'");
  EXPECT_EQ(excerpt("it's a \\"), "'it\\'s a \\\\'");
  EXPECT_EQ(excerpt("a\n\r\tb"), "'a\\n\\r\\tb'");
  EXPECT_EQ(excerpt(std::string_view("\0\x1B[31m\x7F", 7)), "'\\x00\\x1B[31m\\x7F'");
  EXPECT_EQ(excerpt("caf\xE9"), "'caf\\xE9'") << "Latin-1 is no UTF-8";
  EXPECT_EQ(excerpt("\xC2\x9B"), "'\\xC2\\x9B'") << "a control character to some terminals";
  EXPECT_EQ(excerpt("\xC2\xA0"), "'\xC2\xA0'");
}

TEST(excerpt, leaves_out_what_is_far_from_the_place_it_is_about) {
  using troupe::excerpt;
  const std::string forty = "0123456789abcdefghijABCDEFGHIJ0123456789";
  EXPECT_EQ(excerpt(forty), "'" + forty + "'");
  EXPECT_EQ(excerpt(forty, 40), "'" + forty + "'");
  EXPECT_EQ(excerpt(forty + "!"), "'" + forty + "…'");
  EXPECT_EQ(excerpt(forty + "!", 41), "'…" + forty.substr(1) + "!'");
  const std::string dots(100, '.');
  EXPECT_EQ(excerpt(dots + "here" + dots, 100),
            "'…" + dots.substr(0, 20) + "here" + dots.substr(0, 16) + "…'");
  EXPECT_EQ(excerpt(dots, 1000), "'…" + dots.substr(0, 40) + "'") << "an offset behind the end";
}

TEST(excerpt, does_not_cut_characters) {
  std::string text;
  for (int i = 0; i < 60; ++i) text += i % 3 == 0 ? "é" : i % 3 == 1 ? "漢" : "🎭";
  for (std::size_t at = 0; at <= text.size(); ++at) {
    const std::string shown = troupe::excerpt(text, at);
    ASSERT_EQ(shown.find('\\'), shown.npos) << at << ": " << shown;
    ASSERT_TRUE(is_utf8(shown)) << at;
    ASSERT_LE(shown.size(), 40 + 3 + 2 + 2 * std::string_view("…").size()) << at;
  }
}

}  // namespace
}  // namespace text_test
