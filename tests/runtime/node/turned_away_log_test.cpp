#include <troupe/runtime/node/turned_away_log.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>

namespace troupe::runtime::turned_away_log_test {
namespace {

using namespace std::chrono_literals;

class turned_away_log_test : public ::testing::Test {
 protected:
  void note(errc code, steady::duration at) { kept->note({code, "somebody", 0}, steady::time_point() + at); }
  [[nodiscard]] auto lines() const { return std::count(logged.begin(), logged.end(), '\n'); }
  [[nodiscard]] bool says(const std::string& what) const { return logged.find(what) != std::string::npos; }

  std::string logged;
  std::optional<turned_away_log> kept{
      std::in_place, logger::make({.colour = log_colour::never,
                                   .write = [this](std::string_view lines) { logged += lines; }})};
};

TEST_F(turned_away_log_test, says_the_first_of_each_kind) {
  note(errc::refused, 0s);
  note(errc::timed_out, 0s);
  EXPECT_EQ(lines(), 2);
  EXPECT_TRUE(says("turned a connection away: somebody"));
}

TEST_F(turned_away_log_test, says_two_thousand_of_a_kind_in_two_lines_and_counts_them_all) {
  for (int i = 0; i < 2000; ++i) note(errc::timed_out, i * 1ms);
  EXPECT_EQ(lines(), 1);
  EXPECT_EQ(kept->count(errc::timed_out), 2000U);
  EXPECT_EQ(kept->count(errc::refused), 0U);
  kept.reset();
  EXPECT_EQ(lines(), 2);
  EXPECT_TRUE(says("turned 1999 more connections away: the deadline passed")) << logged;
}

TEST_F(turned_away_log_test, says_after_a_while_how_many_there_were) {
  note(errc::refused, 0s);
  note(errc::refused, 1s);
  note(errc::refused, 59s);
  note(errc::refused, 60s);
  EXPECT_EQ(lines(), 2);
  EXPECT_TRUE(says("(and 2 more since the last such line)")) << logged;
  kept.reset();
  EXPECT_EQ(lines(), 2) << "nothing is left to say";
}

}  // namespace
}  // namespace troupe::runtime::turned_away_log_test
