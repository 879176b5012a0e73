// Sources and sinks, key by key: wrong types, words and combinations.
#include "errors_of.hpp"

#include <gtest/gtest.h>

namespace troupe::config::read_ends_test {
namespace {

using testing::bad_text;
using testing::errors_of;
using testing::lines;
using testing::name_of_row;

/// A stage that is good but for the line, which stands at line 3.
std::string with(const std::string& line) {
  return "[stage.a]\nfrom = { stdin = true }\n" + line + "\n";
}

class wrong_end : public ::testing::TestWithParam<bad_text> {};

TEST_P(wrong_end, is_reported_with_its_place_and_what_is_expected) {
  EXPECT_EQ(errors_of(GetParam().text), GetParam().errors);
}

std::string from(const std::string& value) {
  return "[stage.a]\nfrom = " + value + "\n";
}

const std::string want_from =
    "p.toml:2:8: error: from: expected a stage, a list of stages, or a source such as { files = \"*.log\" }, "
    "found ";

INSTANTIATE_TEST_SUITE_P(
    sources, wrong_end,
    ::testing::Values(
        bad_text{"a_number", from("3"), {want_from + "the number 3"}},
        bad_text{"an_empty_list",
                 from("[]"),
                 {"p.toml:2:8: error: from: expected a string or a list of strings, found an empty list"}},
        bad_text{"a_list_with_a_number",
                 from("['a', 1]"),
                 {"p.toml:2:14: error: from[1]: expected a string that is not empty, found the number 1"}},
        bad_text{"one_twice",
                 from("['b', 'b']\n[stage.b]\nfrom = { stdin = true }"),
                 {"p.toml:2:14: error: from[1]: 'b' stands twice in the list"}},
        bad_text{
            "no_kind",
            from("{ }"),
            {"p.toml:2:8: error: from: a source needs one of files, stdin, range, command, fifo and unix"}},
        bad_text{
            "only_split",
            from("{ split = 'lines' }"),
            {"p.toml:2:8: error: from: a source needs one of files, stdin, range, command, fifo and unix"}},
        bad_text{"two_kinds",
                 from("{ files = 'x', stdin = true }"),
                 {"p.toml:2:31: error: from.stdin: a source is one of files, stdin, range, command, fifo and "
                  "unix, and 'files' is there already"}},
        bad_text{"misspelt",
                 from("{ fiels = 'x' }"),
                 {"p.toml:2:10: error: unknown key 'fiels' in 'from'; did you mean 'files'?"}},
        bad_text{
            "no_file_at_all",
            from("{ files = [] }"),
            {"p.toml:2:18: error: from.files: expected a string or a list of strings, found an empty list"}},
        bad_text{"an_empty_file_name",
                 from("{ files = ['x', ''] }"),
                 {"p.toml:2:24: error: from.files[1]: expected a string that is not empty, found the string "
                  "\"\""}},
        bad_text{
            "split_in_words",
            from("{ files = 'x', split = 'words' }"),
            {"p.toml:2:31: error: from.split: expected \"lines\" or \"none\", found the string \"words\""}},
        bad_text{"stdin_false",
                 from("{ stdin = false }"),
                 {"p.toml:2:18: error: from.stdin: expected true, found false"}},
        bad_text{"stdin_whole",
                 from("{ stdin = true, split = 'none' }"),
                 {"p.toml:2:32: error: from.split: expected \"lines\", found the string \"none\""}},
        bad_text{"an_empty_range",
                 from("{ range = [7, 7] }"),
                 {"p.toml:2:18: error: from.range: expected two whole numbers, the first below the second, "
                  "found the "
                  "list [7, 7]; [0, 1000] gives 0 to 999"}},
        bad_text{"a_range_of_one",
                 from("{ range = 10 }"),
                 {"p.toml:2:18: error: from.range: expected two whole numbers, the first below the second, "
                  "found the "
                  "number 10; [0, 1000] gives 0 to 999"}},
        bad_text{"a_range_with_split",
                 from("{ range = [0, 1], split = 'lines' }"),
                 {"p.toml:2:26: error: unknown key 'split' in 'from'; the keys are files, stdin, range, "
                  "command, fifo and unix"}},
        bad_text{"a_command_in_one_string",
                 from("{ command = 'tail -f x' }"),
                 {"p.toml:2:20: error: from.command: expected a list of the program and its arguments, found "
                  "the string \"tail -f x\"; there is no shell; write command = [\"tail\", \"-f\", \"x\"]"}},
        bad_text{"a_command_with_a_number",
                 from("{ command = ['seq', 7] }"),
                 {"p.toml:2:28: error: from.command[1]: expected a string, found the number 7"}},
        bad_text{"success_without_codes",
                 from("{ command = ['seq'], success = [] }"),
                 {"p.toml:2:39: error: from.success: expected a list of exit codes from 0 to 255, found an "
                  "empty list; write success = [0, 1]"}},
        bad_text{
            "a_fifo_without_name",
            from("{ fifo = '' }"),
            {"p.toml:2:17: error: from.fifo: expected a string that is not empty, found the string \"\""}},
        bad_text{"kept_open_for_a_word",
                 from("{ unix = 'x', keep_open = 'yes' }"),
                 {"p.toml:2:34: error: from.keep_open: expected true or false, found the string \"yes\""}},
        bad_text{"a_fifo_with_success",
                 from("{ fifo = 'x', success = [0] }"),
                 {"p.toml:2:22: error: unknown key 'success' in 'from'; the keys are files, stdin, range, "
                  "command, fifo, unix, split and keep_open"}}),
    name_of_row);

INSTANTIATE_TEST_SUITE_P(
    sinks, wrong_end,
    ::testing::Values(
        bad_text{"to_two_kinds",
                 with("to = { file = 'x', unix = 'y' }"),
                 {"p.toml:3:27: error: to.unix: a sink is one of file, command, fifo and unix, and 'file' is "
                  "there already"}},
        bad_text{"to_an_empty_list",
                 with("to = []"),
                 {"p.toml:3:6: error: to: expected a table or a list of tables, found an empty list; "
                  "write to = { file = \"out.jsonl\" }"}},
        bad_text{
            "to_a_list_with_faults",
            with("to = [{ file = 'x' }, 3, { fifo = '' }, { command = 'sort' }]"),
            {"p.toml:3:23: error: to[1]: expected a table, found the number 3; "
             "write to = { file = \"out.jsonl\" }",
             "p.toml:3:35: error: to[2].fifo: expected a string that is not empty, found the string \"\"",
             "p.toml:3:53: error: to[3].command: expected a list of the program and its arguments, found "
             "the string \"sort\"; there is no shell; write command = [\"sort\"]"}},
        bad_text{"to_one_file_twice",
                 with("to = [{ file = 'x' }, { file = './x' }]"),
                 {"p.toml:3:32: error: [stage.a] writes to './x' too; give each sink a file of its own"}},
        bad_text{
            "to_a_file_with_success",
            with("to = { file = 'x', success = [0] }"),
            {"p.toml:3:20: error: unknown key 'success' in 'to'; the keys are file, command, fifo, unix and "
             "format"}}),
    name_of_row);

TEST(later_end, of_a_source_a_sink_or_the_file_is_told_from_an_unknown_one) {
  const std::string later = "' is not supported in this version; it comes with a later version";
  EXPECT_EQ(errors_of("[stage.a]\nfrom = { mq = 'x' }\nto = { mq = 'y' }\n[resource.b]\n"),
            (lines{"p.toml:2:10: error: key 'mq" + later, "p.toml:3:8: error: key 'mq" + later,
                   "p.toml:4:2: error: key 'resource" + later}));
}

TEST(ends, of_a_stage_may_be_several_programs_and_sockets_of_the_same_name) {
  EXPECT_EQ(errors_of(with(
                "to = [{ command = ['sort'] }, { command = ['sort'] }, { unix = 'x' }, { unix = 'x' }]")),
            lines{});
}

}  // namespace
}  // namespace troupe::config::read_ends_test
