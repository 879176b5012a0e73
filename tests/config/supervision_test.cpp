// What can only be seen with all actors and supervisors: names, children, who restarts whom.
#include "errors_of.hpp"

#include <gtest/gtest.h>

namespace troupe::config::supervision_test {
namespace {

using testing::bad_text;
using testing::errors_of;
using testing::lines;
using testing::name_of_row;

class wrong_supervision : public ::testing::TestWithParam<bad_text> {};

TEST_P(wrong_supervision, is_reported_where_it_is_written) {
  EXPECT_EQ(errors_of(GetParam().text), GetParam().errors);
}

const std::string actors = "[actor.warehouse]\n[actor.buyer]\n";  // lines 1 and 2
const std::string stage = "[stage.parse]\nfrom = { stdin = true }\n";
const std::string different = "; stages, actors, supervisors and processes of a file need different names";
const std::string one_parent = " already; each has one supervisor";

INSTANTIATE_TEST_SUITE_P(
    children, wrong_supervision,
    ::testing::Values(
        bad_text{"that_are_nobody",
                 actors + "[supervisor.s]\nchildren = ['buyer', 'warehuose', 'zzz']\n",
                 {"p.toml:4:22: error: there is no actor and no supervisor 'warehuose'; did you mean "
                  "'warehouse'?",
                  "p.toml:4:35: error: there is no actor and no supervisor 'zzz'"}},
        bad_text{"near_a_supervisor",
                 actors + "[supervisor.shop]\nchildren = ['buyer']\n[supervisor.s]\nchildren = 'shp'\n",
                 {"p.toml:6:12: error: there is no actor and no supervisor 'shp'; did you mean 'shop'?"}},
        bad_text{
            "that_are_stages",
            stage + "[supervisor.s]\nchildren = ['parse']\n",
            {"p.toml:4:13: error: 'parse' is a stage, and supervisors have actors; the 'restart' of a stage "
             "says how its workers are restarted"}},
        bad_text{"listed_twice",
                 actors + "[supervisor.s]\nchildren = ['buyer', 'warehouse', 'buyer']\n",
                 {"p.toml:4:35: error: children[2]: 'buyer' stands twice in the list"}},
        bad_text{"of_two_supervisors",
                 actors + "[supervisor.s]\nchildren = ['buyer']\n[supervisor.t]\nchildren = ['warehouse', "
                          "'buyer']\n",
                 {"p.toml:6:26: error: 'buyer' is a child of [supervisor.s]" + one_parent}},
        bad_text{"supervisors_of_two_supervisors",
                 actors + "[supervisor.s]\nchildren = ['low']\n[supervisor.t]\nchildren = ['low']\n"
                          "[supervisor.low]\nchildren = ['buyer']\n",
                 {"p.toml:6:13: error: 'low' is a child of [supervisor.s]" + one_parent}},
        bad_text{
            "missing",
            actors + "[supervisor.s]\nstrategy = 'one_for_all'\n",
            {"p.toml:3:1: error: [supervisor.s] has no 'children'; name one or more actors or supervisors: "
             "children = [\"NAME\"]"}},
        bad_text{
            "an_empty_list",
            actors + "[supervisor.s]\nchildren = []\n",
            {"p.toml:4:12: error: children: expected a string or a list of strings, found an empty list"}},
        bad_text{"without_any_actor",
                 "[supervisor.s]\nchildren = ['a']\n",
                 {"p.toml:2:13: error: there is no actor and no supervisor 'a'"}}),
    name_of_row);

const std::string cycle = "supervisors list each other in a cycle: ";

INSTANTIATE_TEST_SUITE_P(
    cycles, wrong_supervision,
    ::testing::Values(
        bad_text{"of_one", "[supervisor.a]\nchildren = ['a']\n", {"p.toml:2:13: error: " + cycle + "a -> a"}},
        bad_text{"of_two",
                 "[supervisor.a]\nchildren = ['b']\n[supervisor.b]\nchildren = ['a']\n",
                 {"p.toml:2:13: error: " + cycle + "a -> b -> a"}},
        bad_text{"of_three_beside_an_actor",
                 actors + "[supervisor.a]\nchildren = ['buyer', 'c']\n[supervisor.b]\nchildren = ['a']\n"
                          "[supervisor.c]\nchildren = ['warehouse', 'b']\n",
                 {"p.toml:4:22: error: " + cycle + "a -> c -> b -> a"}},
        bad_text{"below_another",
                 "[supervisor.top]\nchildren = ['a']\n[supervisor.a]\nchildren = ['b']\n[supervisor.b]\n"
                 "children = ['a']\n",
                 {"p.toml:4:13: error: " + cycle + "a -> b -> a",
                  "p.toml:6:13: error: 'a' is a child of [supervisor.top]" + one_parent}}),
    name_of_row);

TEST(supervision, a_tree_of_supervisors_is_good) {
  EXPECT_EQ(errors_of(actors + "[actor.c]\n[supervisor.top]\nchildren = ['left', 'c', 'right']\n"
                               "[supervisor.left]\nchildren = ['buyer']\n[supervisor.right]\nchildren = "
                               "['warehouse']\n"),
            lines{});
}

TEST(supervision, a_long_cycle_is_shown_shortly) {
  std::string text;
  for (int i = 0; i < 1000; ++i) {
    text +=
        "[supervisor.s" + std::to_string(i) + "]\nchildren = ['s" + std::to_string((i + 1) % 1000) + "']\n";
  }
  EXPECT_EQ(errors_of(text),
            lines{"p.toml:2:13: error: " + cycle +
                  "s0 -> s1 -> s2 -> s3 -> s4 -> s5 -> s6 -> s7 -> s8 -> ... -> s999 -> s0"});
}

INSTANTIATE_TEST_SUITE_P(
    names, wrong_supervision,
    ::testing::Values(
        bad_text{"of_an_actor_and_a_supervisor",
                 actors + "[supervisor.buyer]\nchildren = ['warehouse']\n",
                 {"p.toml:3:1: error: [supervisor.buyer] has the name of [actor.buyer]" + different}},
        bad_text{"of_a_stage_and_an_actor",
                 "[actor.parse]\n" + stage,
                 {"p.toml:2:1: error: [stage.parse] has the name of [actor.parse]" + different}},
        bad_text{"of_all_three",
                 "[supervisor.parse]\nchildren = ['a']\n[actor.a]\n[actor.parse]\n" + stage,
                 {"p.toml:4:1: error: [actor.parse] has the name of [supervisor.parse]" + different,
                  "p.toml:5:1: error: [stage.parse] has the name of [supervisor.parse]" + different}}),
    name_of_row);

INSTANTIATE_TEST_SUITE_P(restarts, wrong_supervision,
                         ::testing::Values(bad_text{
                             "of_an_actor_with_a_supervisor",
                             "[actor.a]\nrestart = { burst = 1 }\n[supervisor.s]\nchildren = ['a']\n",
                             {"p.toml:2:11: error: restart: this actor is a child of [supervisor.s], which "
                              "restarts it; remove it, or write it in [supervisor.s]"}}),
                         name_of_row);

TEST(supervision, an_actor_without_supervisor_has_a_restart_of_its_own) {
  EXPECT_EQ(errors_of("[actor.a]\nrestart = { burst = 1 }\n[actor.b]\n[supervisor.s]\nchildren = ['b']\n"),
            lines{});
}

TEST(supervision, after_a_wrong_statement_nobody_is_called_missing) {
  EXPECT_EQ(errors_of("[actor..a]\n[supervisor.s]\nchildren = ['a']\n[supervisor.t]\nchildren = = 1\n"),
            (lines{"p.toml:1:8: error: invalid TOML in key: expected bare key starting character or string "
                   "delimiter, saw '.'",
                   "p.toml:5:12: error: invalid TOML in value: could not determine value type"}));
}

TEST(supervision, an_actor_that_is_no_table_is_still_somebody) {
  EXPECT_EQ(errors_of("actor.a = 3\n[supervisor.s]\nchildren = ['a']\n"),
            lines{"p.toml:1:11: error: [actor.a]: expected a table, found the number 3"});
}

}  // namespace
}  // namespace troupe::config::supervision_test
