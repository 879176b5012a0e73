// What can only be seen with all stages: references, cycles, inputs, files, keys that contradict each other.
#include "errors_of.hpp"

#include <gtest/gtest.h>

namespace troupe::config::checks_test {
namespace {

using testing::bad_text;
using testing::errors_of;
using testing::lines;
using testing::name_of_row;

class wrong_pipeline : public ::testing::TestWithParam<bad_text> {};

TEST_P(wrong_pipeline, is_reported_where_it_is_written) {
  EXPECT_EQ(errors_of(GetParam().text), GetParam().errors);
}

const std::string in = "from = { stdin = true }\n";
const std::string cycle = "stages take from each other in a cycle: ";

INSTANTIATE_TEST_SUITE_P(
    references, wrong_pipeline,
    ::testing::Values(
        bad_text{"to_nothing_near",
                 "[stage.count]\n" + in + "[stage.b]\nfrom = 'cuont'",
                 {"p.toml:4:8: error: stage 'cuont' does not exist; did you mean 'count'?"}},
        bad_text{"to_nothing_at_all",
                 "[stage.count]\n" + in + "[stage.b]\nfrom = 'zzzz'",
                 {"p.toml:4:8: error: stage 'zzzz' does not exist"}},
        bad_text{"in_a_list",
                 "[stage.count]\n" + in + "[stage.b]\nfrom = ['count', 'cout', 'x']",
                 {"p.toml:4:18: error: stage 'cout' does not exist; did you mean 'count'?",
                  "p.toml:4:26: error: stage 'x' does not exist"}},
        bad_text{"to_a_file",
                 "[stage.b]\nfrom = 'logs/*.log'",
                 {"p.toml:2:8: error: stage 'logs/*.log' does not exist; files are from = { files = "
                  "\"logs/*.log\" }"}},
        bad_text{
            "to_stdin",
            "[stage.b]\nfrom = 'stdin'",
            {"p.toml:2:8: error: stage 'stdin' does not exist; standard input is from = { stdin = true }"}}),
    name_of_row);

INSTANTIATE_TEST_SUITE_P(
    cycles, wrong_pipeline,
    ::testing::Values(bad_text{"of_one", "[stage.a]\nfrom = 'a'", {"p.toml:2:8: error: " + cycle + "a -> a"}},
                      bad_text{"of_two",
                               "[stage.a]\nfrom = 'b'\n[stage.b]\nfrom = 'a'",
                               {"p.toml:2:8: error: " + cycle + "a -> b -> a"}},
                      bad_text{"of_three_along_the_flow",
                               "[stage.a]\nfrom = 'c'\n[stage.b]\nfrom = 'a'\n[stage.c]\nfrom = 'b'",
                               {"p.toml:2:8: error: " + cycle + "a -> b -> c -> a"}},
                      bad_text{"beside_a_source",
                               "[stage.s]\n" + in + "[stage.a]\nfrom = ['s', 'b']\n[stage.b]\nfrom = 'a'",
                               {"p.toml:4:8: error: " + cycle + "a -> b -> a"}},
                      bad_text{"two_of_them",
                               "[stage.a]\nfrom = 'b'\n[stage.b]\nfrom = 'a'\n[stage.c]\nfrom = ['c', 'a']",
                               {"p.toml:2:8: error: " + cycle + "a -> b -> a",
                                "p.toml:6:8: error: " + cycle + "c -> c"}},
                      bad_text{"two_through_one",
                               "[stage.a]\nfrom = ['b', 'c']\n[stage.b]\nfrom = 'a'\n[stage.c]\nfrom = 'a'",
                               {"p.toml:2:8: error: " + cycle + "a -> b -> a",
                                "p.toml:2:8: error: " + cycle + "a -> c -> a"}}),
    name_of_row);

TEST(cycles, of_many_stages_are_shown_shortly) {
  std::string text;
  for (int i = 0; i < 1000; ++i) {
    text += "[stage.s" + std::to_string(i) + "]\nfrom = 's" + std::to_string((i + 999) % 1000) + "'\n";
  }
  EXPECT_EQ(errors_of(text),
            lines{"p.toml:2:8: error: " + cycle +
                  "s0 -> s1 -> s2 -> s3 -> s4 -> s5 -> s6 -> s7 -> s8 -> ... -> s999 -> s0"});
}

TEST(cycles, are_named_from_their_first_stage_in_the_file) {
  EXPECT_EQ(
      errors_of("[stage.x]\nfrom = 'c'\n[stage.a]\nfrom = 'c'\n[stage.b]\nfrom = 'a'\n[stage.c]\nfrom = 'b'"),
      lines{"p.toml:4:8: error: " + cycle + "a -> b -> c -> a"});
}

TEST(cycles, diamonds_are_none) {
  EXPECT_EQ(errors_of("[stage.a]\n" + in +
                      "[stage.b]\nfrom = 'a'\n[stage.c]\nfrom = 'a'\n[stage.d]\nfrom = ['b', 'c']"),
            lines{});
}

INSTANTIATE_TEST_SUITE_P(inputs, wrong_pipeline,
                         ::testing::Values(bad_text{
                             "missing",
                             "[stage.a]\nworkers = 2",
                             {"p.toml:1:1: error: [stage.a] has no 'from'; name a stage, or a source such as "
                              "{ files = \"*.log\" }"}}),
                         name_of_row);

INSTANTIATE_TEST_SUITE_P(
    files, wrong_pipeline,
    ::testing::Values(
        bad_text{"two_sinks",
                 "[stage.a]\n" + in + "to = { file = 'x' }\n[stage.b]\nfrom = 'a'\nto = { file = './x' }",
                 {"p.toml:6:15: error: [stage.a] writes to './x' too; give each sink a file of its own"}},
        bad_text{"two_on_standard_output",
                 "[stage.a]\n" + in + "to = { file = '-' }\n[stage.b]\nfrom = 'a'\nto = { file = '-' }",
                 {"p.toml:6:15: error: [stage.a] writes to '-' too; give each sink a file of its own"}}),
    name_of_row);

TEST(files, a_file_called_minus_may_be_read_while_standard_output_is_written) {
  EXPECT_EQ(errors_of("[stage.a]\nfrom = { files = '-' }\nto = { file = '-' }"), lines{});
}

INSTANTIATE_TEST_SUITE_P(
    contradictions, wrong_pipeline,
    ::testing::Values(
        bad_text{
            "timeout_in_a_thread",
            "[stage.a]\n" + in + "place = 'thread'\ntimeout = '1s'",
            {"p.toml:4:11: error: timeout: a stage with place = \"thread\" cannot be stopped in an item; "
             "remove it, or set place = \"process\""}},
        bad_text{"batch_between_stages",
                 "[stage.a]\n" + in + "[stage.b]\nfrom = 'a'\nbatch = { size = 2 }",
                 {"p.toml:5:9: error: batch: only a stage whose 'from' is a source can have batches"}},
        bad_text{"delay_over_max_delay",
                 "[stage.a]\n" + in + "restart = { delay = '2s', max_delay = '1s' }",
                 {"p.toml:3:11: error: restart: delay is longer than max_delay"}},
        bad_text{"delay_over_the_default_max_delay",
                 "[stage.a]\n" + in + "restart = { delay = '31s' }",
                 {"p.toml:3:11: error: restart: delay is longer than max_delay"}}),
    name_of_row);

TEST(all_errors, of_a_file_are_reported_together_by_position) {
  EXPECT_EQ(
      errors_of(R"([stage.parse]
from    = { files = "*.log", splitt = "lines" }
workers = "four"

[stage.count]
from    = "prse"
workers = 3
wait    = = 3
workers = 4

[stage.parse]
from    = "count"

[stage.c]
from    = "c"
)"),
      (lines{"p.toml:2:30: error: unknown key 'splitt' in 'from'; did you mean 'split'?",
             "p.toml:3:11: error: workers: expected a whole number from 1 to 1024, found the string \"four\"",
             "p.toml:8:11: error: invalid TOML in value: could not determine value type",
             "p.toml:9:1: error: 'workers' is defined twice; the first is on line 7",
             "p.toml:11:1: error: [stage.parse] is defined twice; the first is on line 1"}));
}

TEST(all_errors, references_and_cycles_are_reported_beside_names_defined_twice) {
  EXPECT_EQ(
      errors_of("[stage.a]\nfrom = 'b'\n[stage.b]\nfrom = ['a', 'x']\n[stage.a]\nfrom = 'y'\n"),
      (lines{"p.toml:2:8: error: " + cycle + "a -> b -> a", "p.toml:4:14: error: stage 'x' does not exist",
             "p.toml:5:1: error: [stage.a] is defined twice; the first is on line 1"}));
}

}  // namespace
}  // namespace troupe::config::checks_test
