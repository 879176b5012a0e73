// TOML that is none: one error per wrong statement, and the rest of the file is still checked.
#include "errors_of.hpp"

#include <gtest/gtest.h>

namespace troupe::config::syntax_test {
namespace {

using testing::bad_text;
using testing::errors_of;
using testing::lines;
using testing::name_of_row;

/// The line stands at line 3; line 4 has an unknown key, so that it shows whether the rest is checked.
std::string with(const std::string& line) {
  return "[stage.a]\nfrom = { stdin = true }\n" + line + "\nform = 1\n";
}

const std::string rest = "p.toml:4:1: error: unknown key 'form' in [stage.a]; did you mean 'from'?";
const std::string unclosed = "error: the bracket or string that begins here is not closed";

class wrong_statement : public ::testing::TestWithParam<bad_text> {};

TEST_P(wrong_statement, is_reported_and_the_rest_is_checked) {
  lines expected = GetParam().errors;
  expected.push_back(rest);
  EXPECT_EQ(errors_of(with(GetParam().text)), expected);
}

INSTANTIATE_TEST_SUITE_P(
    syntax, wrong_statement,
    ::testing::Values(
        bad_text{"no_value",
                 "workers =",
                 {"p.toml:3:10: error: invalid TOML in key-value pair: expected value, saw '\\n'"}},
        bad_text{"no_key",
                 "= 3",
                 {"p.toml:3:1: error: invalid TOML in root table: expected keys, tables, whitespace or "
                  "comments, saw "
                  "'='"}},
        bad_text{"an_open_string",
                 "call = \"x",
                 {"p.toml:3:10: error: invalid TOML in string: unescaped control characters other than TAB "
                  "(U+0009) "
                  "are explicitly prohibited"}},
        bad_text{"an_open_literal_string",
                 "call = 'x",
                 {"p.toml:3:10: error: invalid TOML in literal string: control characters other than TAB "
                  "(U+0009) are "
                  "explicitly prohibited"}},
        bad_text{"two_values",
                 "workers = 1 2",
                 {"p.toml:3:13: error: invalid TOML in key-value pair: expected a comment or whitespace, saw "
                  "'2'"}},
        bad_text{"a_number_over_64_bits",
                 "workers = 99999999999999999999",
                 {"p.toml:3:31: error: invalid TOML in decimal integer: '99999999999999999999' is not "
                  "representable in "
                  "64 bits"}},
        bad_text{"a_huge_number",
                 "workers = " + std::string(100'000, '9'),
                 {"p.toml:3:11: error: invalid TOML in value: numeric value too long to identify type - "
                  "cannot exceed "
                  "126 characters"}}),
    name_of_row);

INSTANTIATE_TEST_SUITE_P(
    defined_twice, wrong_statement,
    ::testing::Values(
        bad_text{
            "a_key", "from = 'x'", {"p.toml:3:1: error: 'from' is defined twice; the first is on line 2"}},
        bad_text{"a_quoted_key",
                 "  \"from\" = 'x'",
                 {"p.toml:3:3: error: '\"from\"' is defined twice; the first is on line 2"}},
        bad_text{
            "inside_a_table",
            "batch = { size = 1, size = 2 }",
            {"p.toml:3:28: error: invalid TOML in key-value pair: cannot redefine existing integer 'size'"}}),
    name_of_row);

TEST(syntax, a_wrong_statement_of_several_lines_is_left_out_as_a_whole) {
  EXPECT_EQ(
      errors_of("[stage.a]\nfrom = { stdin = true }\nto = { file = '''\nx''', }\nform = 1\n"),
      (lines{"p.toml:4:7: error: invalid TOML in inline table: expected key-value pair, saw closing '}' "
             "(dangling comma)",
             "p.toml:5:1: error: unknown key 'form' in [stage.a]; did you mean 'from'?"}));
}

TEST(syntax, a_stage_defined_twice_is_reported_with_both_places) {
  EXPECT_EQ(errors_of("[stage.a]\nfrom = { stdin = true }\n\n[ stage . \"a\" ]\nnonsense = 1\n"),
            lines{"p.toml:4:1: error: [ stage . \"a\" ] is defined twice; the first is on line 1"});
}

TEST(syntax, below_a_wrong_header_nothing_is_reported) {
  EXPECT_EQ(
      errors_of("[stage.a]\nfrom = { stdin = true }\n[stage..b]\nnonsense = 1\n[stage.c]\nform = 'a'\n"),
      (lines{
          "p.toml:3:8: error: invalid TOML in key: expected bare key starting character or string delimiter, "
          "saw '.'",
          "p.toml:6:1: error: unknown key 'form' in [stage.c]; did you mean 'from'?"}));
}

TEST(syntax, after_a_wrong_statement_nothing_is_called_missing) {
  EXPECT_EQ(
      errors_of("[stage.a]\nfrom = = 1\n[stage.b]\nfrom = 'c'\n[stage.]\n"),
      (lines{
          "p.toml:2:8: error: invalid TOML in value: could not determine value type",
          "p.toml:5:8: error: invalid TOML in key: expected bare key starting character or string delimiter, "
          "saw ']'"}));
}

TEST(syntax, what_is_never_closed_is_shown_where_it_begins) {
  EXPECT_EQ(errors_of("[stage.a]\nfrom = \"\"\"a\nb\n"), lines{"p.toml:2:8: " + unclosed});
  EXPECT_EQ(errors_of("x = '''\n'' '\n"), lines{"p.toml:1:5: " + unclosed});
  EXPECT_EQ(errors_of("x = [\n1,\n"), lines{"p.toml:1:5: " + unclosed});
  EXPECT_EQ(errors_of("[stage.a\nfrom = 1\n"), lines{"p.toml:1:1: " + unclosed}) << "one mistake, one error";
}

TEST(syntax, an_error_at_the_end_lies_one_behind_the_last_character) {
  const std::string ended = "error: invalid TOML in string: encountered end-of-file";
  EXPECT_EQ(errors_of("[actor.a]\n\""), lines{"p.toml:2:2: " + ended});
  EXPECT_EQ(errors_of("[actor.a]\n\"\n"), lines{"p.toml:2:2: " + ended});
  EXPECT_EQ(errors_of("[actor.a]\n\"\u00e9\n").at(0).substr(0, 11), "p.toml:2:3:");
}

TEST(syntax, what_is_not_closed_and_what_was_not_expected_are_both_shown) {
  EXPECT_EQ(errors_of("[stage.a]\nfrom = ['b'\nworkers = 2\n"),
            (lines{"p.toml:2:8: " + unclosed,
                   "p.toml:3:1: error: invalid TOML in array: expected comma or closing ']', saw 'w'"}));
}

TEST(syntax, brackets_and_hashes_in_strings_and_comments_do_not_count) {
  EXPECT_EQ(errors_of("[stage.a] # [ { \"\"\"\nfrom = { files = ['[#', \"{\\\"\", '[', \"\"\"a\"\"\"\"] }\n"
                      "x = = 1\nform = 1\n"),
            (lines{"p.toml:3:5: error: invalid TOML in value: could not determine value type",
                   "p.toml:4:1: error: unknown key 'form' in [stage.a]; did you mean 'from'?"}));
}

TEST(syntax, many_wrong_statements_are_all_reported) {
  std::string text = "[stage.a]\nfrom = { stdin = true }\n";
  for (int i = 0; i < 50; ++i) text += "x = = 1\n";
  EXPECT_EQ(errors_of(text).size(), 50U);
}

}  // namespace
}  // namespace troupe::config::syntax_test
