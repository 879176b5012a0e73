// [actor.NAME] and [supervisor.NAME]: what arrives, and each key by itself when it is wrong.
#include "errors_of.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace troupe::config::read_actors_test {
namespace {

using namespace std::chrono_literals;
using testing::bad_text;
using testing::errors_of;
using testing::lines;
using testing::name_of_row;

constexpr const char* everything = R"(
[actor.warehouse]
call    = "store_room"
place   = "detached"
mailbox = { capacity = 100, overflow = "drop_oldest" }

[actor.buyer]
options = { shop = "warehouse", refill = 50, rate = 0.5, eager = true, items = ["tea", "cups"], by = { day = "1d" } }
restart = { policy = "always", burst = 2, window = "1m", delay = "0", max_delay = "1.5s" }

[actor.plain]

[supervisor.all]
children = ["store", "plain"]

[supervisor.store]
children = "warehouse"
strategy = "rest_for_one"
restart  = { burst = 9 }
)";

file loaded_from(const std::string& text, const lines& overrides = {}) {
  const auto loaded = parse(text, "p.toml", overrides);
  EXPECT_TRUE(loaded) << to_string(loaded.error().front());
  return loaded ? *loaded : file{};
}

TEST(actors, every_key_arrives_in_its_field) {
  const file whole = loaded_from(everything);
  ASSERT_EQ(whole.actors.size(), 3U);
  const actor& warehouse = whole.actors[0];
  EXPECT_EQ(warehouse.name, "warehouse");
  EXPECT_EQ(warehouse.call, "store_room");
  EXPECT_EQ(warehouse.place, actor::placement::detached);
  EXPECT_EQ(warehouse.mailbox, (mailbox_options{100, overflow::drop_oldest}));
  EXPECT_EQ(whole.actors[1].restart, (restart_options{restart_when::always, 2, 60s, 0ms, 1500ms}));
}

TEST(actors, have_defaults_for_all_that_is_not_written) {
  const actor plain = loaded_from(everything).actors.at(2);
  actor expected;
  expected.name = expected.call = "plain";
  expected.at = plain.at;
  EXPECT_EQ(plain, expected);
  EXPECT_EQ(plain.place, actor::placement::thread);
  EXPECT_EQ(plain.mailbox, (mailbox_options{4096, overflow::wait}));
  EXPECT_EQ(plain.options, table{});
  EXPECT_EQ(plain.restart, restart_options{});
}

