// config/troupe.schema.json says what the reader of files does: the same keys, the same words, the same ranges.
// Here, as of all rooms this one alone may read JSON.
#include "../config/errors_of.hpp"

#include <troupe/base/text.hpp>
#include <troupe/config/load.hpp>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace troupe::cli::schema_test {
namespace {

using config::testing::keys_in;
using nlohmann::json;
using texts = std::vector<std::string>;

json schema() {
  const auto path = std::filesystem::path(__FILE__).parent_path() / "../../config/troupe.schema.json";
  return json::parse(std::ifstream(path));
}

/// A file that is fine but for what stands at the '?': a whole setting of that table.
const std::map<std::string, std::string>& files() {
  static const std::map<std::string, std::string> all{
      {"stage", "[stage.a]\nfrom = { stdin = true }\n?\n"},
      {"workers", "[stage.a]\nfrom = { stdin = true }\nworkers = { max = 1024, ? }\n"},
      {"stop", "[stage.a]\nfrom = { stdin = true }\nstop = { ? }\n"},
      {"source", "[stage.a]\nfrom = { files = \"x\", ? }\n"},
      {"sink", "[stage.a]\nfrom = { stdin = true }\nto = { file = \"x\", ? }\n"},
      {"batch", "[stage.a]\nfrom = { stdin = true }\nbatch = { ? }\n"},
      {"ordered", "[stage.a]\nfrom = { stdin = true }\nordered = { ? }\n"},
      {"restart", "[stage.a]\nfrom = { stdin = true }\nrestart = { ? }\n"},
      {"limits", "[stage.a]\nfrom = { stdin = true }\nlimits = { ? }\n"},
      {"actor", "[actor.a]\n?\n"},
      {"mailbox", "[actor.a]\nmailbox = { ? }\n"},
      {"supervisor", "[actor.a]\n[supervisor.s]\nchildren = \"a\"\n?\n"},
      {"process", "[actor.a]\nplace = \"p\"\n[process.p]\n?\n"}};
  return all;
}

/// What must stand beside a setting, or instead of one that the file has.
std::string file_with(const std::string& table, const std::string& key, const std::string& value) {
  std::string text = files().at(table);
  std::string setting = key + " = " + value;
  if (table == "stage" && (key == "mode" || key == "stdin" || key == "stdout" || key == "success"))
    setting += "\ncommand = [\"true\"]";
  if (table == "source" && key == "success") text = "[stage.a]\nfrom = { command = [\"true\"], ? }\n";
  if (table == "source" && key == "keep_open") text = "[stage.a]\nfrom = { fifo = \"x\", ? }\n";
  if (table == "sink" && key == "success")
    text = "[stage.a]\nfrom = { stdin = true }\nto = { command = [\"true\"], ? }\n";
  if (table == "workers" && key == "max")
    text = "[stage.a]\nfrom = { stdin = true }\nworkers = { min = 0, ? }\n";
  if (table == "restart" && key == "delay") setting += ", max_delay = \"1h\"";
  if (table == "restart" && key == "max_delay") setting += ", delay = \"0\"";
  if (table == "restart" && key == "window") setting += ", delay = \"0\"";
  return text.replace(text.find('?'), 1, setting);
}

/// Whether the reader finds nothing wrong with that key. Other complaints (a stage that takes no items) are not of it.
testing::AssertionResult takes(const std::string& table, const std::string& key, const std::string& value) {
  const auto read = config::parse(file_with(table, key, value), "p.toml");
  if (read) return testing::AssertionSuccess();
  for (const auto& each : read.error()) {
    if (each.message.find(key + ": expected") != std::string::npos ||
        each.message.find("unknown key '" + key + "'") != std::string::npos)
      return testing::AssertionFailure() << table << '.' << key << " = " << value << ": " << each.message;
  }
  return testing::AssertionSuccess();
}

/// The parts of a property that may hold a bound or words, however deep.
void each_form(const json& property, const std::function<void(const json&)>& look) {
  look(property);
  for (const auto* way : {"anyOf", "allOf", "oneOf"})
    if (property.contains(way))
      for (const auto& form : property[way]) each_form(form, look);
}

template <class Look>
void each_property(const json& of, Look look) {
  for (const auto& [table, definition] : of["definitions"].items())
    for (const auto& [key, property] : definition["properties"].items()) look(table, key, property);
}

TEST(schema, has_the_keys_of_the_reader_in_every_table) {
  const auto all = schema();
  for (const auto& [table, text] : files()) {
    // Some keys are known beside others only.
    std::set<std::string> all_known;
    for (const auto* beside : {"", "success", "keep_open"}) {
      std::string wrong = *beside == '\0' ? text : file_with(table, beside, "?");
      if (*beside != '\0' && (table == "source" || table == "sink"))
        wrong.replace(wrong.find(beside), std::string(beside).size() + 3, "");
      const auto read = config::parse(wrong.replace(wrong.find('?'), 1, "qqqqqqqq = 1"), "p.toml");
      ASSERT_FALSE(read) << table;
      for (const auto& each : read.error())
        if (const auto keys = keys_in(each.hint); !keys.empty()) {
          all_known.insert(keys.begin(), keys.end());
          break;
        }
      if (table != "source" && table != "sink") break;
    }
    texts known(all_known.begin(), all_known.end());
    texts written;
    ASSERT_TRUE(all["definitions"].contains(table)) << table;
    for (const auto& [key, property] : all["definitions"][table]["properties"].items())
      written.push_back(key);
    std::sort(known.begin(), known.end());
    EXPECT_EQ(written, known) << table;
  }
  EXPECT_EQ(all["definitions"].size(), files().size()) << "a table that no test looks at";
}

TEST(schema, has_the_sections_of_the_reader) {
  const auto read = config::parse("qqqqqqqq = 1", "p.toml");
  ASSERT_FALSE(read);
  texts known = keys_in(read.error().front().hint);
  std::sort(known.begin(), known.end());
  const auto all = schema();
  texts written;
  for (const auto& [key, property] : all["properties"].items()) written.push_back(key);
  EXPECT_EQ(written, known);
}

TEST(schema, bounds_whole_numbers_as_the_reader_does) {
  std::size_t seen = 0;
  each_property(schema(), [&](const std::string& table, const std::string& key, const json& property) {
    each_form(property, [&](const json& form) {
      if (form.value("type", "") != "integer") return;
      const auto low = form["minimum"].get<std::int64_t>(), high = form["maximum"].get<std::int64_t>();
      EXPECT_TRUE(takes(table, key, std::to_string(low)));
      EXPECT_TRUE(takes(table, key, std::to_string(high)));
      EXPECT_FALSE(takes(table, key, std::to_string(low - 1)));
      EXPECT_FALSE(takes(table, key, std::to_string(high + 1)));
      ++seen;
    });
  });
  EXPECT_GE(seen, 13U);
}

TEST(schema, names_the_words_of_the_reader) {
  std::size_t seen = 0;
  each_property(schema(), [&](const std::string& table, const std::string& key, const json& property) {
    if (!property.contains("enum") || property.value("type", "") != "string") return;
    for (const auto& word : property["enum"]) EXPECT_TRUE(takes(table, key, word.dump()));
    const auto read = config::parse(file_with(table, key, "\"qqqqqqqq\""), "p.toml");
    ASSERT_FALSE(read) << key;
    // The reader lists its words in the message: none of them is missing here.
    std::string said;
    for (const auto& each : read.error()) said += each.message;
    for (const auto& word : property["enum"]) {
      const auto at = said.find(word.dump());
      EXPECT_NE(at, std::string::npos) << key << ": " << word << " in " << said;
      if (at != std::string::npos) said.erase(at, word.dump().size());
    }
    EXPECT_EQ(std::count(said.begin(), said.end(), '"'), 2) << key << ": a word is missing: " << said;
    ++seen;
  });
  EXPECT_GE(seen, 10U);
}

TEST(schema, bounds_durations_and_sizes_as_the_reader_does) {
  std::size_t seen = 0;
  each_property(schema(), [&](const std::string& table, const std::string& key, const json& property) {
    if (!property.contains("x-range")) return;
    const auto low = property["x-range"][0].get<std::string>(),
               high = property["x-range"][1].get<std::string>();
    const auto quoted = [](const std::string& text) { return '"' + text + '"'; };
    EXPECT_TRUE(takes(table, key, quoted(low)));
    EXPECT_TRUE(takes(table, key, quoted(high)));
    if (const auto from = parse_duration(low), to = parse_duration(high); from && to && low != "1") {
      if (from->count() > 0) {
        EXPECT_FALSE(takes(table, key, quoted(std::to_string(from->count() - 1) + "ns")));
      }
      EXPECT_FALSE(takes(table, key, quoted(std::to_string(to->count() + 1) + "ns")));
    } else {
      EXPECT_FALSE(takes(table, key, quoted(std::to_string(*parse_size(low) - 1))));
      EXPECT_FALSE(takes(table, key, quoted(std::to_string(*parse_size(high) + 1))));
    }
    ++seen;
  });
  EXPECT_GE(seen, 14U);
}

/// A default that the schema tells an editor is what a file without the key means.
TEST(schema, has_the_defaults_of_the_reader) {
  std::size_t seen = 0;
  each_property(schema(), [&](const std::string& table, const std::string& key, const json& property) {
    if (!property.contains("default")) return;
    const auto& value = property["default"];
    // TOML writes these values as JSON does.
    std::string without = file_with(table, "qqqqqqqq", "1");
    const std::string mark = "qqqqqqqq = 1";
    without.replace(without.find(mark), mark.size(), "");
    if (const auto comma = without.find(",  }"); comma != std::string::npos) without.erase(comma, 1);
    if (table == "stage" && (key == "mode" || key == "success")) without += "command = [\"true\"]\n";
    if ((table == "source" || table == "sink") && (key == "success" || key == "keep_open")) {
      without = file_with(table, key, "1");
      without.replace(without.find(", " + key + " = 1"), key.size() + 6, "");
    }
    if (table == "workers") without = "[stage.a]\nfrom = { stdin = true }\nworkers = { max = 1024 }\n";
    auto bare = config::parse(without, "p.toml");
    auto with = config::parse(file_with(table, key, value.dump()), "p.toml");
    ASSERT_TRUE(bare) << without << to_string(bare.error().front());
    ASSERT_TRUE(with) << file_with(table, key, value.dump()) << to_string(with.error().front());
    for (auto* each : {&*bare, &*with}) {
      each->text.clear();
      for (auto& stage : each->stages) stage.at.clear();
      for (auto& actor : each->actors) actor.at.clear();
      for (auto& supervisor : each->supervisors) supervisor.at.clear();
      // What file_with() writes beside it.
      if (table == "restart" && (key == "delay" || key == "max_delay" || key == "window")) {
        auto& restart = each->stages[0].restart;
        if (key != "delay") restart.delay = {};
        if (key == "delay") restart.max_delay = {};
      }
    }
    EXPECT_TRUE(*bare == *with) << table << '.' << key << " = " << value;
    ++seen;
  });
  EXPECT_GE(seen, 25U);
}

}  // namespace
}  // namespace troupe::cli::schema_test
