#include <troupe/runtime/programs/filter_text.hpp>

#include <gtest/gtest.h>

namespace troupe::runtime::filter_text_test {
namespace {

TEST(filter_text, gives_what_the_program_prints_for_the_input) {
  const auto got = filter_text({"tr", "a-z", "A-Z"}, "quiet\n");
  ASSERT_TRUE(got) << got.error().message();
  EXPECT_EQ(*got, "QUIET\n");
}

TEST(filter_text, says_that_there_is_no_such_program) {
  const auto got = filter_text({"no-such-program-here"}, "");
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, errc::not_found);
}

TEST(filter_text, of_a_program_that_fails_says_how_and_what_it_said) {
  const auto got = filter_text({"sh", "-c", "echo half; echo no room >&2; exit 3"}, "");
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, errc::invalid_argument);
  EXPECT_NE(got.error().message().find("'sh' exited with code 3; stderr: 'no room'"), std::string::npos)
      << got.error().message();
}

}  // namespace
}  // namespace troupe::runtime::filter_text_test
