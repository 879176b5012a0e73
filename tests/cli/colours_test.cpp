#include <troupe/cli/colours.hpp>

#include <gtest/gtest.h>

namespace troupe::cli::colours_test {
namespace {

TEST(colours, paint_the_word_error_alone) {
  EXPECT_EQ(with_red_error("p.toml:1:2: error: no error: here"),
            "p.toml:1:2: \x1b[1;31merror:\x1b[0m no error: here");
  EXPECT_EQ(with_red_error("fine"), "fine");
}

TEST(colours, paint_what_went_wrong_with_its_number) {
  EXPECT_EQ(with_coloured_incidents("workers 2/2, restarts 1,234, redelivered 5, quarantined 6"),
            "workers 2/2, \x1b[33mrestarts 1,234\x1b[0m, redelivered 5, \x1b[1;31mquarantined 6\x1b[0m");
  EXPECT_EQ(with_coloured_incidents("workers 2/2, restarts 7"), "workers 2/2, \x1b[33mrestarts 7\x1b[0m");
  EXPECT_EQ(with_coloured_incidents("workers 2/2, resta"), "workers 2/2, resta")
      << "cut by a narrow terminal";
  EXPECT_EQ(with_coloured_incidents("workers 2/2"), "workers 2/2");
}

}  // namespace
}  // namespace troupe::cli::colours_test
