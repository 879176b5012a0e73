// config/default.toml and docs/config.md say what the code does.
#include "errors_of.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <regex>
#include <sstream>

namespace troupe::config::default_file_test {
namespace {

using testing::keys_in;
using testing::lines;

std::string in_tree(const std::string& path) {
  return (std::filesystem::path(__FILE__).parent_path() / "../.." / path).lexically_normal().string();
}

std::string text_of(const std::string& path) {
  std::ostringstream out;
  out << std::ifstream(in_tree(path)).rdbuf();
  return std::move(out).str();
}

/// Its commented-out settings, "# key = value", made real ones.
std::string with_all_settings(const std::string& text) {
  return std::regex_replace(text, std::regex("(^|\n)# ([a-z_.]+ *= )"), "$1$2");
}

/// What the reader calls the known keys of a table, asked by writing one that is none.
lines known_keys(const std::string& text) {
  const auto refused = parse(text, "p.toml");
  EXPECT_FALSE(refused);
  for (const diagnostic& each : refused.error()) {
    const lines keys = keys_in(each.hint);
    if (!keys.empty()) return keys;
  }
  ADD_FAILURE() << "no list of keys for " << text;
  return {};
}

lines all_keys() {
  lines out;
  const std::string stage = "[stage.a]\nfrom = { stdin = true }\n";
  for (const std::string& text :
       {std::string("qqqqqqqq = 1"), stage + "qqqqqqqq = 1",
        std::string("[stage.a]\nfrom = { stdin = true, qqqqqqqq = 1 }"),
        std::string("[stage.a]\nfrom = { command = ['a'], qqqqqqqq = 1 }"),
        std::string("[stage.a]\nfrom = { fifo = 'a', qqqqqqqq = 1 }"),
        stage + "to = { file = 'x', qqqqqqqq = 1 }", stage + "to = { command = ['x'], qqqqqqqq = 1 }",
        stage + "batch = { qqqqqqqq = 1 }", stage + "restart = { qqqqqqqq = 1 }",
        stage + "limits = { qqqqqqqq = 1 }", stage + "stop = { qqqqqqqq = 1 }",
        stage + "workers = { qqqqqqqq = 1 }", std::string("[actor.a]\nqqqqqqqq = 1"),
        std::string("[actor.a]\nmailbox = { qqqqqqqq = 1 }"), std::string("[supervisor.a]\nqqqqqqqq = 1"),
        std::string("[process.a]\nqqqqqqqq = 1"), std::string("[process.a]\nlimits = { qqqqqqqq = 1 }")}) {
    const lines keys = known_keys(text);
    out.insert(out.end(), keys.begin(), keys.end());
  }
  return out;
}

template <class T>
T without_positions(T of) {
  of.at.clear();
  return of;
}

/// Its process, with what `limits` has where that is not commented out.
void expect_default_process(const file& loaded, const resource_limits& limits) {
  ASSERT_EQ(loaded.actors.size(), 2U);
  EXPECT_EQ(loaded.actors[1].process, "example-process");
  ASSERT_EQ(loaded.processes.size(), 1U);
  EXPECT_EQ(without_positions(loaded.processes[0]), (process{"example-process", limits}));
}

/// Its actors and supervisors, which are the same with and without what is commented out.
void expect_default_actors(const file& loaded) {
  ASSERT_EQ(loaded.actors.size(), 2U);
  actor expected;
  expected.name = expected.call = "example-actor";
  EXPECT_EQ(without_positions(loaded.actors[0]), expected);
  ASSERT_EQ(loaded.supervisors.size(), 1U);
  supervisor over;
  over.name = "example-supervisor";
  over.children = {"example-child"};
  EXPECT_EQ(without_positions(loaded.supervisors[0]), over);
}

/// Its stages that are external programs: what is written beside the command and its streams is the default.
void expect_default_programs(const file& loaded) {
  ASSERT_EQ(loaded.stages.size(), 3U);
  ASSERT_TRUE(loaded.stages[1].program && loaded.stages[2].program);
  program expected;
  expected.command = loaded.stages[1].program->command;
  expected.output = "thumbs/{stem}.jpg";
  EXPECT_EQ(*loaded.stages[1].program, expected);
  program filter;
  filter.command = loaded.stages[2].program->command;
  filter.mode = program::mode_of::persistent;
  filter.in = filter.out = framing::jsonl;
  EXPECT_EQ(*loaded.stages[2].program, filter);
}

resource_limits example_limits() {
  resource_limits limits;
  limits.memory_max = std::size_t{1} << 30;
  limits.address_space = std::size_t{4} << 30;
  limits.open_files = 1024;
  limits.cpu_time = std::chrono::seconds(60);
  limits.tasks_max = 64;
  return limits;
}

TEST(default_file, equals_the_defaults) {
  const auto loaded = load(in_tree("config/default.toml"));
  ASSERT_TRUE(loaded) << to_string(loaded.error().front());
  ASSERT_EQ(loaded->stages.size(), 3U);
  stage expected;
  expected.name = expected.call = "example";
  expected.from_source = files_source{{"input/*.txt"}};
  EXPECT_EQ(without_positions(loaded->stages[0]), expected);
  expect_default_programs(*loaded);
  expect_default_actors(*loaded);
  expect_default_process(*loaded, {});
}

TEST(default_file, with_all_its_settings_equals_the_defaults_of_those_too) {
  const auto loaded = parse(with_all_settings(text_of("config/default.toml")), "default.toml");
  ASSERT_TRUE(loaded) << to_string(loaded.error().front());
  stage expected;
  expected.name = expected.call = "example";
  expected.from_source = files_source{{"input/*.txt"}};
  expected.to = {sink{"-"}};
  expected.timeout = milliseconds(20'000);
  expected.batch = batch{};
  expected.key = "url";
  expected.ordered = reorder{};
  expected.worker.nice = 10;
  expected.worker.cpus = {0, 1};
  expected.worker.env = {{"OMP_NUM_THREADS", "1"}};
  expected.worker.cwd = "work";
  expected.worker.stop.signal = SIGTERM;
  expected.worker.max_jobs = 10'000;
  expected.worker.limits = example_limits();
  auto got = without_positions(loaded->stages[0]);
  ASSERT_EQ(got.when.size(), 1U);
  EXPECT_EQ(got.when[0].key, "kind");
  EXPECT_EQ(got.when[0].value.is, decltype(value::is)(std::string("error")));
  got.when.clear();
  EXPECT_EQ(got, expected);
  expect_default_actors(*loaded);
  expect_default_process(*loaded, example_limits());
}

/// What the reader knows in `header`, and in tables below it, stands in the file.
void expect_every_key(const positions& at, const std::string& header, const lines& tables) {
  for (const std::string& key : known_keys(header + "qqqqqqqq = 1")) EXPECT_TRUE(at.contains(key)) << key;
  for (const std::string& name : tables) {
    for (const std::string& key : known_keys(header + name + " = { qqqqqqqq = 1 }")) {
      EXPECT_TRUE(at.contains(name + '.' + key)) << name << '.' << key;
    }
  }
}

TEST(default_file, writes_every_key) {
  const auto loaded = parse(with_all_settings(text_of("config/default.toml")), "default.toml");
  ASSERT_TRUE(loaded) << to_string(loaded.error().front());
  positions of_stages;
  for (const stage& each : loaded->stages) of_stages.insert(each.at.begin(), each.at.end());
  expect_every_key(of_stages, "[stage.a]\nfrom = { stdin = true }\n",
                   {"batch", "ordered", "restart", "limits", "stop"});
  expect_every_key(loaded->actors[0].at, "[actor.a]\n", {"mailbox", "restart"});
  expect_every_key(loaded->supervisors[0].at, "[supervisor.a]\n", {"restart"});
  expect_every_key(loaded->processes[0].at, "[process.a]\n", {"limits"});
}

class documented : public ::testing::TestWithParam<std::string> {};

TEST_P(documented, every_key_is_in_the_text) {
  const std::string text = text_of(GetParam());
  for (const std::string& key : all_keys()) {
    EXPECT_TRUE(std::regex_search(text, std::regex("\\b" + key + "\\b"))) << key;
  }
}

INSTANTIATE_TEST_SUITE_P(keys, documented, ::testing::Values("config/default.toml", "docs/config.md"),
                         [](const auto& row) {
                           return row.param == "docs/config.md" ? "reference" : "default_file";
                         });

TEST(example_files, are_good) {
  std::size_t seen = 0;
  for (const auto& each : std::filesystem::recursive_directory_iterator(in_tree("examples"))) {
    if (each.path().extension() != ".toml") continue;
    const auto loaded = load(each.path().string());
    EXPECT_TRUE(loaded) << to_string(loaded.error().front());
    ++seen;
  }
  EXPECT_GT(seen, 0U);
}

}  // namespace
}  // namespace troupe::config::default_file_test
