#include <troupe/cli/progress.hpp>

#include <gtest/gtest.h>

namespace troupe::cli::progress_test {
namespace {

progress_reading half_way() {
  progress_reading now;
  now.items_read = 2000;
  now.items_done = 1000;
  now.bytes_read = 1'000'000;
  now.bytes_total = 1'000'000;
  now.workers_ready = 2;
  now.workers_wanted = 2;
  return now;
}

TEST(progress, groups_digits) {
  EXPECT_EQ(with_commas(0), "0");
  EXPECT_EQ(with_commas(999), "999");
  EXPECT_EQ(with_commas(1000), "1,000");
  EXPECT_EQ(with_commas(1234567), "1,234,567");
}

TEST(progress, the_bar_shows_what_is_done_and_fits_the_terminal) {
  const auto text = bar_text(half_way(), 2.0, 100);
  EXPECT_LT(text.size(), 100U);
  EXPECT_NE(text.find("50%"), std::string::npos) << text;
  EXPECT_NE(text.find("500/s"), std::string::npos) << text;
  EXPECT_NE(text.find("workers 2/2"), std::string::npos) << text;
  EXPECT_EQ(text.find("restarts"), std::string::npos) << "nothing has happened: " << text;
}

TEST(progress, a_narrow_terminal_gets_less_and_never_a_second_line) {
  for (std::size_t columns = 0; columns < 120; ++columns)
    EXPECT_LE(bar_text(half_way(), 1.0, columns).size(), columns) << columns;
}

TEST(progress, incidents_are_told_when_there_are_any) {
  auto now = half_way();
  now.restarts = 3;
  now.quarantined = 1;
  const auto text = plain_text(now, 1.0);
  EXPECT_NE(text.find("restarts 3"), std::string::npos) << text;
  EXPECT_NE(text.find("quarantined 1"), std::string::npos) << text;
}

TEST(progress, an_input_of_unknown_size_has_no_percentage) {
  auto now = half_way();
  now.bytes_total = 0;
  EXPECT_EQ(bar_text(now, 1.0, 100).find('%'), std::string::npos);
}

TEST(progress, an_input_of_numbers_has_a_percentage_and_an_end) {
  auto now = half_way();
  now.bytes_total = now.bytes_read = 0;
  now.items_total = 4000;
  const auto bar = bar_text(now, 10.0, 120);
  EXPECT_NE(bar.find("25%"), std::string::npos) << bar;
  EXPECT_NE(bar.find("ETA 30s"), std::string::npos) << bar;
  const auto line = plain_text(now, 10.0);
  EXPECT_NE(line.find("1,000 items of 4,000, 100 items/s, ETA 30s, workers"), std::string::npos) << line;
}

TEST(progress, lines_for_a_log_say_when_it_will_end) {
  EXPECT_NE(plain_text(half_way(), 10.0).find("ETA 10s"), std::string::npos);
}

}  // namespace
}  // namespace troupe::cli::progress_test
