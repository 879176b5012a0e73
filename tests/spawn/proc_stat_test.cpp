#include <troupe/spawn/internal/proc_stat.hpp>

#include <gtest/gtest.h>

#include <string>

namespace troupe::spawn::internal::proc_stat_test {
namespace {

using namespace std::string_literals;

/// A line as Linux 5.10 writes it, all numbers different.
std::string line_of(const std::string& name, const std::string& state = "S") {
  return "4321 (" + name + ") " + state +
         " 1234 4320 4319 34816 -1 4194304 101 102 103 104 1111 2222 107 108 20 0 7 0 83234 3133440 393 "
         "18446744073709551615 1 2 3 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0 1 2 3 4 5 6 7 0\n";
}

}  // namespace

TEST(proc_stat, every_field_is_where_proc_5_says) {
  const auto stat = parse_stat(line_of("cat"));
  ASSERT_TRUE(stat);
  proc_stat expected;
  expected.key = {4321, 83234};
  expected.name = "cat";
  expected.state = process_state::sleeping;
  expected.parent = 1234;
  expected.group = 4320;
  expected.session = 4319;
  expected.threads = 7;
  expected.user_ticks = 1111;
  expected.system_ticks = 2222;
  expected.virtual_bytes = 3133440;
  expected.resident_pages = 393;
  EXPECT_EQ(*stat, expected);
}

TEST(proc_stat, a_name_may_hold_anything) {
  for (const auto& name : {") R 1 ("s, ") Z 1 2 3 ("s, "a b"s, ""s, " "s, "("s, ")"s, "))))"s, "((()"s,
                           "a\nb"s, "\n"s, "\xff\xfe"s, "4321 (x) S 1"s, "kworker/u8:2-events_unbound"s}) {
    const auto stat = parse_stat(line_of(name));
    ASSERT_TRUE(stat) << name;
    EXPECT_EQ(stat->name, name);
    EXPECT_EQ(stat->key, (process_key{4321, 83234}));
    EXPECT_EQ(stat->state, process_state::sleeping);
    EXPECT_EQ(stat->parent, 1234);
  }
}

TEST(proc_stat, every_letter_is_a_state) {
  const std::pair<const char*, process_state> table[] = {
      {"R", process_state::running}, {"S", process_state::sleeping}, {"D", process_state::disk_sleep},
      {"T", process_state::stopped}, {"t", process_state::traced},   {"Z", process_state::zombie},
      {"X", process_state::dead},    {"I", process_state::idle},     {"P", process_state::unknown}};
  for (const auto& [letter, state] : table)
    EXPECT_EQ(parse_stat(line_of("x", letter))->state, state) << letter;
}

TEST(proc_stat, the_largest_numbers_fit) {
  std::string line = line_of("x");
  line.replace(line.find("83234"), 5, "18446744073709551615");
  EXPECT_EQ(parse_stat(line)->key.started, 18446744073709551615U);
}

TEST(proc_stat, every_cut_before_the_last_number_is_malformed) {
  const std::string whole = line_of(") S 1 (");
  const auto used = whole.find(" 393 ");
  for (std::size_t length = 0; length <= used; ++length) {
    const auto stat = parse_stat(whole.substr(0, length));
    ASSERT_FALSE(stat) << whole.substr(0, length);
    EXPECT_EQ(stat.error().code, errc::malformed);
  }
}

TEST(proc_stat, what_is_no_number_is_malformed) {
  for (const auto* wrong : {"x", "-1", "1x", "18446744073709551616", ""}) {
    std::string line = line_of("cat");
    line.replace(line.find("83234"), 5, wrong);
    EXPECT_FALSE(parse_stat(line)) << line;
  }
  for (const auto* wrong : {") R 1 (", "1 )cat( S", "1 (", "", " () "})
    EXPECT_FALSE(parse_stat(wrong)) << wrong;
}

TEST(proc_stat, a_command_line_is_one_argument_per_nul) {
  using list = std::vector<std::string>;
  EXPECT_EQ(split_command_line(""), list{});
  EXPECT_EQ(split_command_line("cat\0"s), list{"cat"});
  EXPECT_EQ(split_command_line("a b\0\0c\n\0\xff\0"s), (list{"a b", "", "c\n", "\xff"}));
  EXPECT_EQ(split_command_line("\0"s), list{""});
  EXPECT_EQ(split_command_line("x\0\0"s), (list{"x", ""}));
  EXPECT_EQ(split_command_line("nginx: worker"), list{"nginx: worker"});
}

}  // namespace troupe::spawn::internal::proc_stat_test
