// [process.NAME] and who lives there: what arrives, each key by itself when it is wrong, and what can only be
// seen with all actors.
#include "errors_of.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <utility>

namespace troupe::config::read_processes_test {
namespace {

using namespace std::chrono_literals;
using testing::bad_text;
using testing::errors_of;
using testing::lines;
using testing::name_of_row;

constexpr const char* everything = R"(
[process.back]
limits = { memory_max = "1G", address_space = "4G", nofile = 1024, cpu_time = "60s" }

[actor.here]
place = "thread"

[actor.alone]
place = "process"

[actor.ledger]
place = "back"

[actor.archive]
place = "bare"

[process.bare]
)";

file loaded_from(const std::string& text) {
  const auto loaded = parse(text, "p.toml");
  EXPECT_TRUE(loaded) << to_string(loaded.error().front());
  return loaded ? *loaded : file{};
}

TEST(processes, every_key_arrives_in_its_field) {
  const file whole = loaded_from(everything);
  ASSERT_EQ(whole.processes.size(), 2U);
  resource_limits expected;
  expected.memory_max = std::size_t{1} << 30;
  expected.address_space = std::size_t{4} << 30;
  expected.open_files = 1024;
  expected.cpu_time = 60s;
  EXPECT_EQ(whole.processes[0].name, "back");
  EXPECT_EQ(whole.processes[0].limits, expected);
}

TEST(processes, have_no_limits_unless_written) {
  EXPECT_EQ(loaded_from(everything).processes.at(1), (process{"bare", {}, {{"", {17, 1}}}}));
  EXPECT_EQ(loaded_from("[actor.a]\nplace = 'p'\n[process.p]\nlimits = { nofile = 64 }\n")
                .processes.at(0)
                .limits.memory_max,
            std::nullopt);
}

TEST(processes, know_where_each_key_stands) {
  const process back = loaded_from(everything).processes.at(0);
  EXPECT_EQ(where(back, ""), (position{2, 1}));
  EXPECT_EQ(where(back, "limits.address_space"), (position{3, 47}));
  EXPECT_EQ(where(back, "limits.core_size"), (position{3, 10}));
}

TEST(processes, may_be_a_table_with_limits_of_its_own) {
  const file whole = loaded_from("[actor.a]\nplace = 'p'\n[process.p.limits]\nnofile = 64\n");
  EXPECT_EQ(whole.processes.at(0).limits.open_files, 64U);
}

TEST(places, are_words_or_the_name_of_a_process) {
  const file whole = loaded_from(everything);
  ASSERT_EQ(whole.actors.size(), 4U);
  EXPECT_EQ(whole.actors[0].place, actor::placement::thread);
  EXPECT_EQ(whole.actors[0].process, "");
  EXPECT_EQ(whole.actors[1].place, actor::placement::process);
  EXPECT_EQ(whole.actors[1].process, "alone");
  EXPECT_EQ(whole.actors[2].place, actor::placement::process);
  EXPECT_EQ(whole.actors[2].process, "back");
  EXPECT_EQ(whole.actors[3].process, "bare");
}

TEST(places, of_children_are_their_own) {
  EXPECT_EQ(errors_of("[actor.a]\nplace = 'p'\n[actor.b]\nplace = 'process'\n[actor.c]\n[supervisor.s]\n"
                      "children = ['a', 'b', 'c']\n[process.p]\n"),
            lines{});
}

TEST(limits, bounds_are_part_of_the_range) {
  for (const char* limits :
       {"{ }", "{ memory_max = '1MiB', address_space = '1MiB', nofile = 64, cpu_time = '1s' }",
        "{ memory_max = '1024T', address_space = '1024T', nofile = 1048576, cpu_time = '30d' }",
        "{ cpu_time = '1.5m' }", "{ cpu_time = '2000ms' }"}) {
    EXPECT_EQ(errors_of("[actor.a]\nplace = 'p'\n[process.p]\nlimits = " + std::string(limits)), lines{})
        << limits;
  }
}

class wrong_process : public ::testing::TestWithParam<bad_text> {};

TEST_P(wrong_process, is_reported_where_it_is_written) {
  EXPECT_EQ(errors_of(GetParam().text), GetParam().errors);
}

/// A process that is good but for the line, which stands at line 4.
std::string process_with(const std::string& line) {
  return "[actor.a]\nplace = 'p'\n[process.p]\n" + line + "\n";
}

bad_text wrong_size(std::string name, const std::string& key, const std::string& written,
                    const std::string& found) {
  const std::string at = "p.toml:4:" + std::to_string(15 + key.size()) + ": error: limits." + key;
  return {std::move(name),
          process_with("limits = { " + key + " = " + written + " }"),
          {at + ": expected a size from 1 MiB to 1 PiB, found " + found +
           "; write a number with its unit: \"64KiB\", \"1MiB\""}};
}

INSTANTIATE_TEST_SUITE_P(
    sizes, wrong_process,
    ::testing::Values(
        wrong_size("memory_too_small", "memory_max", "'1048575'", "the string \"1048575\""),
        wrong_size("memory_too_large", "memory_max", "'1025T'", "the string \"1025T\""),
        wrong_size("memory_over_64_bits", "memory_max", "'99999999999T'", "the string \"99999999999T\""),
        wrong_size("memory_negative", "memory_max", "'-1G'", "the string \"-1G\""),
        wrong_size("memory_a_number", "memory_max", "1073741824", "the number 1073741824"),
        wrong_size("address_space_too_small", "address_space", "'1K'", "the string \"1K\""),
        wrong_size("address_space_too_large", "address_space", "'1025T'", "the string \"1025T\""),
        wrong_size("address_space_true", "address_space", "true", "true")),
    name_of_row);

const std::string nofile =
    "p.toml:4:21: error: limits.nofile: expected a whole number from 64 to 1048576, found ";
const std::string cpu_time = "p.toml:4:23: error: limits.cpu_time: expected a duration ";
const std::string with_unit = "; write a number with its unit: \"250ms\", \"20s\", \"5m\"";

INSTANTIATE_TEST_SUITE_P(
    numbers, wrong_process,
    ::testing::Values(
        bad_text{"nofile_too_small", process_with("limits = { nofile = 63 }"), {nofile + "the number 63"}},
        bad_text{"nofile_too_large",
                 process_with("limits = { nofile = 1048577 }"),
                 {nofile + "the number 1048577"}},
        bad_text{"nofile_negative", process_with("limits = { nofile = -1 }"), {nofile + "the number -1"}},
        bad_text{"nofile_a_string",
                 process_with("limits = { nofile = '1024' }"),
                 {nofile + "the string \"1024\""}},
        bad_text{"cpu_time_too_short",
                 process_with("limits = { cpu_time = '999ms' }"),
                 {cpu_time + "from 1s to 720h, found the string \"999ms\"" + with_unit}},
        bad_text{"cpu_time_too_long",
                 process_with("limits = { cpu_time = '31d' }"),
                 {cpu_time + "from 1s to 720h, found the string \"31d\"" + with_unit}},
        bad_text{"cpu_time_a_number",
                 process_with("limits = { cpu_time = 60 }"),
                 {cpu_time + "from 1s to 720h, found the number 60" + with_unit}},
        bad_text{"cpu_time_not_whole",
                 process_with("limits = { cpu_time = '1500ms' }"),
                 {cpu_time + "of whole seconds, found the string \"1500ms\""}},
        bad_text{"cpu_time_not_whole_by_a_little",
                 process_with("limits = { cpu_time = '1000001us' }"),
                 {cpu_time + "of whole seconds, found the string \"1000001us\""}}),
    name_of_row);

INSTANTIATE_TEST_SUITE_P(
    keys, wrong_process,
    ::testing::Values(
        bad_text{"limits_a_string",
                 process_with("limits = '1G'"),
                 {"p.toml:4:10: error: limits: expected a table, found the string \"1G\"; write limits = { "
                  "memory_max = \"1G\" }"}},
        bad_text{"limits_a_list",
                 process_with("[[process.p.limits]]"),
                 {"p.toml:4:1: error: limits: expected a table, found a list of 1; write limits = { "
                  "memory_max = \"1G\" }"}},
        bad_text{"near_one",
                 process_with("limit = { }"),
                 {"p.toml:4:1: error: unknown key 'limit' in [process.p]; did you mean 'limits'?"}},
        bad_text{"of_an_actor",
                 process_with("options = { }"),
                 {"p.toml:4:1: error: unknown key 'options' in [process.p]; the only key is limits"}},
        bad_text{"below_limits",
                 process_with("limits = { core_size = 0 }"),
                 {"p.toml:4:12: error: unknown key 'core_size' in 'limits'; the keys are memory_max, "
                  "address_space, nofile, cpu_time and tasks_max"}}),
    name_of_row);

const std::string different = "; stages, actors, supervisors and processes of a file need different names";
const std::string in_p = "[actor.a]\nplace = 'p'\n";  // lines 1 and 2

INSTANTIATE_TEST_SUITE_P(
    names, wrong_process,
    ::testing::Values(
        bad_text{"with_a_dot",
                 "[actor.a]\nplace = 'p.q'\n[process.\"p.q\"]\n",
                 {"p.toml:3:10: error: process name 'p.q' is not 1 to 64 letters, digits, '-' and '_'"}},
        bad_text{"of_its_actor",
                 "[actor.p]\nplace = 'p'\n[process.p]\n",
                 {"p.toml:3:1: error: [process.p] has the name of [actor.p]" + different}},
        bad_text{"of_an_actor_with_a_process",
                 in_p + "[process.p]\n[actor.p]\nplace = 'process'\n",
                 {"p.toml:4:1: error: [actor.p] has the name of [process.p]" + different}},
        bad_text{"of_a_stage",
                 in_p + "[process.p]\n[stage.p]\nfrom = { stdin = true }\n",
                 {"p.toml:4:1: error: [stage.p] has the name of [process.p]" + different}},
        bad_text{"of_a_supervisor",
                 in_p + "[supervisor.p]\nchildren = ['a']\n[process.p]\n",
                 {"p.toml:5:1: error: [process.p] has the name of [supervisor.p]" + different}},
        bad_text{"of_the_director",
                 "[actor.a]\nplace = 'director'\n[process.director]\n",
                 {"p.toml:3:1: error: [process.director]: 'director' is the process that starts the others; "
                  "give it another name"}},
        bad_text{"of_the_director_by_its_actor",
                 "[actor.director]\nplace = 'process'\n",
                 {"p.toml:2:9: error: place: the process would have the name of the actor, and 'director' is "
                  "the process that starts the others; give the actor another name, or place it in a "
                  "[process.NAME]"}},
        bad_text{
            "of_a_place",
            "[actor.a]\nplace = 'thread'\n[process.thread]\n[process.detached]\n[process.process]\n",
            {"p.toml:3:1: error: [process.thread]: place = \"thread\" means something else already; give "
             "it another name",
             "p.toml:4:1: error: [process.detached]: place = \"detached\" means something else already; "
             "give it another name",
             "p.toml:5:1: error: [process.process]: place = \"process\" means something else already; "
             "give it another name"}}),
    name_of_row);

TEST(process_names, an_actor_called_director_may_live_elsewhere) {
  EXPECT_EQ(errors_of("[actor.director]\n"), lines{});
  EXPECT_EQ(errors_of("[actor.director]\nplace = 'p'\n[process.p]\n"), lines{});
}

const std::string write_p = "; write place = \"p\" in an [actor.NAME]";

INSTANTIATE_TEST_SUITE_P(
    tables, wrong_process,
    ::testing::Values(
        bad_text{"a_number_for_all",
                 "process = 3\n[actor.a]\n",
                 {"p.toml:1:11: error: process: expected tables such as [process.back], found the number 3"}},
        bad_text{"a_list_for_all",
                 "[[process]]\n[actor.a]\n",
                 {"p.toml:1:1: error: process: expected tables such as [process.back], found a list of 1"}},
        bad_text{"a_number",
                 "process.p = 3\n[actor.a]\nplace = 'p'\n",
                 {"p.toml:1:13: error: [process.p]: expected a table, found the number 3"}},
        bad_text{"a_number_without_actor",
                 "process.p = 3\n[actor.a]\n",
                 {"p.toml:1:13: error: [process.p]: expected a table, found the number 3"}},
        bad_text{"defined_twice",
                 in_p + "[process.p]\n[process.p]\n",
                 {"p.toml:4:1: error: [process.p] is defined twice; the first is on line 3"}},
        bad_text{"without_actor",
                 "[actor.a]\nplace = 'process'\n[process.p]\n[process.q]\n[actor.b]\nplace = 'q'\n",
                 {"p.toml:3:1: error: [process.p] has no actor" + write_p}},
        bad_text{"alone", "[process.p]\n", {"p.toml:1:1: error: [process.p] has no actor" + write_p}}),
    name_of_row);

TEST(processes, are_not_called_empty_when_somebodys_place_is_unknown) {
  EXPECT_EQ(errors_of("actor.a = 3\n[process.p]\n"),
            lines{"p.toml:1:11: error: [actor.a]: expected a table, found the number 3"});
  EXPECT_EQ(errors_of("[actor.a]\nplace = 'q'\n[process.p]\n").size(), 1U);
}

TEST(processes, after_a_wrong_statement_nobody_is_called_missing) {
  EXPECT_EQ(errors_of("[actor.a]\nplace = 'q'\n[process.p]\n[process..q]\n").size(), 1U);
}

}  // namespace
}  // namespace troupe::config::read_processes_test
