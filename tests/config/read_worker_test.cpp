// What a stage says of its worker processes, key by key.
#include "errors_of.hpp"

#include <gtest/gtest.h>

namespace troupe::config::read_worker_test {
namespace {

using testing::bad_text;
using testing::errors_of;
using testing::lines;
using testing::name_of_row;

/// A stage that is good but for the line, which stands at line 3.
std::string with(const std::string& line) {
  return "[stage.a]\nfrom = { stdin = true }\n" + line + "\n";
}

class wrong_worker_key : public ::testing::TestWithParam<bad_text> {};

TEST_P(wrong_worker_key, is_reported_with_its_place_and_what_is_expected) {
  EXPECT_EQ(errors_of(GetParam().text), GetParam().errors);
}

const std::string units = R"(; write a number with its unit: "250ms", "20s", "5m")";
const std::string want_cpus =
    "p.toml:3:16: error: cpu_affinity: expected a list of processors, each a whole number from 0 to 8191, "
    "found ";
const std::string want_retry =
    "p.toml:3:9: error: retry: expected a list of \"crash\", \"timeout\" and \"error\", none of them twice, "
    "found ";
const std::string cpus_hint = "; write cpu_affinity = [0, 1]";
const std::string retry_hint = "; write retry = [\"crash\", \"timeout\"], or [] to try nothing again";
const std::string env_hint = "; write env = { NAME = \"value\" }";

INSTANTIATE_TEST_SUITE_P(
    of_workers, wrong_worker_key,
    ::testing::Values(
        bad_text{"cpus_a_number", with("cpu_affinity = 1"), {want_cpus + "the number 1" + cpus_hint}},
        bad_text{"cpus_none", with("cpu_affinity = []"), {want_cpus + "an empty list" + cpus_hint}},
        bad_text{
            "cpus_below_zero", with("cpu_affinity = [0, -1]"), {want_cpus + "the list [0, -1]" + cpus_hint}},
        bad_text{"cpus_too_high", with("cpu_affinity = [8192]"), {want_cpus + "the list [8192]" + cpus_hint}},
        bad_text{"retry_a_word", with("retry = 'crash'"), {want_retry + "the string \"crash\"" + retry_hint}},
        bad_text{"retry_misspelt", with("retry = ['crush']"), {want_retry + "a list of 1" + retry_hint}},
        bad_text{
            "retry_twice", with("retry = ['error', 'error']"), {want_retry + "a list of 2" + retry_hint}},
        bad_text{"on_quarantine",
                 with("on_quarantine = 'halt'"),
                 {"p.toml:3:17: error: on_quarantine: expected \"continue\" or \"stop\", found the string "
                  "\"halt\""}},
        bad_text{"env_a_list",
                 with("env = ['A=1']"),
                 {"p.toml:3:7: error: env: expected a table of up to 1000 variables, found a list of 1" +
                  env_hint}},
        bad_text{"env_a_number",
                 with("env = { A = 1 }"),
                 {"p.toml:3:13: error: env.A: expected a string without NUL, found the number 1" + env_hint}},
        bad_text{"env_with_equals",
                 with("env = { 'A=B' = '1' }"),
                 {"p.toml:3:7: error: env: 'A=B' is no name of a variable: it is empty, or holds '=' or NUL" +
                  env_hint}},
        bad_text{
            "stop_signal",
            with("stop = { signal = 'SIGKILL', timeout = '2h' }"),
            {"p.toml:3:19: error: stop.signal: expected \"SIGTERM\", \"SIGINT\", \"SIGQUIT\", \"SIGHUP\", "
             "\"SIGUSR1\" or \"SIGUSR2\", found the string \"SIGKILL\"",
             "p.toml:3:40: error: stop.timeout: expected a duration from 0s to 1h, found the string \"2h\"" +
                 units}},
        bad_text{
            "heartbeat",
            with("heartbeat_timeout = '10ms'"),
            {"p.toml:3:21: error: heartbeat_timeout: expected a duration from 1s to 24h, found the string "
             "\"10ms\"" +
             units}},
        bad_text{
            "start",
            with("start_timeout = 5"),
            {"p.toml:3:17: error: start_timeout: expected a duration from 100ms to 24h, found the number 5" +
             units}}),
    name_of_row);

TEST(what_needs_a_process, is_refused_in_threads) {
  const std::string thread = "place = 'thread'\n";
  for (const std::string key :
       {"limits = { nofile = 100 }", "nice = 1", "cpu_affinity = [0]", "env = { A = '1' }", "cwd = '/'",
        "stop = { timeout = '1s' }", "start_timeout = '1s'", "heartbeat_timeout = '1s'", "max_jobs = 5"}) {
    const auto errors = errors_of(with(thread + key));
    ASSERT_EQ(errors.size(), 1U) << key;
    EXPECT_NE(
        errors[0].find(": a stage with place = \"thread\" has no process of its own; remove it, or set place "
                       "= \"process\""),
        std::string::npos)
        << errors[0];
  }
  EXPECT_EQ(
      errors_of(with(thread + "workers = { max = 2 }")),
      lines{
          "p.toml:4:11: error: workers: only processes are started and stopped as they are needed; write how "
          "many, or set place = \"process\""});
}

}  // namespace
}  // namespace troupe::config::read_worker_test
