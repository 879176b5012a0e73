#include "errors_of.hpp"

#include <gtest/gtest.h>

namespace troupe::config::overrides_test {
namespace {

using testing::bad_text;
using testing::errors_of;
using testing::lines;
using testing::name_of_row;

constexpr const char* pipeline = R"([stage.count]
from    = { files = "*.txt" }
workers = 2
[stage.top]
from    = "count"
[actor.buyer]
options = { refill = 50 }
[supervisor.store]
children = "buyer"
[actor.ledger]
place = "back"
[process.back]
limits = { memory_max = "1G" }
)";

stage count_with(const lines& overrides) {
  const auto loaded = parse(pipeline, "p.toml", overrides);
  EXPECT_TRUE(loaded) << to_string(loaded.error().front());
  return loaded ? loaded->stages.front() : stage{};
}

TEST(overrides, a_toml_value_replaces_what_is_written) {
  EXPECT_EQ(count_with({"stage.count.workers=8"}).workers, 8U);
}

TEST(overrides, the_last_of_two_wins) {
  EXPECT_EQ(count_with({"stage.count.workers=8", "stage.count.workers=9"}).workers, 9U);
}

TEST(overrides, blanks_around_names_and_values_do_not_count) {
  EXPECT_EQ(count_with({" stage . count . workers =  8 "}).workers, 8U);
}

TEST(overrides, what_is_no_toml_value_is_a_plain_string) {
  EXPECT_EQ(count_with({"stage.count.timeout=2s"}).timeout, milliseconds(2000));
  EXPECT_EQ(count_with({"stage.count.quarantine=/tmp/a b=c"}).quarantine, "/tmp/a b=c");
  EXPECT_EQ(count_with({"stage.count.from.files=logs/*.log"}).from_source,
            source(files_source{{"logs/*.log"}}));
}

TEST(overrides, quotes_are_those_of_toml) {
  EXPECT_EQ(count_with({R"(stage.count.call="8")"}).call, "8");
}

TEST(overrides, a_plain_string_may_have_several_lines) {
  EXPECT_EQ(count_with({"stage.count.quarantine=1\nworkers = 3"}).quarantine, "1\nworkers = 3");
}

TEST(overrides, lists_and_tables_are_set_as_a_whole) {
  EXPECT_EQ(count_with({"stage.count.from={ range = [0, 3] }"}).from_source, source(range_source{0, 3}));
  EXPECT_EQ(count_with({R"(stage.count.from.files=["a", "b"])"}).from_source,
            source(files_source{{"a", "b"}}));
}

TEST(overrides, tables_that_are_not_there_are_made) {
  EXPECT_EQ(count_with({"stage.count.batch.size=7", "stage.count.batch.wait=5ms"}).batch,
            (batch{7, batch{}.bytes, milliseconds(5)}));
}

TEST(overrides, set_keys_and_options_of_actors) {
  const auto loaded = parse(pipeline, "p.toml",
                            {"actor.buyer.place=detached", "actor.buyer.mailbox.capacity=3",
                             "actor.buyer.options.refill=7", "actor.buyer.options.shop.name=corner"});
  ASSERT_TRUE(loaded) << to_string(loaded.error().front());
  const actor& buyer = loaded->actors.at(0);
  EXPECT_EQ(buyer.place, actor::placement::detached);
  EXPECT_EQ(buyer.mailbox.capacity, 3U);
  EXPECT_EQ(find(buyer.options, "refill")->value, (value{std::int64_t{7}, {0, 0, 3}}));
  EXPECT_EQ(find(buyer.options, "shop")->value,
            (value{table{{"name", {0, 0, 4}, {"corner", {0, 0, 4}}}}, {0, 0, 4}}));
}

TEST(overrides, set_keys_of_supervisors) {
  const auto loaded = parse(pipeline, "p.toml", {"supervisor.store.strategy=one_for_all"});
  ASSERT_TRUE(loaded) << to_string(loaded.error().front());
  EXPECT_EQ(loaded->supervisors.at(0).strategy, supervisor::strategy_of::one_for_all);
}

TEST(overrides, set_limits_of_processes_and_who_is_in_them) {
  const auto loaded = parse(pipeline, "p.toml",
                            {"process.back.limits.memory_max=2G", "process.back.limits.nofile=64",
                             "process.back.limits.cpu_time=60s", "actor.buyer.place=back"});
  ASSERT_TRUE(loaded) << to_string(loaded.error().front());
  const process& back = loaded->processes.at(0);
  resource_limits expected;
  expected.memory_max = std::size_t{2} << 30;
  expected.open_files = 64;
  expected.cpu_time = std::chrono::seconds(60);
  EXPECT_EQ(back.limits, expected);
  EXPECT_EQ(where(back, "limits.memory_max"), (position{0, 0, 1}));
  EXPECT_EQ(loaded->actors.at(0).process, "back");
}

TEST(overrides, have_a_number_instead_of_a_line) {
  EXPECT_EQ(where(count_with({"stage.count.place=thread", "stage.count.workers=8"}), "workers"),
            (position{0, 0, 2}));
}

TEST(overrides, mend_the_file_before_it_is_checked) {
  EXPECT_EQ(errors_of("[stage.a]\nfrom = 1\n", {"stage.a.from={stdin=true}"}), lines{});
  EXPECT_EQ(errors_of("[stage.a]\n", {"stage.a.from={stdin=true}"}), lines{});
}

class wrong_override : public ::testing::TestWithParam<bad_text> {};

TEST_P(wrong_override, is_reported_with_its_text) {
  const bad_text& row = GetParam();
  lines expected;
  for (const std::string& error : row.errors) expected.push_back("--set " + row.text + ": error: " + error);
  EXPECT_EQ(errors_of(pipeline, {row.text}), expected);
}

const std::string form = "expected KEY.PATH=VALUE; for example --set stage.count.workers=8";

INSTANTIATE_TEST_SUITE_P(
    form, wrong_override,
    ::testing::Values(
        bad_text{"empty", "", {form}}, bad_text{"no_value", "stage.count.workers", {form}},
        bad_text{"no_path", "=8", {form}}, bad_text{"an_empty_name", "stage..workers=8", {form}},
        bad_text{"a_quoted_name", "stage.\"count\".workers=8", {form}},
        bad_text{"a_path_without_end", "a" + std::string(100, '.') + "b=8", {"more than 32 dots in one key"}},
        bad_text{"a_deep_value",
                 "stage.count.from=" + std::string(10'000, '['),
                 {"more than 32 levels of brackets"}},
        bad_text{"not_utf8", "stage.count.call=\xFF", {"byte 0xFF is not UTF-8"}},
        bad_text{
            "an_open_list",
            "stage.count.from=['a'",
            {"invalid TOML in array: encountered end-of-file; quote the value if it is meant as a string"}},
        bad_text{"two_values",
                 "stage.count.from=['a']\nx = 1",
                 {"there is more than one value; quote the value if it is meant as a string"}},
        bad_text{"too_short",
                 "stage.count=8",
                 {"names no key of a stage; for example --set stage.count.workers=8"}},
        bad_text{"too_short_for_an_actor",
                 "actor.buyer=8",
                 {"names no key of an actor; for example --set actor.buyer.options.refill=7"}},
        bad_text{"too_short_for_a_supervisor",
                 "supervisor.store=8",
                 {"names no key of a supervisor; for example --set supervisor.store.strategy=one_for_all"}},
        bad_text{"too_short_for_a_process",
                 "process.back=8",
                 {"names no key of a process; for example --set process.back.limits.memory_max=1G"}}),
    name_of_row);

INSTANTIATE_TEST_SUITE_P(
    path, wrong_override,
    ::testing::Values(
        bad_text{"unknown_section", "stge.count.workers=8", {"unknown key 'stge'; did you mean 'stage'?"}},
        bad_text{"unknown_section_near_actor",
                 "actr.buyer.place=thread",
                 {"unknown key 'actr'; did you mean 'actor'?"}},
        bad_text{"unknown_actor",
                 "actor.byer.place=thread",
                 {"actor 'byer' does not exist; did you mean 'buyer'?"}},
        bad_text{"unknown_supervisor",
                 "supervisor.stre.strategy=one_for_all",
                 {"supervisor 'stre' does not exist; did you mean 'store'?"}},
        bad_text{"unknown_process",
                 "process.bakc.limits.nofile=64",
                 {"process 'bakc' does not exist; did you mean 'back'?"}},
        bad_text{"unknown_key_of_a_process",
                 "process.back.limit.nofile=64",
                 {"unknown key 'limit' in [process.back]; did you mean 'limits'?"}},
        bad_text{"unknown_key_of_an_actor",
                 "actor.buyer.plce=thread",
                 {"unknown key 'plce' in [actor.buyer]; did you mean 'place'?"}},
        bad_text{"below_an_option_that_is_no_table",
                 "actor.buyer.options.refill.by=8",
                 {"'refill' is the number 50, not a table; set it as a whole: refill={ ... }"}},
        bad_text{"unknown_stage",
                 "stage.cuont.workers=8",
                 {"stage 'cuont' does not exist; did you mean 'count'?"}},
        bad_text{"unknown_key",
                 "stage.count.wrokers=8",
                 {"unknown key 'wrokers' in [stage.count]; did you mean 'workers'?"}},
        bad_text{"unknown_key_below_a_key",
                 "stage.count.batch.siez=8",
                 {"unknown key 'siez' in 'batch'; did you mean 'size'?"}},
        bad_text{"a_later_key",
                 "stage.count.launcher=8",
                 {"key 'launcher' is not supported in this version; it comes with a later version"}},
        bad_text{"below_a_number",
                 "stage.count.workers.min=8",
                 {"'workers' is the number 2, not a table; set it as a whole: workers={ ... }"}}),
    name_of_row);

INSTANTIATE_TEST_SUITE_P(
    value, wrong_override,
    ::testing::Values(
        bad_text{"of_the_wrong_type",
                 "stage.count.workers=many",
                 {"workers: expected a whole number from 1 to 1024, found the string \"many\""}},
        bad_text{"empty",
                 "stage.count.workers=",
                 {"workers: expected a whole number from 1 to 1024, found the string \"\""}},
        bad_text{"of_a_stage_that_does_not_exist",
                 "stage.top.from=cuont",
                 {"stage 'cuont' does not exist; did you mean 'count'?"}},
        bad_text{"of_a_mailbox",
                 "actor.buyer.mailbox.capacity=-1",
                 {"mailbox.capacity: expected a whole number from 0 to 1000000000, found the number -1"}},
        bad_text{
            "of_a_limit",
            "process.back.limits.memory_max=1",
            {"limits.memory_max: expected a size from 1 MiB to 1 PiB, found the number 1; write a number "
             "with its unit: \"64KiB\", \"1MiB\""}},
        bad_text{
            "of_a_place_that_does_not_exist",
            "actor.buyer.place=bakc",
            {"place: expected \"thread\", \"detached\", \"process\" or the name of a [process.NAME], found "
             "the string \"bakc\"; did you mean 'back'?"}},
        bad_text{"of_a_child_that_does_not_exist",
                 "supervisor.store.children=['byer']",
                 {"there is no actor and no supervisor 'byer'; did you mean 'buyer'?"}},
        bad_text{"that_closes_a_cycle",
                 "stage.count.from=top",
                 {"stages take from each other in a cycle: count -> top -> count"}}),
    name_of_row);

TEST(overrides, errors_of_the_file_come_first) {
  EXPECT_EQ(
      errors_of("[stage.a]\nfrom = { stdin = true }\nform = 1\n", {"nonsense", "stage.a.workers=0"}),
      (lines{
          "p.toml:3:1: error: unknown key 'form' in [stage.a]; did you mean 'from'?",
          "--set nonsense: error: " + form,
          "--set stage.a.workers=0: error: workers: expected a whole number from 1 to 1024, found the number "
          "0"}));
}

TEST(overrides, of_a_stage_that_is_no_table_leave_its_error_as_it_is) {
  EXPECT_EQ(errors_of("stage.a = 3\n", {"stage.a.workers=1"}),
            lines{"p.toml:1:11: error: [stage.a]: expected a table, found the number 3"});
}

}  // namespace
}  // namespace troupe::config::overrides_test
