// Each key by itself: wrong types, ranges, words, unknown keys.
#include "errors_of.hpp"

#include <gtest/gtest.h>

namespace troupe::config::read_stages_test {
namespace {

using testing::bad_text;
using testing::errors_of;
using testing::lines;
using testing::name_of_row;

/// A stage that is good but for the line, which stands at line 3.
std::string with(const std::string& line) {
  return "[stage.a]\nfrom = { stdin = true }\n" + line + "\n";
}

class wrong_key : public ::testing::TestWithParam<bad_text> {};

TEST_P(wrong_key, is_reported_with_its_place_and_what_is_expected) {
  EXPECT_EQ(errors_of(GetParam().text), GetParam().errors);
}

const std::string units = R"(; write a number with its unit: "250ms", "20s", "5m")";
const std::string size_units = R"(; write a number with its unit: "64KiB", "1MiB")";
const std::string workers = "p.toml:3:11: error: workers: expected a whole number from 1 to 1024, found ";
const std::string stage_keys =
    "; the keys are from, to, call, workers, place, timeout, max_attempts, retry, quarantine, on_quarantine, "
    "batch, when, key, ordered, max_in_flight, command, mode, stdin, stdout, output, success, restart, "
    "limits, "
    "nice, "
    "cpu_affinity, env, cwd, "
    "stop, "
    "start_timeout, heartbeat_timeout and max_jobs";

INSTANTIATE_TEST_SUITE_P(
    numbers, wrong_key,
    ::testing::Values(
        bad_text{"a_string", with("workers = \"four\""), {workers + "the string \"four\""}},
        bad_text{"zero", with("workers = 0"), {workers + "the number 0"}},
        bad_text{"one_too_many", with("workers = 1025"), {workers + "the number 1025"}},
        bad_text{"negative", with("workers = -1"), {workers + "the number -1"}},
        bad_text{"the_largest",
                 with("workers = 9223372036854775807"),
                 {workers + "the number 9223372036854775807"}},
        bad_text{"fractional", with("workers = 1.5"), {workers + "the number 1.5"}},
        bad_text{"a_whole_fraction", with("workers = 2.0"), {workers + "the number 2.0"}},
        bad_text{"infinite", with("workers = inf"), {workers + "the number inf"}},
        bad_text{"a_truth", with("workers = true"), {workers + "true"}},
        bad_text{"a_date", with("workers = 2024-01-01"), {workers + "the date 2024-01-01"}},
        bad_text{"a_time", with("workers = 07:32:00"), {workers + "the date 07:32:00"}},
        bad_text{"a_list", with("workers = [4, 5]"), {workers + "the list [4, 5]"}},
        bad_text{"a_long_list", with("workers = [1, 2, 3, 4, 5]"), {workers + "a list of 5"}},
        bad_text{"an_empty_list", with("workers = []"), {workers + "an empty list"}},
        bad_text{"a_table",
                 with("workers = { min = 1 }"),
                 {"p.toml:3:11: error: workers: the key 'max' is missing; write workers = { min = 1, "
                  "max = 8 }"}},
        bad_text{"min_above_max",
                 with("workers = { min = 3, max = 2 }"),
                 {"p.toml:3:11: error: workers: min is above max"}},
        bad_text{"max_zero",
                 with("workers = { max = 0, idle = '0s' }"),
                 {"p.toml:3:19: error: workers.max: expected a whole number from 1 to 1024, found the "
                  "number 0",
                  "p.toml:3:29: error: workers.idle: expected a duration from 1s to 24h, found the "
                  "string \"0s\"" +
                      units}},
        bad_text{"nice",
                 with("nice = 20"),
                 {"p.toml:3:8: error: nice: expected a whole number from -20 to 19, found the number "
                  "20"}},
        bad_text{"max_jobs",
                 with("max_jobs = 0"),
                 {"p.toml:3:12: error: max_jobs: expected a whole number from 1 to 1000000000000, found "
                  "the number 0"}},
        bad_text{"tasks_max",
                 with("limits = { tasks_max = 3 }"),
                 {"p.toml:3:24: error: limits.tasks_max: expected a whole number from 16 to 1048576, "
                  "found the number 3"}},
        bad_text{"attempts",
                 with("max_attempts = 1001"),
                 {"p.toml:3:16: error: max_attempts: expected a whole number from 1 to 1000, "
                  "found the number 1001"}}),
    name_of_row);

INSTANTIATE_TEST_SUITE_P(
    strings, wrong_key,
    ::testing::Values(
        bad_text{"call_a_number",
                 with("call = 3"),
                 {"p.toml:3:8: error: call: expected a string that is not empty, found the number 3"}},
        bad_text{"call_empty",
                 with("call = ''"),
                 {"p.toml:3:8: error: call: expected a string that is not empty, found the string \"\""}},
        bad_text{
            "quarantine_with_nul",
            with("quarantine = \"a\\u0000b\""),
            {"p.toml:3:14: error: quarantine: expected a string without NUL, found the string \"a\\x00b\""}},
        bad_text{"place_misspelt",
                 with("place = 'tread'"),
                 {"p.toml:3:9: error: place: expected \"process\" or \"thread\", found the string \"tread\"; "
                  "did you mean 'thread'?"}},
        bad_text{"place_a_number",
                 with("place = 1"),
                 {"p.toml:3:9: error: place: expected \"process\" or \"thread\", found the number 1"}}),
    name_of_row);

INSTANTIATE_TEST_SUITE_P(
    durations_and_sizes, wrong_key,
    ::testing::Values(
        bad_text{"timeout_a_number",
                 with("timeout = 2"),
                 {"p.toml:3:11: error: timeout: expected a duration from 1ms to 720h, found the number 2" +
                  units}},
        bad_text{
            "timeout_unknown_unit",
            with("timeout = '2x'"),
            {"p.toml:3:11: error: timeout: expected a duration from 1ms to 720h, found the string \"2x\"" +
             units}},
        bad_text{
            "timeout_zero",
            with("timeout = '0s'"),
            {"p.toml:3:11: error: timeout: expected a duration from 1ms to 720h, found the string \"0s\"" +
             units}},
        bad_text{
            "timeout_31_days",
            with("timeout = '31d'"),
            {"p.toml:3:11: error: timeout: expected a duration from 1ms to 720h, found the string \"31d\"" +
             units}},
        bad_text{"batch_bytes",
                 with("batch = { bytes = '65MiB' }"),
                 {"p.toml:3:19: error: batch.bytes: expected a size from 1 B to 64 MiB, found the string "
                  "\"65MiB\"" +
                  size_units}},
        bad_text{"batch_bytes_a_number",
                 with("batch = { bytes = 65 }"),
                 {"p.toml:3:19: error: batch.bytes: expected a size from 1 B to 64 MiB, found the number 65" +
                  size_units}}),
    name_of_row);

INSTANTIATE_TEST_SUITE_P(
    tables, wrong_key,
    ::testing::Values(
        bad_text{"batch_a_number",
                 with("batch = 1000"),
                 {"p.toml:3:9: error: batch: expected a table, found the number 1000; write batch = { size = "
                  "1000 }"}},
        bad_text{
            "batch_size",
            with("batch = { size = 0, wait = '2h' }"),
            {"p.toml:3:18: error: batch.size: expected a whole number from 1 to 1000000, found the number 0",
             "p.toml:3:28: error: batch.wait: expected a duration from 1ms to 1h, found the string \"2h\"" +
                 units}},
        bad_text{
            "when_a_text",
            with("when = 'error'"),
            {"p.toml:3:8: error: when: expected a table of fields and the values they must have, found the "
             "string \"error\"; write when = { kind = \"error\" }"}},
        bad_text{"when_of_no_field",
                 with("when = {}"),
                 {"p.toml:3:8: error: when: expected a table of fields and the values they must have, found "
                  "an empty table; write when = { kind = \"error\" }"}},
        bad_text{
            "when_of_a_list",
            with("when = { kind = ['a', 'b'] }"),
            {"p.toml:3:17: error: when.kind: expected a string, a number, true or false, found a list of 2"}},
        bad_text{"ordered_a_number",
                 with("ordered = 1000"),
                 {"p.toml:3:11: error: ordered: expected true, false or a table such as { size = 1000 }, "
                  "found the "
                  "number 1000"}},
        bad_text{"ordered_out_of_range",
                 with("ordered = { size = 0, bytes = '5GiB' }"),
                 {"p.toml:3:20: error: ordered.size: expected a whole number from 1 to 1000000, found the "
                  "number 0",
                  "p.toml:3:31: error: ordered.bytes: expected a size from 1 B to 4 GiB, found the string "
                  "\"5GiB\"" +
                      size_units}},
        bad_text{
            "max_in_flight_of_none",
            with("max_in_flight = 0"),
            {"p.toml:3:17: error: max_in_flight: expected a whole number from 1 to 1000000, found the number "
             "0"}},
        bad_text{"restart_a_word",
                 with("restart = 'never'"),
                 {"p.toml:3:11: error: restart: expected a table, found the string \"never\"; "
                  "write restart = { policy = \"on-failure\" }"}},
        bad_text{"restart_policy",
                 with("restart = { policy = 'on_failure', burst = -1 }"),
                 {"p.toml:3:22: error: restart.policy: expected \"always\", \"on-failure\" or \"never\", "
                  "found the "
                  "string \"on_failure\"; did you mean 'on-failure'?",
                  "p.toml:3:44: error: restart.burst: expected a whole number from 0 to 1000, found the "
                  "number -1"}},
        bad_text{"to_a_string",
                 with("to = 'out'"),
                 {"p.toml:3:6: error: to: expected a table, found the string \"out\"; "
                  "write to = { file = \"out.jsonl\" }"}},
        bad_text{"to_without_file",
                 with("to = { format = 'lines' }"),
                 {"p.toml:3:6: error: to: a sink needs one of file, command, fifo and unix; file = \"-\" is "
                  "standard output"}},
        bad_text{
            "to_format",
            with("to = { file = '-', format = 'json' }"),
            {"p.toml:3:29: error: to.format: expected \"jsonl\", \"lines\" or \"msgpack\", found the string "
             "\"json\"; "
             "did you mean 'jsonl'?"}},
        bad_text{"to_misspelt",
                 with("to = { fil = '-' }"),
                 {"p.toml:3:8: error: unknown key 'fil' in 'to'; did you mean 'file'?"}}),
    name_of_row);

INSTANTIATE_TEST_SUITE_P(
    unknown, wrong_key,
    ::testing::Values(
        bad_text{"at_the_top",
                 "[stages.a]\n" + with(""),
                 {"p.toml:1:2: error: unknown key 'stages' in the file; did you mean 'stage'?"}},
        bad_text{"far_from_all",
                 with("zzz = 1"),
                 {"p.toml:3:1: error: unknown key 'zzz' in [stage.a]" + stage_keys}},
        bad_text{"near_one",
                 with("wokrers = 1"),
                 {"p.toml:3:1: error: unknown key 'wokrers' in [stage.a]; did you mean 'workers'?"}},
        bad_text{"near_one_of_later",
                 with("launchr = 1"),
                 {"p.toml:3:1: error: unknown key 'launchr' in [stage.a]; did you mean 'launcher'? "
                  "That comes with a later version"}},
        bad_text{"below_a_key",
                 with("batch = { siez = 1 }"),
                 {"p.toml:3:11: error: unknown key 'siez' in 'batch'; did you mean 'size'?"}},
        bad_text{"as_a_dotted_key",
                 with("restart.brust = 1"),
                 {"p.toml:3:9: error: unknown key 'brust' in 'restart'; did you mean 'burst'?"}},
        bad_text{"with_control_characters",
                 with("\"a\\u001b[31m\\n\" = 1"),
                 {"p.toml:3:1: error: unknown key 'a\\x1B[31m\\n' in [stage.a]" + stage_keys}}),
    name_of_row);

INSTANTIATE_TEST_SUITE_P(
    names, wrong_key,
    ::testing::Values(
        bad_text{"empty",
                 "[stage.\"\"]\nfrom = { stdin = true }",
                 {"p.toml:1:8: error: stage name '' is not 1 to 64 letters, digits, '-' and '_'"}},
        bad_text{"with_a_space",
                 "[stage.\"a b\"]\nfrom = { stdin = true }",
                 {"p.toml:1:8: error: stage name 'a b' is not 1 to 64 letters, digits, '-' and '_'"}},
        bad_text{"65_characters",
                 "[stage." + std::string(65, 'x') + "]\nfrom = { stdin = true }",
                 {"p.toml:1:8: error: stage name '" + std::string(60, 'x') +
                  "...' is not 1 to 64 letters, digits, '-' and '_'"}},
        bad_text{"a_stage_that_is_a_number",
                 "[stage]\na = 3",
                 {"p.toml:2:5: error: [stage.a]: expected a table, found the number 3"}},
        bad_text{"a_list_of_tables",
                 "[[stage.a]]\nfrom = { stdin = true }",
                 {"p.toml:1:1: error: [stage.a]: expected a table, found a list of 1"}},
        bad_text{"stage_is_a_number",
                 "stage = 3",
                 {"p.toml:1:9: error: stage: expected tables such as [stage.parse], found the number 3"}}),
    name_of_row);

TEST(bounds, are_part_of_the_range) {
  for (const char* line : {"workers = 1",
                           "workers = 1024",
                           "max_attempts = 1",
                           "max_attempts = 1000",
                           "timeout = '1ms'",
                           "timeout = '30d'",
                           "batch = { size = 1, bytes = '1', wait = '1ms' }",
                           "batch = { size = 1000000, bytes = '64MiB', wait = '1h' }",
                           "ordered = false",
                           "ordered = { size = 1, bytes = '1' }",
                           "ordered = { size = 1000000, bytes = '4GiB' }",
                           "max_in_flight = 1000000",
                           "restart = { burst = 0, window = '1ms', delay = '0', max_delay = '0' }",
                           "workers = { min = 0, max = 1 }",
                           "workers = { min = 1024, max = 1024, idle = '1s' }",
                           "nice = -20",
                           "nice = 19",
                           "cpu_affinity = [0, 8191, 0]",
                           "retry = []",
                           "retry = ['error', 'timeout', 'crash']",
                           "on_quarantine = 'stop'",
                           "env = { }",
                           "env = { A = '' }",
                           "stop = { signal = 'SIGUSR2', timeout = '0' }",
                           "start_timeout = '100ms'",
                           "heartbeat_timeout = '24h'",
                           "max_jobs = 1",
                           "limits = { tasks_max = 16 }",
                           "restart = { burst = 1000, window = '24h', delay = '1h', max_delay = '1h' }"}) {
    EXPECT_EQ(errors_of(with(line)), lines{}) << line;
  }
}

TEST(stage_name, of_64_characters_is_good) {
  EXPECT_EQ(errors_of("[stage." + std::string(64, 'x') + "]\nfrom = { stdin = true }"), lines{});
}

class later_key : public ::testing::TestWithParam<std::string> {};

TEST_P(later_key, of_a_stage_is_told_from_an_unknown_one) {
  EXPECT_EQ(errors_of(with(GetParam() + " = 1")),
            lines{"p.toml:3:1: error: key '" + GetParam() +
                  "' is not supported in this version; it comes with a later version"});
}

INSTANTIATE_TEST_SUITE_P(of_the_design, later_key, ::testing::Values("launcher"),
                         [](const auto& row) { return row.param; });

}  // namespace
}  // namespace troupe::config::read_stages_test
