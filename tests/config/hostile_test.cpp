// Input made to break the reader: each must give a clear error with its place, never a crash or a hang.
#include "errors_of.hpp"

#include <gtest/gtest.h>

namespace troupe::config::hostile_test {
namespace {

using testing::errors_of;
using testing::lines;

std::string repeated(std::string_view what, std::size_t times) {
  std::string out;
  out.reserve(what.size() * times);
  for (std::size_t i = 0; i < times; ++i) out += what;
  return out;
}

TEST(hostile, brackets_nested_10000_deep_are_refused_where_they_pass_the_limit) {
  const lines expected{"p.toml:1:37: error: more than 32 levels of brackets"};
  EXPECT_EQ(errors_of("a = " + repeated("[", 10'000) + repeated("]", 10'000)), expected);
  EXPECT_EQ(errors_of("a = " + repeated("[", 10'000)), expected);
}

TEST(hostile, tables_nested_10000_deep_are_refused) {
  EXPECT_EQ(errors_of("a={" + repeated("b={", 10'000)),
            lines{"p.toml:1:99: error: more than 32 levels of brackets"});
}

TEST(hostile, keys_with_a_million_dots_are_refused) {
  EXPECT_EQ(errors_of("a" + repeated(".a", 1'000'000) + " = 1"),
            lines{"p.toml:1:66: error: more than 32 dots in one key"});
  EXPECT_EQ(errors_of("[a" + repeated(".a", 1'000'000) + "]"),
            lines{"p.toml:1:67: error: more than 32 dots in one key"});
  EXPECT_EQ(errors_of("a" + repeated(".\"a\"", 400'000) + " = 1"),
            lines{"p.toml:1:130: error: more than 32 dots in one key"});
}

TEST(hostile, the_deepest_nesting_that_is_allowed_is_read) {
  const std::string key = "a" + repeated(".a", max_nesting);
  std::string text = key;
  for (std::size_t i = 0; i < max_nesting; ++i) text += " = { " + key;
  text += " = 1" + repeated(" }", max_nesting);
  EXPECT_EQ(errors_of(text), lines{"p.toml:1:1: error: unknown key 'a' in the file; the keys are stage, "
                                   "actor, supervisor and process"});
}

TEST(hostile, a_name_of_a_megabyte_is_refused_and_shown_shortly) {
  const std::string name(1024 * 1024, 'x');
  EXPECT_EQ(errors_of("[stage." + name + "]\nfrom = { stdin = true }"),
            lines{"p.toml:1:8: error: stage name '" + repeated("x", 60) +
                  "...' is not 1 to 64 letters, digits, '-' and '_'"});
}

TEST(hostile, a_key_of_a_megabyte_is_refused_and_shown_shortly) {
  const std::string key(1024 * 1024, 'x');
  const lines errors = errors_of("[stage.a]\nfrom = { stdin = true }\n" + key + " = 1");
  ASSERT_EQ(errors.size(), 1U);
  EXPECT_TRUE(
      errors[0].starts_with("p.toml:3:1: error: unknown key '" + repeated("x", 60) + "...' in [stage.a]"));
}

TEST(hostile, a_key_of_half_a_megabyte_that_is_defined_twice_is_shown_shortly) {
  const std::string key(512 * 1024, 'x');
  const lines errors = errors_of(key + " = 1\n" + key + " = 2\n");
  ASSERT_FALSE(errors.empty());
  for (const std::string& error : errors) EXPECT_LT(error.size(), 400U);
}

TEST(hostile, a_reference_of_a_megabyte_is_shown_shortly) {
  const std::string name(1024 * 1024, 'x');
  EXPECT_EQ(errors_of("[stage.a]\nfrom = '" + name + "'"),
            lines{"p.toml:2:8: error: stage '" + repeated("x", 60) + "...' does not exist"});
}

TEST(hostile, names_are_cut_between_characters) {
  const lines errors = errors_of("[stage.a]\nfrom = 'x" + repeated("€", 50) + "'");
  EXPECT_EQ(errors, lines{"p.toml:2:8: error: stage 'x" + repeated("€", 19) + "...' does not exist"});
}

TEST(hostile, bytes_that_are_not_utf8_are_refused_at_their_place) {
  EXPECT_EQ(errors_of("a = 1\nb = \"é\xFF\"\n"),
            lines{"p.toml:2:7: error: byte 0xFF is not UTF-8; save the file as UTF-8"});
  EXPECT_EQ(errors_of("# \xC3"), lines{"p.toml:1:3: error: byte 0xC3 is not UTF-8; save the file as UTF-8"});
  EXPECT_EQ(errors_of("\xED\xA0\x80"),
            lines{"p.toml:1:1: error: byte 0xED is not UTF-8; save the file as UTF-8"});
  EXPECT_EQ(errors_of(std::string("\xFF\xFE[\0s\0", 6)),
            lines{"p.toml:1:1: error: byte 0xFF is not UTF-8; save the file as UTF-8"});
}

TEST(hostile, nul_bytes_are_refused_at_their_place) {
  EXPECT_EQ(errors_of(std::string("a = 1\nb\0 = 2", 12)),
            lines{"p.toml:2:2: error: a NUL byte; the file must be text"});
}

TEST(hostile, a_hundred_thousand_errors_are_counted_and_the_first_are_listed) {
  std::string text = "[stage.a]\nfrom = { stdin = true }\n";
  for (int i = 0; i < 100'000; ++i) text += "k" + std::to_string(i) + " = 1\n";
  const lines errors = errors_of(text);
  ASSERT_EQ(errors.size(), max_diagnostics + 1);
  EXPECT_TRUE(errors[0].starts_with("p.toml:3:1: error: unknown key 'k0'")) << errors[0];
  EXPECT_TRUE(errors[99].starts_with("p.toml:102:1: error: unknown key 'k99'")) << errors[99];
  EXPECT_EQ(errors.back(), "p.toml: error: 99900 more errors");
}

TEST(hostile, a_thousand_stages_are_read_and_one_more_is_refused) {
  std::string text;
  for (std::size_t i = 0; i < max_stages; ++i)
    text += "[stage.s" + std::to_string(i) + "]\nfrom = {stdin=true}\n";
  EXPECT_EQ(errors_of(text), lines{});
  EXPECT_EQ(errors_of(text + "[stage.more]\n"),
            lines{"p.toml:1:1: error: there are 1001 stages; at most 1000 are supported"});
}

TEST(hostile, a_thousand_actors_and_supervisors_are_read_and_one_more_of_each_is_refused) {
  std::string text;
  for (std::size_t i = 0; i < max_actors; ++i) {
    const std::string n = std::to_string(i);
    text += "[actor.a" + n + "]\n[supervisor.s" + n + "]\nchildren = ['a" + n + "']\n";
  }
  EXPECT_EQ(errors_of(text), lines{});
  EXPECT_EQ(errors_of(text + "[actor.more]\n[supervisor.more_of_them]\n"),
            (lines{"p.toml:1:1: error: there are 1001 actors; at most 1000 are supported",
                   "p.toml:2:1: error: there are 1001 supervisors; at most 1000 are supported"}));
}

TEST(hostile, as_many_processes_as_there_may_be_are_read_and_one_more_is_refused) {
  std::string text;
  for (std::size_t i = 0; i < max_processes; ++i) {
    const std::string n = std::to_string(i);
    text += "[process.p" + n + "]\n[actor.a" + n + "]\nplace = 'p" + n + "'\n";
  }
  EXPECT_EQ(errors_of(text), lines{});
  EXPECT_EQ(
      errors_of(text + "[actor.more]\nplace = 'process'\n[actor.yet]\nplace = 'process'\n"),
      lines{"p.toml:770:9: error: place: with this one there are more than 256 processes, which are not "
            "supported; several actors may share a [process.NAME]"});
  EXPECT_EQ(errors_of(text + "[process.more]\n").front(),
            "p.toml:1:1: error: there are 257 processes; at most 256 are supported");
}

TEST(hostile, a_thousand_actors_in_processes_of_nobody_are_refused) {
  std::string text;
  for (int i = 0; i < 1000; ++i) {
    const std::string n = std::to_string(i);
    text += "[actor.a" + n + "]\nplace = 'nobody" + n + "'\n";
    if (i < 256) text += "[process.p" + n + "]\n";
  }
  EXPECT_EQ(errors_of(text).size(), max_diagnostics + 1);
}

TEST(hostile, a_place_of_a_megabyte_is_shown_shortly) {
  const lines errors = errors_of("[actor.a]\nplace = '" + std::string(1024 * 1024, 'x') + "'\n");
  EXPECT_EQ(errors,
            lines{"p.toml:2:9: error: place: expected \"thread\", \"detached\", \"process\" or the name of a "
                  "[process.NAME], found the string \"" +
                  repeated("x", 60) + "...\""});
}

TEST(hostile, supervisors_1000_deep_are_read) {
  std::string text = "[actor.s1000]\n";
  for (int i = 0; i < 1000; ++i) {
    text += "[supervisor.s" + std::to_string(i) + "]\nchildren = ['s" + std::to_string(i + 1) + "']\n";
  }
  EXPECT_EQ(errors_of(text), lines{});
}

TEST(hostile, supervisors_that_all_list_each_other_are_refused) {
  std::string all;
  for (int i = 0; i < 200; ++i) all += (i == 0 ? "'s" : ", 's") + std::to_string(i) + "'";
  std::string text;
  for (int i = 0; i < 200; ++i) text += "[supervisor.s" + std::to_string(i) + "]\nchildren = [" + all + "]\n";
  const lines errors = errors_of(text);
  ASSERT_EQ(errors.size(), max_diagnostics + 1);
  EXPECT_EQ(errors[0], "p.toml:2:13: error: supervisors list each other in a cycle: s0 -> s0");
}

TEST(hostile, ten_thousand_children_that_are_nobody_are_refused) {
  std::string text;
  for (int i = 0; i < 200; ++i) {
    text += "[supervisor.s" + std::to_string(i) + "]\nchildren = [";
    for (int j = 0; j < 50; ++j) text += "'n" + std::to_string(i) + "_" + std::to_string(j) + "', ";
    text += "]\n";
  }
  EXPECT_EQ(errors_of(text).size(), max_diagnostics + 1);
}

TEST(hostile, options_with_ten_thousand_keys_are_read) {
  std::string text = "[actor.a.options]\n";
  for (int i = 0; i < 10'000; ++i) text += "k" + std::to_string(i) + " = 1\n";
  const auto loaded = parse(text, "p.toml");
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->actors.at(0).options.size(), 10'000U);
}

TEST(hostile, options_as_deep_as_a_file_can_be_are_read_compared_and_copied) {
  const std::string key = "a" + repeated(".a", max_nesting);
  std::string text = "[actor.a.options]\n" + key;
  for (std::size_t i = 0; i < max_nesting; ++i) text += " = { " + key;
  text += " = 1" + repeated(" }", max_nesting);
  const auto loaded = parse(text, "p.toml");
  ASSERT_TRUE(loaded) << to_string(loaded.error().front());
  const file copy = *loaded;
  EXPECT_EQ(copy, *loaded);
  std::size_t levels = 0;
  for (const table* at = &copy.actors[0].options; at != nullptr; at = at->at(0).value.as<table>()) ++levels;
  EXPECT_EQ(levels, (max_nesting + 1) * (max_nesting + 1));
}

TEST(hostile, a_child_of_a_megabyte_is_shown_shortly) {
  EXPECT_EQ(errors_of("[supervisor.s]\nchildren = ['" + std::string(1024 * 1024, 'x') + "']\n"),
            lines{"p.toml:2:13: error: there is no actor and no supervisor '" + repeated("x", 60) + "...'"});
}

TEST(hostile, a_graph_with_more_cycles_than_memory_holds_is_refused) {
  std::string all;
  for (int i = 0; i < 200; ++i) all += (i == 0 ? "'s" : ", 's") + std::to_string(i) + "'";
  std::string text;
  for (int i = 0; i < 200; ++i) text += "[stage.s" + std::to_string(i) + "]\nfrom = [" + all + "]\n";
  const lines errors = errors_of(text);
  EXPECT_EQ(errors.size(), max_diagnostics);
  EXPECT_EQ(errors[0], "p.toml:2:8: error: stages take from each other in a cycle: s0 -> s0");
}

TEST(hostile, a_hundred_thousand_references_to_nothing_are_refused) {
  std::string text;
  for (int i = 0; i < 900; ++i) {
    text += "[stage.s" + std::to_string(i) + "]\nfrom = [";
    for (int j = 0; j < 120; ++j) text += "'n" + std::to_string(i) + "_" + std::to_string(j) + "', ";
    text += "]\n";
  }
  EXPECT_EQ(errors_of(text).size(), max_diagnostics + 1);
}

TEST(hostile, a_line_of_many_brackets_and_strings_takes_linear_time) {
  EXPECT_FALSE(errors_of(repeated("[]", 500'000)).empty());
  EXPECT_FALSE(errors_of("x = " + repeated("''''''", 300'000)).empty());
}

TEST(hostile, a_large_file_of_wrong_statements_is_given_up_early) {
  EXPECT_LT(errors_of(repeated("x = = 1\n", 200'000)).size(), 5U);
}

TEST(hostile, every_beginning_of_a_good_file_is_read_or_refused) {
  const std::string good = R"([stage.a]
from = { files = ["x", '''y'''], split = "lines" } # é
batch.size = 3
to = { file = """-""", format = 'jsonl' }
[actor.b]
mailbox = { capacity = 1, overflow = "wait" }
options = { n = -1, f = 1e3, on = [true, {}, []], at = 2024-01-01 }
options.more.deep = "é"
place = "d"
[supervisor.c]
children = ["b"]
strategy = "one_for_all"
[process.d]
limits = { memory_max = "1G", nofile = 64, cpu_time = "1m" }
)";
  for (std::size_t length = 0; length <= good.size(); ++length) {
    for (const std::string& error : errors_of(good.substr(0, length))) {
      EXPECT_TRUE(error.starts_with("p.toml:")) << error;
    }
  }
}

TEST(hostile, every_byte_of_a_good_file_may_be_replaced_by_any_structure) {
  const std::string stage = "[stage.a]\nfrom = { files = [\"x\", '''y'''] }\nto = { file = \"-\" }\n";
  const std::string actor = "[actor.b]\noptions = { n = [-1], t = {} }\n[supervisor.c]\nchildren = ['b']\n";
  const std::string process =
      "[actor.b]\nplace = 'd'\n[process.d]\nlimits = { nofile = 64, cpu_time = '9s' }\n";
  for (const std::string& good : {stage, actor, process}) {
    for (std::size_t at = 0; at < good.size(); ++at) {
      for (const char c : std::string("[]{}=.,\"'#\n\\ \x01\xFF\0a", 18)) {
        std::string text = good;
        text[at] = c;
        for (const std::string& error : errors_of(text)) EXPECT_TRUE(error.starts_with("p.toml:")) << error;
      }
    }
  }
}

}  // namespace
}  // namespace troupe::config::hostile_test
