#include "captured.hpp"

#include <troupe/cli/example_file.hpp>
#include <troupe/cli/init_verb.hpp>
#include <troupe/cli/load_plan.hpp>

#include <string>

namespace troupe::cli::example_file_test {
namespace {

class init_test : public speaking {
 protected:
  /// Its exit status, and what it said.
  std::pair<int, std::string> init(const std::string& path, const runtime::registry& program) {
    const captured err(std::cerr), out(std::cout);
    const int status = init_verb({path, "/opt/bin/play"}, program);
    return {status, err.text() + out.text()};
  }
  const runtime::registry nothing_registered;
};

TEST_F(init_test, writes_a_file_of_programs_that_is_fine) {
  const auto [status, said] = init(home.path("first.toml"), nothing_registered);
  EXPECT_EQ(status, 0);
  EXPECT_NE(said.find("/opt/bin/play run " + home.path("first.toml")), std::string::npos) << said;
  const auto got = load_plan({.file = home.path("first.toml")}, nothing_registered);
  ASSERT_TRUE(got);
  EXPECT_EQ(got->file.stages.size(), 3U);
  EXPECT_NE(home.read("first.toml").find("# An example that runs: play run first.toml\n"), std::string::npos);
}

TEST_F(init_test, joins_the_stages_that_a_program_has_registered) {
  const auto [status, said] = init(home.path("first.toml"), stages);
  EXPECT_EQ(status, 0) << said;
  const auto got = load_plan({.file = home.path("first.toml")}, stages);
  ASSERT_TRUE(got);
  ASSERT_EQ(got->file.stages.size(), 2U) << home.read("first.toml");
  EXPECT_EQ(got->file.stages[0].call, "measure");
  EXPECT_EQ(got->file.stages[1].from_stages, std::vector<std::string>{"measure"});
}

TEST_F(init_test, names_what_it_could_not_join) {
  ASSERT_TRUE(stages.add(runtime::define_stage("path_of", [](troupe::file f) { return f; })));
  const auto text = example_file("first.toml", "play", stages);
  EXPECT_NE(text.find("#   [stage.path_of] takes file, gives file"), std::string::npos) << text;
}

TEST_F(init_test, with_stages_that_no_source_can_feed_shows_programs) {
  runtime::registry odd;
  ASSERT_TRUE(odd.add(runtime::define_stage("lonely", [](double d) { return d; })));
  const auto text = example_file("first.toml", "play", odd);
  EXPECT_NE(text.find("[stage.words]"), std::string::npos) << text;
  EXPECT_NE(text.find("#   [stage.lonely] takes double"), std::string::npos) << text;
}

TEST_F(init_test, never_overwrites) {
  home.write("first.toml", "mine");
  const auto [status, said] = init(home.path("first.toml"), nothing_registered);
  EXPECT_EQ(status, 6);
  EXPECT_NE(said.find("it is left as it is"), std::string::npos) << said;
  EXPECT_EQ(home.read("first.toml"), "mine");
}

TEST_F(init_test, says_what_it_could_not_write) {
  const auto [status, said] = init(home.path("gone/first.toml"), nothing_registered);
  EXPECT_EQ(status, 6);
  EXPECT_NE(said.find("write '" + home.path("gone/first.toml") + "': No such file"), std::string::npos)
      << said;
}

TEST_F(init_test, refuses_a_name_that_would_be_a_pattern) {
  for (const auto* name : {"a*.toml", "[a].toml", "\"a\".toml", "a\\b", "{a}", "gone/"}) {
    EXPECT_EQ(init(home.path(name), nothing_registered).first, 2) << name;
    EXPECT_TRUE(home.list("").size() == 1) << name;
  }
}

TEST_F(init_test, writes_to_standard_output_when_told) {
  const auto [status, said] = init("-", nothing_registered);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(said, example_file("pipeline.toml", "play", nothing_registered));
}

}  // namespace
}  // namespace troupe::cli::example_file_test
