#include "captured.hpp"

#include <troupe/cli/load_plan.hpp>

#include <algorithm>

namespace troupe::cli::load_plan_test {
namespace {

class load_plan_test : public speaking {
 protected:
  tl::expected<loaded, int> load(const std::string& path, std::vector<std::string> set = {}) {
    const captured err(std::cerr);
    auto got = load_plan({.file = path, .set = std::move(set)}, stages);
    said = err.text();
    return got;
  }
  std::string said;
};

TEST_F(load_plan_test, a_fine_file_is_a_plan_with_its_inputs_resolved) {
  home.write("two.txt", "12345\n");
  const auto got = load(file("[stage.measure]\nfrom = { files = \"*.txt\" }\nto = { file = \"-\" }\n"));
  ASSERT_TRUE(got) << said;
  EXPECT_EQ(said, "");
  const auto source =
      std::find_if(got->plan.members.begin(), got->plan.members.end(),
                   [](const runtime::member_plan& member) { return member.source.has_value(); });
  ASSERT_NE(source, got->plan.members.end());
  EXPECT_EQ(source->source->paths, (std::vector<std::string>{home.path("in.txt"), home.path("two.txt")}));
  EXPECT_EQ(source->source->total_bytes, 10U);
}

TEST_F(load_plan_test, settings_of_the_command_line_replace_those_of_the_file) {
  const auto got = load(fine(), {"stage.measure.workers=7"});
  ASSERT_TRUE(got) << said;
  EXPECT_EQ(got->plan.member(1).workers, 7U);
}

TEST_F(load_plan_test, a_missing_file_is_status_3) {
  const auto got = load(home.path("gone.toml"));
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error(), 3);
  EXPECT_EQ(said, home.path("gone.toml") + ": error: cannot be read: No such file or directory\n");
}

TEST_F(load_plan_test, what_the_file_alone_shows_to_be_wrong_is_status_3_error_by_error) {
  const auto path =
      file("[stage.measure]\nfrom = { files = \"in.txt\" }\nworkers = \"x\"\ntimeout = 5\nto = 3\n");
  const auto got = load(path);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error(), 3);
  const auto lines = end_to_end::lines_of(said);
  ASSERT_EQ(lines.size(), 3U) << said;
  for (std::size_t i = 0; i < lines.size(); ++i)
    EXPECT_EQ(lines[i].rfind(path + ':' + std::to_string(i + 3) + ':', 0), 0U) << lines[i];
}

TEST_F(load_plan_test, what_only_the_program_knows_to_be_wrong_is_status_3) {
  const auto got = load(file("[stage.mesure]\nfrom = { files = \"in.txt\" }\nto = { file = \"-\" }\n"));
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error(), 3);
  EXPECT_NE(said.find("did you mean 'measure'?"), std::string::npos) << said;
}

TEST_F(load_plan_test, inputs_that_cannot_be_read_are_status_5_each_named) {
  const auto got = load(file(
      "[stage.measure]\nfrom = { files = [\"gone.txt\", \"in.txt\", \"*.log\"] }\nto = { file = \"-\" }\n"));
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error(), 5);
  EXPECT_EQ(end_to_end::lines_of(said).size(), 2U) << said;
  EXPECT_NE(said.find("gone.txt"), std::string::npos);
  EXPECT_NE(said.find("no file matches"), std::string::npos);
}

TEST_F(load_plan_test, an_output_that_would_overwrite_an_input_by_whatever_name_is_status_5) {
  std::filesystem::create_symlink("in.txt", home.path("link"));
  for (const std::string name : {"link", "in.txt", "./in.txt"}) {
    said.clear();
    const auto got = load(fine(), {"stage.measure.to.file=" + name});
    ASSERT_FALSE(got) << name;
    EXPECT_EQ(got.error(), 5) << name;
    EXPECT_NE(said.find("would be overwritten"), std::string::npos) << said;
  }
}

}  // namespace
}  // namespace troupe::cli::load_plan_test
