// The command for those who have no program: an example that runs, its plan, its picture.
#include "program.hpp"
#include "program_scene.hpp"

#include <string>
#include <vector>

namespace troupe::end_to_end::first_steps_test {
namespace {

class first_steps : public testing::Test {
 protected:
  ended say(std::vector<std::string> words, std::vector<std::pair<std::string, std::string>> env = {}) {
    return run(home, std::move(words), {.env = std::move(env), .path = TROUPE_COMMAND});
  }
  /// A program of that name which is found first.
  void fake(const std::string& name, const std::string& script) {
    home.write(name, "#!/bin/sh\n" + script);
    std::filesystem::permissions(home.path(name), std::filesystem::perms::owner_all);
  }
  const folder home;
};

TEST_F(first_steps, the_example_of_init_runs) {
  ASSERT_EQ(say({"init"}).status.code(), 0);
  const auto done = say({"run", "pipeline.toml", "--quiet"});
  EXPECT_EQ(done.status.code(), 0) << done.err;
  EXPECT_EQ(done.err, "");
  EXPECT_TRUE(holds_text(done.out, "persistent\n"));
  EXPECT_TRUE(holds_text(done.out, "workers\n"));
  for (const auto& line : lines_of(done.out)) EXPECT_GE(line.size(), 6U) << line;
}

TEST_F(first_steps, a_second_init_is_refused) {
  ASSERT_EQ(say({"init", "mine.toml"}).status.code(), 0);
  const auto before = home.read("mine.toml");
  const auto again = say({"init", "mine.toml"});
  EXPECT_EQ(again.status.code(), 6);
  EXPECT_TRUE(holds_text(again.err, "error: write 'mine.toml': File exists; it is left as it is"));
  EXPECT_EQ(home.read("mine.toml"), before);
}

TEST_F(first_steps, check_shows_the_plan_of_the_example) {
  ASSERT_EQ(say({"init"}).status.code(), 0);
  const auto done = say({"check", "pipeline.toml", "--plan"});
  EXPECT_EQ(done.status.code(), 0) << done.err;
  for (const auto* part : {"\nProcesses\n", "\nEdges\n", "\nLimits\n", "\nPromises\n"})
    EXPECT_TRUE(holds_text(done.out, part));
  for (const auto& line : lines_of(done.out)) EXPECT_LE(line.size(), 80U) << line;
}

TEST_F(first_steps, graph_gives_its_text_to_graphviz) {
  ASSERT_EQ(say({"init"}).status.code(), 0);
  const auto text = say({"graph", "pipeline.toml"});
  EXPECT_EQ(text.status.code(), 0) << text.err;
  EXPECT_TRUE(text.out.starts_with("digraph {\n")) << text.out;
  fake("dot", "echo \"<svg>$1\"; exec /bin/cat\n");
  const auto drawn = say({"graph", "pipeline.toml", "--svg"}, {{"PATH", home.path() + ":/usr/bin:/bin"}});
  EXPECT_EQ(drawn.status.code(), 0) << drawn.err;
  EXPECT_EQ(drawn.out, "<svg>-Tsvg\n" + text.out);
}

TEST_F(first_steps, graph_without_graphviz_names_the_package) {
  home.write("play.toml", "[stage.a]\nfrom = { range = [0, 3] }\ncommand = [\"/bin/true\", \"{input}\"]\n");
  const auto done = say({"graph", "play.toml", "--svg"}, {{"PATH", home.path()}});
  EXPECT_EQ(done.status.code(), 1);
  EXPECT_EQ(done.out, "");
  EXPECT_TRUE(holds_text(done.err, "apt-get install graphviz"));
}

TEST_F(first_steps, graph_says_why_graphviz_has_failed) {
  home.write("play.toml", "[stage.a]\nfrom = { range = [0, 3] }\ncommand = [\"/bin/true\", \"{input}\"]\n");
  fake("dot", "echo 'no fonts' >&2; exit 2\n");
  const auto done = say({"graph", "play.toml", "--svg"}, {{"PATH", home.path()}});
  EXPECT_EQ(done.status.code(), 1);
  EXPECT_TRUE(holds_text(done.err, "'dot' exited with code 2; stderr: 'no fonts'"));
}

TEST_F(first_steps, graph_of_a_wrong_file_says_what_is_wrong) {
  home.write("play.toml", "[stage.a]\nfrom = \"b\"\ncommand = [\"/bin/true\"]\n");
  const auto done = say({"graph", "play.toml"});
  EXPECT_EQ(done.status.code(), 3);
  EXPECT_TRUE(holds_text(done.err, "play.toml:2:8: error: "));
}

}  // namespace
}  // namespace troupe::end_to_end::first_steps_test
