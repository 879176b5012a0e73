// Stages that are external programs: their keys, what contradicts each other, and the placeholders.
#include "errors_of.hpp"

#include <troupe/config/placeholders.hpp>

#include <gtest/gtest.h>

namespace troupe::config::read_program_test {
namespace {

using testing::bad_text;
using testing::errors_of;
using testing::lines;
using testing::name_of_row;
using mode_of = program::mode_of;

std::string with(const std::string& keys) {
  return "[stage.a]\nfrom = { files = '*.txt' }\n" + keys;
}

stage read(const std::string& keys) {
  const auto loaded = parse(with(keys), "p.toml");
  EXPECT_TRUE(loaded) << to_string(loaded.error().front());
  return loaded ? loaded->stages.front() : stage{};
}

TEST(command, is_a_program_and_its_arguments_with_defaults) {
  const auto got = read("command = ['gzip', '-9', '{input}']");
  ASSERT_TRUE(got.program);
  program expected;
  expected.command = {"gzip", "-9", "{input}"};
  EXPECT_EQ(*got.program, expected);
  EXPECT_EQ(expected.mode, mode_of::per_item);
  EXPECT_EQ(expected.success, std::vector<int>{0});
}

TEST(command, may_say_the_same_argument_twice_and_an_empty_one) {
  EXPECT_EQ(read("command = ['x', '-v', '-v', '']").program->command, (lines{"x", "-v", "-v", ""}));
}

TEST(command, has_all_its_keys_read) {
  const auto got = read(R"(
command = ["a", "{output}"]
output = "out/{stem}"
stdin = "nul"
success = [0, 1, 255])");
  EXPECT_EQ(got.program->in, framing::nul);
  EXPECT_EQ(got.program->output, "out/{stem}");
  EXPECT_EQ(got.program->success, (std::vector{0, 1, 255}));
  const auto other = read("command = ['a']\nmode = 'persistent'\nstdin = 'u32be'\nstdout = 'lines'");
  EXPECT_EQ(other.program->mode, mode_of::persistent);
  EXPECT_EQ(other.program->in, framing::u32be);
  EXPECT_EQ(other.program->out, framing::lines);
}

TEST(command, per_item_takes_files_whole_unless_split_is_written) {
  const auto split_of = [](const std::string& text) {
    const auto loaded = parse(text, "p.toml");
    return std::get<files_source>(*loaded->stages.at(0).from_source).split;
  };
  const std::string from = "[stage.a]\nfrom = { files = 'x'";
  EXPECT_EQ(split_of(from + " }\ncommand = ['a']"), files_source::split_by::none);
  EXPECT_EQ(split_of(from + ", split = 'lines' }\ncommand = ['a']"), files_source::split_by::lines);
  EXPECT_EQ(split_of(from + " }\ncommand = ['a']\nmode = 'persistent'"), files_source::split_by::lines);
}

class wrong_program : public ::testing::TestWithParam<bad_text> {};

TEST_P(wrong_program, is_reported_where_it_is_written) {
  EXPECT_EQ(errors_of(GetParam().text), GetParam().errors);
}

const std::string a_list =
    "p.toml:3:11: error: command: expected a list of the program and its arguments, found ";
const std::string no_shell = "; there is no shell; ";
const std::string placeholders =
    "; the placeholders are {input}, {output}, {stem} and {name}; a brace itself is written twice, {{ or }}";

INSTANTIATE_TEST_SUITE_P(
    commands, wrong_program,
    ::testing::Values(
        bad_text{"a_string",
                 with("command = 'gzip -9  {input}'"),
                 {a_list + "the string \"gzip -9  {input}\"" + no_shell +
                  "write command = [\"gzip\", \"-9\", \"{input}\"]"}},
        bad_text{"a_string_for_a_shell",
                 with("command = 'sort | uniq'"),
                 {a_list + "the string \"sort | uniq\"" + no_shell +
                  "if you want one, say so: command = [\"sh\", \"-c\", \"...\"]"}},
        bad_text{"an_empty_list",
                 with("command = []"),
                 {a_list + "an empty list; write the program and its arguments, as in [\"gzip\", \"-9\", "
                           "\"{input}\"]"}},
        bad_text{"a_number_in_it",
                 with("command = ['gzip', 9]"),
                 {"p.toml:3:20: error: command[1]: expected a string, found the number 9"}},
        bad_text{"without_a_name",
                 with("command = ['']"),
                 {"p.toml:3:12: error: command[0]: the program's name is empty"}},
        bad_text{"with_nul",
                 with("command = [\"a\", \"b\\u0000\"]"),
                 {"p.toml:3:17: error: command[1]: an argument cannot have a NUL character"}},
        bad_text{"beside_call",
                 with("call = 'f'\ncommand = ['x']"),
                 {"p.toml:4:11: error: command: a stage is either what the program registered (call) or a "
                  "command; remove call or command"}},
        bad_text{
            "in_a_thread",
            with("place = 'thread'\ncommand = ['x']"),
            {"p.toml:3:9: error: place: a command runs below a worker process, which a timeout can kill; "
             "remove place = \"thread\""}}),
    name_of_row);

INSTANTIATE_TEST_SUITE_P(
    braces, wrong_program,
    ::testing::Values(
        bad_text{"misspelt",
                 with("command = ['x', '-o{imput}']"),
                 {"p.toml:3:17: error: command[1]: '{imput}' is no placeholder; did you mean {input}?"}},
        bad_text{"unknown",
                 with("command = ['x', '{a: .b}']"),
                 {"p.toml:3:17: error: command[1]: '{a: .b}' is no placeholder" + placeholders}},
        bad_text{"left_open",
                 with("command = ['x', 'a{input']"),
                 {"p.toml:3:17: error: command[1]: a single '{' stands in 'a{input'" + placeholders}},
        bad_text{"closed_only",
                 with("command = ['x', 'a}']"),
                 {"p.toml:3:17: error: command[1]: a single '}' stands in 'a}'" + placeholders}}),
    name_of_row);

INSTANTIATE_TEST_SUITE_P(
    keys, wrong_program,
    ::testing::Values(
        bad_text{
            "without_a_command",
            with("mode = 'per_item'\nsuccess = [1]"),
            {"p.toml:3:8: error: mode: only a stage with a command has this; add command = [\"program\", "
             "\"argument\"]",
             "p.toml:4:11: error: success: only a stage with a command has this; add command = [\"program\", "
             "\"argument\"]"}},
        bad_text{"mode",
                 with("command = ['x']\nmode = 'per_itm'"),
                 {"p.toml:4:8: error: mode: expected \"per_item\", \"per_batch\" or \"persistent\", found "
                  "the string "
                  "\"per_itm\"; did you mean 'per_item'?"}},
        bad_text{"stdin",
                 with("command = ['x']\nstdin = 'json'"),
                 {"p.toml:4:9: error: stdin: expected \"lines\", \"jsonl\", \"nul\" or \"u32be\", found the "
                  "string "
                  "\"json\"; did you mean 'jsonl'?"}},
        bad_text{"success_out_of_range",
                 with("command = ['x']\nsuccess = [256]"),
                 {"p.toml:4:11: error: success: expected a list of exit codes from 0 to 255, found the list "
                  "[256]; "
                  "write success = [0, 1]"}},
        bad_text{
            "success_empty",
            with("command = ['x']\nsuccess = []"),
            {"p.toml:4:11: error: success: expected a list of exit codes from 0 to 255, found an empty list; "
             "write success = [0, 1]"}},
        bad_text{
            "success_of_one_that_stays_up",
            with("command = ['x']\nmode = 'persistent'\nsuccess = [1]"),
            {"p.toml:5:11: error: success: a persistent program stays up: any exit while it has an item is a "
             "failure; remove it, or choose another mode"}},
        bad_text{
            "batch_per_item",
            with("command = ['x']\nbatch = { size = 2 }"),
            {"p.toml:4:9: error: batch: a program with mode = \"per_item\" is started for each item; remove "
             "batch, or set mode = \"per_batch\""}},
        bad_text{
            "input_of_a_batch",
            with("command = ['x', '{input}']\nmode = 'per_batch'"),
            {"p.toml:3:11: error: command: a program with mode = \"per_batch\" gets its items on standard "
             "input, not as arguments; remove the placeholder, or set mode = \"per_item\""}}),
    name_of_row);

INSTANTIATE_TEST_SUITE_P(
    outputs, wrong_program,
    ::testing::Values(
        bad_text{
            "that_nobody_writes",
            with("command = ['x']\noutput = '{stem}.gz'"),
            {"p.toml:4:10: error: output: the command does not say {output}, so nothing would be written "
             "there; add {output} to the command's arguments"}},
        bad_text{"that_is_not_there",
                 with("command = ['x', '{output}']"),
                 {"p.toml:3:11: error: command: {output} is a path that the key 'output' gives, and there is "
                  "none; "
                  "add output = \"out/{stem}.txt\""}},
        bad_text{"of_another_mode",
                 with("command = ['x', '{output}']\nmode = 'persistent'\noutput = '{stem}'"),
                 {"p.toml:5:10: error: output: only a program with mode = \"per_item\" makes a file for each "
                  "item; "
                  "read its results with stdout = \"lines\""}},
        bad_text{
            "the_same_for_all",
            with("command = ['x', '{output}']\noutput = 'out.gz'"),
            {"p.toml:4:10: error: output: every item would be written to the same file; put {stem} or {name} "
             "into the path"}},
        bad_text{
            "a_folder",
            with("command = ['x', '{output}']\noutput = '{stem}/'"),
            {"p.toml:4:10: error: output: this names a folder, not a file; write output = \"out/{name}\""}},
        bad_text{
            "of_itself",
            with("command = ['x', '{output}']\noutput = '{output}.gz'"),
            {"p.toml:4:10: error: output: {output} is this path itself; the name of the item is {stem} or "
             "{name}"}},
        bad_text{
            "beside_stdout",
            with("command = ['x', '{output}']\noutput = '{stem}'\nstdout = 'lines'"),
            {"p.toml:5:10: error: stdout: the items that this stage gives are the files of 'output'; remove "
             "stdout or output"}}),
    name_of_row);

TEST(pattern, is_cut_at_its_placeholders_and_doubled_braces_become_single) {
  const auto got = read_pattern("a{{b}}{stem}c{name}{input}");
  ASSERT_TRUE(got);
  EXPECT_EQ(*got, (text_pattern{"a{b}", placeholder::stem, "c", placeholder::name, placeholder::input}));
  EXPECT_TRUE(holds(*got, placeholder::stem));
  EXPECT_FALSE(holds(*got, placeholder::output));
}

TEST(pattern, of_nothing_is_empty) {
  const auto got = read_pattern("");
  ASSERT_TRUE(got);
  EXPECT_TRUE(got->empty());
}

TEST(pattern, fault_says_where) {
  EXPECT_EQ(read_pattern("abc{x}").error().offset, 3U);
  EXPECT_EQ(read_pattern("abc}").error().offset, 3U);
}

}  // namespace
}  // namespace troupe::config::read_program_test
