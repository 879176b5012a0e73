// What is wrong with options, and how it is told: at its place in the file, with what to do.
#include "option_scene.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <ostream>

namespace troupe::runtime::wrong_options_test {
namespace {

using option_scene::buy;
using option_scene::deliver;
using option_scene::errors_of;
using option_scene::sold_out;
using lines = std::vector<std::string>;

enum class colour { red, green, blue };

struct inner {
  int depth = 1;
};
struct everything {
  bool eager = false;
  std::int8_t small = 0;
  std::uint64_t large = 0;
  std::int64_t any = 0;
  float rate = 0;
  std::string name;
  std::chrono::milliseconds wait{0};
  std::chrono::seconds pause{0};
  std::chrono::duration<std::int8_t> blink{0};
  colour paint = colour::red;
  std::optional<int> limit;
  std::vector<int> counts;
  std::map<std::string, int> by_name;
  inner in;
  std::vector<inner> structs;
};

struct bad_option {
  std::string name;
  std::string text;
  std::string error;  // behind "p.toml:2:"
};

std::ostream& operator<<(std::ostream& out, const bad_option& row) {
  return out << row.name;
}

class wrong_option : public ::testing::TestWithParam<bad_option> {};

TEST_P(wrong_option, is_reported_where_it_is_written) {
  EXPECT_EQ(errors_of<everything>(GetParam().text), lines{"p.toml:2:" + GetParam().error});
}

const std::string units = "; write a number with its unit: \"250ms\", \"20s\", \"5m\"";

INSTANTIATE_TEST_SUITE_P(
    of, wrong_option,
    ::testing::Values(
        bad_option{"bool", "eager = 1",
                   "9: error: options.eager: expected true or false, found the number 1"},
        bad_option{"integer_in_a_string", "any = '7'",
                   "7: error: options.any: expected a whole number, found the string \"7\""},
        bad_option{"integer_with_a_fraction", "any = 7.5",
                   "7: error: options.any: expected a whole number, found the number 7.5"},
        bad_option{"integer_too_large", "small = 128",
                   "9: error: options.small: expected a whole number from -128 to 127, found the number 128"},
        bad_option{
            "integer_too_small", "small = -129",
            "9: error: options.small: expected a whole number from -128 to 127, found the number -129"},
        bad_option{
            "unsigned_below_zero", "large = -1",
            "9: error: options.large: expected a whole number from 0 to 9223372036854775807, found the "
            "number -1"},
        bad_option{"float_in_a_string", "rate = 'fast'",
                   "8: error: options.rate: expected a number, found the string \"fast\""},
        bad_option{
            "float_too_large", "rate = 1e39",
            "8: error: options.rate: expected a number from -3.40282e+38 to 3.40282e+38, found the number "
            "1e+39"},
        bad_option{"string", "name = 8", "8: error: options.name: expected a string, found the number 8"},
        bad_option{"string_that_is_a_date", "name = 2024-01-01",
                   "8: error: options.name: expected a string, found the date 2024-01-01"},
        bad_option{
            "duration_as_a_number", "wait = 5",
            "8: error: options.wait: expected a duration that is a multiple of 1ms, found the number 5" +
                units},
        bad_option{"duration_without_unit", "wait = '5'",
                   "8: error: options.wait: expected a duration that is a multiple of 1ms, found the string "
                   "\"5\"" +
                       units},
        bad_option{"duration_finer_than_its_unit", "pause = '1500ms'",
                   "9: error: options.pause: expected a duration that is a multiple of 1s, found the string "
                   "\"1500ms\"" +
                       units},
        bad_option{
            "duration_longer_than_its_type", "blink = '128s'",
            "9: error: options.blink: expected a duration that is a multiple of 1s, at most 2m7s, found "
            "the string \"128s\"" +
                units},
        bad_option{"enum_misspelt", "paint = 'gren'",
                   "9: error: options.paint: expected \"red\", \"green\" or \"blue\", found the string "
                   "\"gren\"; did you mean 'green'?"},
        bad_option{"enum_as_a_number", "paint = 1",
                   "9: error: options.paint: expected \"red\", \"green\" or \"blue\", found the number 1"},
        bad_option{
            "optional", "limit = 'x'",
            "9: error: options.limit: expected a whole number from -2147483648 to 2147483647, found the "
            "string \"x\""},
        bad_option{"list", "counts = 3", "10: error: options.counts: expected a list, found the number 3"},
        bad_option{
            "element_of_a_list", "counts = [1, true]",
            "14: error: options.counts[1]: expected a whole number from -2147483648 to 2147483647, found "
            "true"},
        bad_option{"map", "by_name = ['a']",
                   "11: error: options.by_name: expected a table, found a list of 1"},
        bad_option{"value_of_a_map", "by_name = { a = 1, 'two words' = 'x' }",
                   "34: error: options.by_name.two words: expected a whole number from -2147483648 to "
                   "2147483647, found the string \"x\""},
        bad_option{"struct", "in = 3", "6: error: options.in: expected a table, found the number 3"},
        bad_option{
            "field_of_a_struct", "in.depth = 'x'",
            "12: error: options.in.depth: expected a whole number from -2147483648 to 2147483647, found "
            "the string \"x\""},
        bad_option{"field_of_a_struct_in_a_list", "structs = [{}, { depth = 'x' }]",
                   "26: error: options.structs[1].depth: expected a whole number from -2147483648 to "
                   "2147483647, found the string \"x\""},
        bad_option{"unknown_key_near_one", "eagr = true",
                   "1: error: unknown key 'eagr' in 'options'; did you mean 'eager'?"},
        bad_option{"unknown_key_with_control_characters", "\"eager\\u001b\" = true",
                   "1: error: unknown key 'eager\\x1B' in 'options'; did you mean 'eager'?"},
        bad_option{"unknown_key_of_a_struct", "in = { x = 1 }",
                   "8: error: unknown key 'x' in 'options.in'; the only key is depth"},
        bad_option{"unknown_key_of_a_struct_in_a_list", "structs = [{ dpth = 1 }]",
                   "14: error: unknown key 'dpth' in 'options.structs[0]'; did you mean 'depth'?"}),
    [](const auto& row) { return row.param.name; });

struct two {
  int refill = 1;
  bool eager = false;
};

TEST(wrong_options, an_unknown_key_near_none_is_told_what_there_is) {
  EXPECT_EQ(errors_of<two>("colour = 1"),
            lines{"p.toml:2:1: error: unknown key 'colour' in 'options'; the keys are refill and eager"});
}

struct none {};

TEST(wrong_options, a_class_without_options_has_no_keys) {
  EXPECT_EQ(errors_of<none>("refill = 1"),
            lines{"p.toml:2:1: error: unknown key 'refill' in 'options'; it has no keys"});
}

TEST(wrong_options, are_reported_together_by_position) {
  EXPECT_EQ(
      errors_of<two>("eager = 1\nrefll = 2\nrefill = 'x'\n", {"actor.buyer.options.zz=1"}),
      (lines{"p.toml:2:9: error: options.eager: expected true or false, found the number 1",
             "p.toml:3:1: error: unknown key 'refll' in 'options'; did you mean 'refill'?",
             "p.toml:4:10: error: options.refill: expected a whole number from -2147483648 to 2147483647, "
             "found the string \"x\"",
             "--set actor.buyer.options.zz=1: error: unknown key 'zz' in 'options'; the keys are refill "
             "and eager"}));
}

TEST(wrong_options, ten_thousand_unknown_keys_are_counted) {
  std::string text;
  for (int i = 0; i < 10'000; ++i) text += "k" + std::to_string(i) + " = 1\n";
  const lines errors = errors_of<two>(text);
  ASSERT_EQ(errors.size(), config::max_diagnostics + 1);
  EXPECT_EQ(errors[0], "p.toml:2:1: error: unknown key 'k0' in 'options'; the keys are refill and eager");
  EXPECT_EQ(errors.back(), "p.toml: error: 9900 more errors in the options of actor 'buyer'");
}

struct shopping {
  address<deliver, buy> shop;
  std::optional<address<sold_out>> board;
};

TEST(wrong_options, an_actor_that_does_not_exist_has_a_near_one) {
  EXPECT_EQ(errors_of<shopping>("shop = 'warehuose'"),
            lines{"p.toml:2:8: error: options.shop: actor 'warehuose' does not exist; did you mean "
                  "'warehouse'?"});
}

TEST(wrong_options, an_actor_that_does_not_receive_a_message_is_told_which) {
  EXPECT_EQ(errors_of<shopping>("shop = 'warehouse'\nboard = 'warehouse'"),
            lines{"p.toml:3:9: error: options.board: actor 'warehouse' does not receive 'sold_out'"});
}

struct wide {
  address<sold_out, deliver, int> shop;
};

TEST(wrong_options, an_actor_that_does_not_receive_several_is_told_all_of_them) {
  EXPECT_EQ(
      errors_of<wide>("shop = 'warehouse'"),
      lines{"p.toml:2:8: error: options.shop: actor 'warehouse' does not receive 'sold_out' and 'int'"});
}

TEST(wrong_options, an_address_needs_a_name) {
  EXPECT_EQ(errors_of<shopping>("shop = 3"),
            lines{"p.toml:2:8: error: options.shop: expected the name of an actor, found the number 3"});
  EXPECT_EQ(errors_of<shopping>("shop = ''"),
            lines{"p.toml:2:8: error: options.shop: expected the name of an actor, found the string \"\""});
}

TEST(wrong_options, an_address_that_is_not_written_is_missed_where_options_stand) {
  EXPECT_EQ(errors_of<shopping>(""),
            lines{"p.toml:1:1: error: option 'shop' of actor 'buyer' names no actor; write shop = \"NAME\""});
}

TEST(wrong_options, an_address_is_missed_at_the_actor_when_there_are_no_options) {
  const auto file = config::parse("\n[actor.buyer]\nplace = 'thread'\n", "p.toml");
  ASSERT_TRUE(file);
  option_scene::everybody names;
  const auto read = fill_options<shopping>(*file, file->actors.at(0), names);
  ASSERT_FALSE(read);
  EXPECT_EQ(to_string(read.error().at(0)),
            "p.toml:2:1: error: option 'shop' of actor 'buyer' names no actor; write shop = \"NAME\"");
}

struct deep {
  struct {
    address<buy> shop;
  } in;
  std::vector<shopping> list;
};

TEST(wrong_options, an_address_in_a_struct_is_missed_whether_the_struct_is_written_or_not) {
  const std::string missing =
      "error: option 'in.shop' of actor 'buyer' names no actor; write shop = \"NAME\"";
  EXPECT_EQ(errors_of<deep>(""), lines{"p.toml:1:1: " + missing});
  EXPECT_EQ(errors_of<deep>("in = {}"), lines{"p.toml:2:6: " + missing});
}

TEST(wrong_options, an_address_in_a_list_of_structs_is_missed_in_each) {
  EXPECT_EQ(errors_of<deep>("in = { shop = 'warehouse' }\nlist = [{ shop = 'warehouse' }, {}]"),
            lines{"p.toml:3:33: error: option 'list[1].shop' of actor 'buyer' names no actor; write shop = "
                  "\"NAME\""});
}

}  // namespace
}  // namespace troupe::runtime::wrong_options_test