TEST(actors, may_have_a_mailbox_without_bound) {
  EXPECT_EQ(loaded_from("[actor.a]\nmailbox = { capacity = 0 }\n").actors.at(0).mailbox.capacity, 0U);
  EXPECT_EQ(loaded_from("[actor.a]\nmailbox = { capacity = 1000000000 }\n").actors.at(0).mailbox.capacity,
            1'000'000'000U);
}

TEST(actors, options_arrive_as_a_tree_with_positions) {
  const actor buyer = loaded_from(everything).actors.at(1);
  const auto at = [&](std::string_view key) {
    const entry* found = find(buyer.options, key);
    return found == nullptr ? value{} : found->value;
  };
  ASSERT_EQ(buyer.options.size(), 6U);
  EXPECT_EQ(at("shop"), (value{"warehouse", {8, 20}}));
  EXPECT_EQ(at("refill"), (value{std::int64_t{50}, {8, 42}}));
  EXPECT_EQ(at("rate"), (value{0.5, {8, 53}}));
  EXPECT_EQ(at("eager"), (value{true, {8, 66}}));
  EXPECT_EQ(at("items"), (value{array{{"tea", {8, 81}}, {"cups", {8, 88}}}, {8, 80}}));
  EXPECT_EQ(at("by"), (value{table{{"day", {8, 104}, {"1d", {8, 110}}}}, {8, 102}}));
  EXPECT_EQ(buyer.options.front().where, (position{8, 13}));
  EXPECT_EQ(where(buyer, "options"), (position{8, 11}));
}

TEST(actors, options_may_be_a_table_of_their_own) {
  const file whole =
      loaded_from("[actor.a]\n[actor.a.options]\nrefill = 1\n[actor.a.options.more]\nx = 'y'\n");
  EXPECT_EQ(find(whole.actors.at(0).options, "refill")->value, (value{std::int64_t{1}, {3, 10}}));
  EXPECT_EQ(find(whole.actors.at(0).options, "more")->value,
            (value{table{{"x", {5, 1}, {"y", {5, 5}}}}, {4, 1}}));
}

TEST(actors, keys_of_options_may_have_any_characters) {
  const file whole = loaded_from("[actor.a.options]\n\"two words\" = 1\n'' = 2\n");
  EXPECT_EQ(whole.actors.at(0).options.at(0).key, "two words");
  EXPECT_EQ(whole.actors.at(0).options.at(1).key, "");
}

TEST(actors, alone_are_a_file) {
  EXPECT_EQ(errors_of("[actor.a]\n"), lines{});
}

TEST(actors, stand_beside_stages) {
  const file whole = loaded_from("[actor.b]\n[stage.s]\nfrom = { stdin = true }\n[actor.a]\n");
  EXPECT_EQ(whole.stages.size(), 1U);
  ASSERT_EQ(whole.actors.size(), 2U);
  EXPECT_EQ(whole.actors[0].name + whole.actors[1].name, "ba");
}

TEST(actors, know_where_each_key_stands) {
  const actor warehouse = loaded_from(everything).actors.at(0);
  EXPECT_EQ(where(warehouse, ""), (position{2, 1}));
  EXPECT_EQ(where(warehouse, "call"), (position{3, 11}));
  EXPECT_EQ(where(warehouse, "mailbox.overflow"), (position{5, 40}));
  EXPECT_EQ(where(warehouse, "options.shop"), (position{2, 1}));
}

TEST(supervisors, every_key_arrives_in_its_field) {
  const file whole = loaded_from(everything);
  ASSERT_EQ(whole.supervisors.size(), 2U);
  const supervisor& all = whole.supervisors[0];
  EXPECT_EQ(all.name, "all");
  EXPECT_EQ(all.children, (lines{"store", "plain"}));
  EXPECT_EQ(all.strategy, supervisor::strategy_of::one_for_one);
  EXPECT_EQ(all.restart, restart_options{});
  const supervisor& store = whole.supervisors[1];
  EXPECT_EQ(store.children, lines{"warehouse"});
  EXPECT_EQ(store.strategy, supervisor::strategy_of::rest_for_one);
  EXPECT_EQ(store.restart.burst, 9U);
}

TEST(supervisors, know_where_each_child_stands) {
  const file whole = loaded_from(everything);
  EXPECT_EQ(where(whole.supervisors.at(0), "children[1]"), (position{14, 22}));
  EXPECT_EQ(where(whole.supervisors.at(1), "children[0]"), (position{17, 12}));
  EXPECT_EQ(where(whole.supervisors.at(1), "restart.delay"), (position{19, 12}));
}

TEST(supervisors, may_restart_all_their_children) {
  EXPECT_EQ(loaded_from("[actor.a]\n[supervisor.s]\nchildren = ['a']\nstrategy = 'one_for_all'\n")
                .supervisors.at(0)
                .strategy,
            supervisor::strategy_of::one_for_all);
}

class wrong_actor : public ::testing::TestWithParam<bad_text> {};

TEST_P(wrong_actor, is_reported_where_it_is_written) {
  EXPECT_EQ(errors_of(GetParam().text), GetParam().errors);
}

/// An actor that is good but for the line, which stands at line 2.
std::string actor_with(const std::string& line) {
  return "[actor.a]\n" + line + "\n";
}

const std::string capacity =
    "p.toml:2:24: error: mailbox.capacity: expected a whole number from 0 to 1000000000, found ";

INSTANTIATE_TEST_SUITE_P(
    values, wrong_actor,
    ::testing::Values(
        bad_text{"call_a_number",
                 actor_with("call = 3"),
                 {"p.toml:2:8: error: call: expected a string that is not empty, found the number 3"}},
        bad_text{
            "capacity_negative", actor_with("mailbox = { capacity = -1 }"), {capacity + "the number -1"}},
        bad_text{"capacity_huge",
                 actor_with("mailbox = { capacity = 1000000001 }"),
                 {capacity + "the number 1000000001"}},
        bad_text{"capacity_the_largest",
                 actor_with("mailbox = { capacity = 9223372036854775807 }"),
                 {capacity + "the number 9223372036854775807"}},
        bad_text{
            "capacity_a_size", actor_with("mailbox = { capacity = '4K' }"), {capacity + "the string \"4K\""}},
        bad_text{
            "overflow",
            actor_with("mailbox = { overflow = 'drop-oldest' }"),
            {"p.toml:2:24: error: mailbox.overflow: expected \"wait\", \"reject\" or \"drop_oldest\", found "
             "the string \"drop-oldest\"; did you mean 'drop_oldest'?"}},
        bad_text{"mailbox_a_number",
                 actor_with("mailbox = 4096"),
                 {"p.toml:2:11: error: mailbox: expected a table, found the number 4096; write mailbox = { "
                  "capacity = 4096 }"}},
        bad_text{
            "options_a_list",
            actor_with("options = ['x']"),
            {"p.toml:2:11: error: options: expected a table, found a list of 1; write options = { NAME = "
             "VALUE }"}},
        bad_text{
            "restart_policy",
            actor_with("restart = { policy = 'on_failure' }"),
            {"p.toml:2:22: error: restart.policy: expected \"always\", \"on-failure\" or \"never\", found "
             "the string \"on_failure\"; did you mean 'on-failure'?"}},
        bad_text{"restart_delay",
                 actor_with("restart = { delay = '1m' }"),
                 {"p.toml:2:11: error: restart: delay is longer than max_delay"}}),
    name_of_row);

const std::string place =
    "p.toml:2:9: error: place: expected \"thread\", \"detached\", \"process\" or the name of a "
    "[process.NAME], "
    "found ";

INSTANTIATE_TEST_SUITE_P(
    places, wrong_actor,
    ::testing::Values(
        bad_text{"a_process_that_is_not_there",
                 actor_with("place = 'back'"),
                 {place + "the string \"back\"; a process of that name begins with [process.back]"}},
        bad_text{"its_own_name",
                 actor_with("place = 'a'"),
                 {place + "the string \"a\"; a process of that name begins with [process.a]"}},
        bad_text{"no_name_of_a_process",
                 actor_with("place = 'over there'"),
                 {place + "the string \"over there\""}},
        bad_text{"with_control_characters",
                 actor_with("place = \"a\\u0000\\n\""),
                 {place + "the string \"a\\x00\\n\""}},
        bad_text{"near_a_process",
                 actor_with("place = 'bakc'\n[process.back]\n[actor.b]\nplace = 'back'"),
                 {place + "the string \"bakc\"; did you mean 'back'?"}},
        bad_text{"an_actor_in_a_process",
                 actor_with("place = 'loner'\n[actor.loner]\nplace = 'process'"),
                 {place + "the string \"loner\"; a process of that name begins with [process.loner]"}},
        bad_text{"empty", actor_with("place = ''"), {place + "the string \"\""}},
        bad_text{"a_table", actor_with("place = { process = 'a' }"), {place + "a table"}},
        bad_text{"misspelt",
                 actor_with("place = 'detach'"),
                 {place + "the string \"detach\"; did you mean 'detached'?"}},
        bad_text{"a_number", actor_with("place = 2"), {place + "the number 2"}}),
    name_of_row);

INSTANTIATE_TEST_SUITE_P(
    keys, wrong_actor,
    ::testing::Values(
        bad_text{"near_one",
                 actor_with("mailbx = 1"),
                 {"p.toml:2:1: error: unknown key 'mailbx' in [actor.a]; did you mean 'mailbox'?"}},
        bad_text{"of_a_stage",
                 actor_with("workers = 1"),
                 {"p.toml:2:1: error: unknown key 'workers' in [actor.a]; the keys are call, place, mailbox, "
                  "options and restart"}},
        bad_text{"below_mailbox",
                 actor_with("mailbox = { capcity = 1 }"),
                 {"p.toml:2:13: error: unknown key 'capcity' in 'mailbox'; did you mean 'capacity'?"}},
        bad_text{"below_restart",
                 actor_with("restart.brust = 1"),
                 {"p.toml:2:9: error: unknown key 'brust' in 'restart'; did you mean 'burst'?"}},
        bad_text{"of_the_file",
                 "[actors.a]\n[actor.a]\n",
                 {"p.toml:1:2: error: unknown key 'actors' in the file; did you mean 'actor'?"}}),
    name_of_row);

const std::string alphabet = "is not 1 to 64 letters, digits, '-' and '_'";

INSTANTIATE_TEST_SUITE_P(
    names, wrong_actor,
    ::testing::Values(
        bad_text{"empty", "[actor.\"\"]\n", {"p.toml:1:8: error: actor name '' " + alphabet}},
        bad_text{"with_a_dot", "[actor.\"a.b\"]\n", {"p.toml:1:8: error: actor name 'a.b' " + alphabet}},
        bad_text{
            "with_a_line_feed", "[actor.\"a\\nb\"]\n", {"p.toml:1:8: error: actor name 'a\\nb' " + alphabet}},
        bad_text{"of_a_supervisor",
                 "[actor.a]\n[supervisor.\"\"]\nchildren = ['a']\n",
                 {"p.toml:2:13: error: supervisor name '' " + alphabet}},
        bad_text{"an_actor_that_is_a_number",
                 "[actor]\na = 3\n",
                 {"p.toml:2:5: error: [actor.a]: expected a table, found the number 3"}},
        bad_text{"a_list_of_actors",
                 "[[actor.a]]\n",
                 {"p.toml:1:1: error: [actor.a]: expected a table, found a list of 1"}},
        bad_text{"actor_is_a_number",
                 "actor = 3\n",
                 {"p.toml:1:9: error: actor: expected tables such as [actor.warehouse], found the number 3"}},
        bad_text{
            "supervisor_is_a_list",
            "supervisor = []\n",
            {"p.toml:1:14: error: supervisor: expected tables such as [supervisor.store], found an empty "
             "list"}},
        bad_text{"defined_twice",
                 "[actor.a]\n[actor.a]\n",
                 {"p.toml:2:1: error: [actor.a] is defined twice; the first is on line 1"}}),
    name_of_row);

/// A supervisor that is good but for the line, which stands at line 4.
std::string supervisor_with(const std::string& line) {
  return "[actor.a]\n[supervisor.s]\nchildren = ['a']\n" + line + "\n";
}

INSTANTIATE_TEST_SUITE_P(
    supervisors, wrong_actor,
    ::testing::Values(
        bad_text{
            "strategy",
            supervisor_with("strategy = 'one_for_al'"),
            {"p.toml:4:12: error: strategy: expected \"one_for_one\", \"one_for_all\" or \"rest_for_one\", "
             "found the string \"one_for_al\"; did you mean 'one_for_all'?"}},
        bad_text{
            "strategy_a_number",
            supervisor_with("strategy = 1"),
            {"p.toml:4:12: error: strategy: expected \"one_for_one\", \"one_for_all\" or \"rest_for_one\", "
             "found the number 1"}},
        bad_text{
            "restart",
            supervisor_with("restart = { burst = 1001 }"),
            {"p.toml:4:21: error: restart.burst: expected a whole number from 0 to 1000, found the number "
             "1001"}},
        bad_text{"unknown_key",
                 supervisor_with("stratgy = 'one_for_one'"),
                 {"p.toml:4:1: error: unknown key 'stratgy' in [supervisor.s]; did you mean 'strategy'?"}},
        bad_text{
            "unknown_key_near_none",
            supervisor_with("place = 'thread'"),
            {"p.toml:4:1: error: unknown key 'place' in [supervisor.s]; the keys are children, strategy and "
             "restart"}},
        bad_text{
            "children_a_number",
            "[actor.a]\n[supervisor.s]\nchildren = 3\n",
            {"p.toml:3:12: error: children: expected a string or a list of strings, found the number 3"}},
        bad_text{
            "children_with_a_number",
            "[actor.a]\n[supervisor.s]\nchildren = ['a', 3]\n",
            {"p.toml:3:18: error: children[1]: expected a string that is not empty, found the number 3"}},
        bad_text{
            "children_with_an_empty_name",
            "[actor.a]\n[supervisor.s]\nchildren = ['a', '']\n",
            {"p.toml:3:18: error: children[1]: expected a string that is not empty, found the string \"\""}}),
    name_of_row);

}  // namespace
}  // namespace troupe::config::read_actors_test
