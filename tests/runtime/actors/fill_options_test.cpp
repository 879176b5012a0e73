// What options become: one test for each kind of field.
#include "option_scene.hpp"

#include <chrono>
#include <cmath>
#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <optional>
#include <unordered_map>

namespace troupe::runtime::fill_options_test {
namespace {

using namespace std::chrono_literals;
using option_scene::buy;
using option_scene::deliver;
using option_scene::everybody;
using option_scene::filled;
using option_scene::good;
using option_scene::one_warehouse;

struct simple {
  bool eager = false;
  int refill = 100;
  double rate = 1.5;
  std::string name = "nobody";
};

TEST(fill_options, writes_what_is_written) {
  const auto read = good<simple>("eager = true\nrefill = 50\nrate = 0.25\nname = 'tea'\n");
  EXPECT_TRUE(read.eager);
  EXPECT_EQ(read.refill, 50);
  EXPECT_EQ(read.rate, 0.25);
  EXPECT_EQ(read.name, "tea");
}

TEST(fill_options, leaves_the_defaults_of_what_is_not_written) {
  const auto read = good<simple>("refill = 50\n");
  EXPECT_FALSE(read.eager);
  EXPECT_EQ(read.refill, 50);
  EXPECT_EQ(read.rate, 1.5);
  EXPECT_EQ(read.name, "nobody");
}

TEST(fill_options, of_an_actor_without_options_is_all_defaults) {
  const auto file = config::parse("[actor.buyer]\n", "p.toml");
  ASSERT_TRUE(file);
  everybody names;
  const auto read = fill_options<simple>(*file, file->actors.at(0), names);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->refill, 100);
}

TEST(fill_options, takes_values_from_the_command_line) {
  everybody names;
  const auto read = filled<simple>("refill = 1\n", names,
                                   {"actor.buyer.options.refill=7", "actor.buyer.options.name=two words"});
  ASSERT_TRUE(read);
  EXPECT_EQ(read->refill, 7);
  EXPECT_EQ(read->name, "two words");
}

struct numbers {
  std::int8_t i8 = 0;
  std::uint8_t u8 = 0;
  std::int16_t i16 = 0;
  std::uint32_t u32 = 0;
  std::int64_t i64 = 0;
  std::uint64_t u64 = 0;
  float f = 0;
  double d = 0;
};

TEST(fill_options, reads_integers_up_to_the_ends_of_their_ranges) {
  const auto low =
      good<numbers>("i8 = -128\nu8 = 0\ni16 = -32768\nu32 = 0\ni64 = -9223372036854775808\nu64 = 0\n");
  EXPECT_EQ(low.i8, -128);
  EXPECT_EQ(low.i16, -32768);
  EXPECT_EQ(low.i64, std::numeric_limits<std::int64_t>::min());
  const auto high = good<numbers>(
      "i8 = 127\nu8 = 255\ni16 = 32767\nu32 = 4294967295\ni64 = 9223372036854775807\n"
      "u64 = 9223372036854775807\n");
  EXPECT_EQ(high.i8, 127);
  EXPECT_EQ(high.u8, 255);
  EXPECT_EQ(high.i16, 32767);
  EXPECT_EQ(high.u32, 4294967295U);
  EXPECT_EQ(high.i64, std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(high.u64, 9223372036854775807U);
}

TEST(fill_options, reads_numbers_with_and_without_a_fraction) {
  const auto read = good<numbers>("f = 3\nd = -1e300\n");
  EXPECT_EQ(read.f, 3.0F);
  EXPECT_EQ(read.d, -1e300);
}

TEST(fill_options, reads_what_is_infinite_or_no_number_as_it_is_written) {
  const auto read = good<numbers>("f = -inf\nd = nan\n");
  EXPECT_EQ(read.f, -std::numeric_limits<float>::infinity());
  EXPECT_TRUE(std::isnan(read.d));
}

TEST(fill_options, reads_texts_of_any_characters) {
  EXPECT_EQ(good<simple>("name = ''\n").name, "");
  EXPECT_EQ(good<simple>("name = \"a\\u0000\\nb\"\n").name, std::string("a\0\nb", 4));
}

struct times {
  std::chrono::nanoseconds ns{1};
  std::chrono::milliseconds ms{2};
  std::chrono::seconds s{3};
  std::chrono::hours h{4};
  std::chrono::duration<double> exact{5};
};

TEST(fill_options, reads_durations) {
  const auto read = good<times>("ns = '15ns'\nms = '1.5s'\ns = '2m'\nh = '1d'\nexact = '250ms'\n");
  EXPECT_EQ(read.ns, 15ns);
  EXPECT_EQ(read.ms, 1500ms);
  EXPECT_EQ(read.s, 120s);
  EXPECT_EQ(read.h, 24h);
  EXPECT_EQ(read.exact, 250ms);
  EXPECT_EQ(good<times>("ms = '0'\n").ms, 0ms);
}

enum class colour { red, dark_green, blue = -3 };
enum small : std::uint8_t { one = 1, two };

struct chosen {
  colour paint = colour::red;
  small size = one;
};

TEST(fill_options, reads_the_names_of_enumerators) {
  EXPECT_EQ(good<chosen>("paint = 'dark_green'\n").paint, colour::dark_green);
  EXPECT_EQ(good<chosen>("paint = 'blue'\n").paint, colour::blue);
  EXPECT_EQ(good<chosen>("size = 'two'\n").size, two);
}

struct inner {
  int depth = 1;
  std::string name = "inner";
};
struct nested {
  inner in{.depth = 2};
  std::optional<inner> maybe;
  std::optional<int> limit;
  std::optional<int> has{4};
  std::optional<inner> preset{inner{.depth = 9}};
};

TEST(fill_options, reads_structs_in_structs) {
  const auto read = good<nested>("in = { name = 'x' }\n");
  EXPECT_EQ(read.in.depth, 2) << "the default of the struct around it";
  EXPECT_EQ(read.in.name, "x");
  EXPECT_EQ(good<nested>("[actor.buyer.options.in]\ndepth = 7\n").in.depth, 7);
}

TEST(fill_options, reads_optionals_that_are_written) {
  const auto without = good<nested>("");
  EXPECT_EQ(without.maybe.has_value() || without.limit.has_value(), false);
  EXPECT_EQ(without.has, 4);
  const auto with = good<nested>("maybe = { depth = 3 }\nlimit = 5\nhas = 6\n");
  ASSERT_TRUE(with.maybe);
  EXPECT_EQ(with.maybe->depth, 3);
  EXPECT_EQ(with.maybe->name, "inner");
  EXPECT_EQ(with.limit, 5);
  EXPECT_EQ(with.has, 6);
}

TEST(fill_options, keeps_the_default_of_an_optional_struct_that_is_written_in_part) {
  const auto read = good<nested>("preset = { name = 'x' }\n");
  ASSERT_TRUE(read.preset);
  EXPECT_EQ(read.preset->depth, 9);
  EXPECT_EQ(read.preset->name, "x");
}

struct tree {
  std::string name;
  std::vector<tree> below;
};
struct many {
  std::vector<int> counts{1, 2, 3};
  std::vector<bool> flags;
  std::vector<std::vector<std::string>> rows;
  std::deque<inner> structs;
  std::map<std::string, std::chrono::seconds> by_name{{"old", 1s}};
  std::unordered_map<std::string, inner> structs_by_name;
  tree root;
};

TEST(fill_options, reads_lists_instead_of_the_default) {
  const auto read = good<many>("counts = [7]\nflags = [true, false]\nrows = [['a'], [], ['b', 'c']]\n");
  EXPECT_EQ(read.counts, std::vector<int>{7});
  EXPECT_EQ(read.flags, (std::vector<bool>{true, false}));
  EXPECT_EQ(read.rows, (std::vector<std::vector<std::string>>{{"a"}, {}, {"b", "c"}}));
  EXPECT_EQ(good<many>("counts = []\n").counts, std::vector<int>{});
  EXPECT_EQ(good<many>("").counts, (std::vector<int>{1, 2, 3}));
}

TEST(fill_options, reads_lists_of_structs) {
  const auto read = good<many>("structs = [{ depth = 5 }, { name = 'y' }]\n");
  ASSERT_EQ(read.structs.size(), 2U);
  EXPECT_EQ(read.structs[0].depth, 5);
  EXPECT_EQ(read.structs[1].depth, 1);
  EXPECT_EQ(read.structs[1].name, "y");
  EXPECT_EQ(good<many>("[[actor.buyer.options.structs]]\ndepth = 8\n").structs.at(0).depth, 8);
}

TEST(fill_options, reads_maps_with_any_keys_instead_of_the_default) {
  const auto read = good<many>("by_name = { north = '1m', 'two words' = '2s', '' = '0' }\n");
  EXPECT_EQ(read.by_name,
            (std::map<std::string, std::chrono::seconds>{{"", 0s}, {"north", 60s}, {"two words", 2s}}));
  EXPECT_EQ(good<many>("structs_by_name.a.depth = 9\n").structs_by_name.at("a").depth, 9);
}

TEST(fill_options, reads_structs_that_hold_themselves) {
  const auto read = good<many>("root = { name = 'a', below = [{ name = 'b', below = [{ name = 'c' }] }] }\n");
  EXPECT_EQ(read.root.below.at(0).below.at(0).name, "c");
}

/// The deepest that a file can write `below` inside itself: a level is a list and a table.
TEST(fill_options, reads_structs_as_deep_as_brackets_may_be) {
  std::string text = "root = { name = '0'";
  const std::size_t levels = (config::max_nesting - 1) / 2;
  for (std::size_t i = 0; i < levels; ++i) text += ", below = [{ name = '1'";
  for (std::size_t i = 0; i < levels; ++i) text += " }]";
  const auto read = good<many>(text + " }\n");
  std::size_t depth = 0;
  for (const tree* at = &read.root; !at->below.empty(); at = &at->below[0]) ++depth;
  EXPECT_EQ(depth, levels);
}

struct shopping {
  address<deliver, buy> shop;
  int refill = 100;
};

TEST(fill_options, makes_an_address_of_a_name) {
  one_warehouse names;
  const auto read = filled<shopping>("shop = 'warehouse'\n", names);
  ASSERT_TRUE(read) << to_string(read.error().front());
  EXPECT_EQ(read->shop, names.at());
  EXPECT_TRUE(read->shop.try_send(deliver{3}));
}

struct shopping_around {
  address<buy> narrow;
  std::optional<address<buy>> maybe;
  std::vector<address<deliver>> several;
  std::map<std::string, address<buy>> by_town;
};

TEST(fill_options, makes_narrower_addresses_and_containers_of_them) {
  one_warehouse names;
  const auto read = filled<shopping_around>(
      "narrow = 'warehouse'\nmaybe = 'warehouse'\nseveral = ['warehouse', 'warehouse']\n"
      "by_town = { ulm = 'warehouse' }\n",
      names);
  ASSERT_TRUE(read) << to_string(read.error().front());
  EXPECT_EQ(read->narrow, names.at());
  EXPECT_EQ(read->maybe, names.at());
  ASSERT_EQ(read->several.size(), 2U);
  EXPECT_EQ(read->several[1], names.at());
  EXPECT_EQ(read->by_town.at("ulm"), names.at());
}

TEST(fill_options, needs_no_addresses_in_an_optional_a_list_or_a_map) {
  one_warehouse names;
  const auto read = filled<shopping_around>("narrow = 'warehouse'\n", names);
  ASSERT_TRUE(read) << to_string(read.error().front());
  EXPECT_FALSE(read->maybe);
  EXPECT_TRUE(read->several.empty() && read->by_town.empty());
}

TEST(fill_options, leaves_an_address_empty_for_an_actor_that_is_not_there_yet) {
  everybody names;
  const auto read = filled<shopping>("shop = 'later'\n", names);
  ASSERT_TRUE(read) << to_string(read.error().front());
  EXPECT_FALSE(read->shop);
}

struct none {};

TEST(fill_options, of_a_class_without_options_is_empty) {
  static_cast<void>(good<none>(""));
}

}  // namespace
}  // namespace troupe::runtime::fill_options_test
